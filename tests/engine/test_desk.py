"""Letters from the first word to the outbox and back, over fakes and a clock of its own."""

import asyncio
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest

from roammail.core.composing import How
from roammail.core.delivery import Move, RecipientState
from roammail.core.diagnosis import Context
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadConfiguration, BadMessage, UserFacingError
from roammail.core.letter import Letter
from roammail.core.message import Attachment
from roammail.core.network import PortalState
from roammail.core.outlook import Way
from roammail.core.seen import uncertain
from roammail.core.stage import Stage
from roammail.engine.desk import Sent
from tests.engine.test_outbox_worker import quiet_world, until, working
from tests.engine.world import FROM, World, states

S = RecipientState
HOLD = 10.0
LETTER = Letter(
    from_=f"Ada <{FROM}>",
    to="Friend <friend@elsewhere.example>",
    bcc="unseen@elsewhere.example",
    subject="Hello",
    body="How are you?",
)
EML = (
    b"From: Boss <boss@x.example>\r\nTo: all@x.example\r\nBcc: hidden@x.example\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <old@x.example>\r\n"
    b"Date: Mon, 4 May 2026 03:02:01 +0000\r\n\r\nOld words.\r\n"
)


async def a_world() -> World:
    world = quiet_world()
    world.server("mx.example")
    await world.profile("one", "mx.example", senders=(FROM, "@club.example"))
    return world


async def sent(world: World, letter: Letter = LETTER) -> Sent:
    return await world.engine.desk.send(await world.engine.desk.keep(letter), HOLD)


async def test_a_letter_waits_in_the_outbox_and_goes_when_its_time_has_come() -> None:
    world = await a_world()
    async with working(world):
        gone = await sent(world)
        entry = await world.engine.entry(gone.outbox_id)
        assert set(states(entry).values()) == {"queued"}
        await until(world, HOLD - 2)
        assert world.dialer.servers["mx.example", 465].messages == []
        await until(world, 4)
        assert len(world.dialer.servers["mx.example", 465].messages) == 1
    await world.engine.desk.let_go(gone)
    assert await world.drafts.letters() == ()


async def test_nothing_sends_a_held_message_but_the_user() -> None:
    world = await a_world()
    gone = await sent(world)
    assert await world.engine.flush() == ()
    with pytest.raises(UserFacingError) as caught:
        await world.engine.deliver(gone.outbox_id)
    assert caught.value.code == "outbox-held"
    async with working(world) as worker:
        worker.everything()  # as after a change of the network
        await until(world, 1)
        assert world.dialer.servers["mx.example", 465].messages == []
    entry = await world.engine.retry(gone.outbox_id)
    assert set(states(entry).values()) == {"sent"}


async def test_the_end_of_the_program_ends_the_time_to_take_it_back() -> None:
    world = await a_world()
    gone, later = await sent(world), await sent(world)
    await world.engine.cancel(later.outbox_id)
    await world.engine.desk.let_held_go(5.0)
    assert len(world.dialer.servers["mx.example", 465].messages) == 1
    assert set(states(await world.engine.entry(gone.outbox_id)).values()) == {"sent"}
    assert set(states(await world.engine.entry(later.outbox_id)).values()) == {"cancelled"}


async def test_what_is_taken_back_while_the_program_ends_does_not_go() -> None:
    """In the moment between the look at what is held and its last call."""
    world = await a_world()
    gone = await sent(world)
    claim = world.outbox.claim

    async def late(outbox_id: int) -> bool:
        world.outbox.claim = claim  # type: ignore[method-assign]
        await world.engine.desk.take_back(gone)
        return await claim(outbox_id)

    world.outbox.claim = late  # type: ignore[method-assign]
    await world.engine.desk.let_held_go(5.0)
    assert world.dialer.servers["mx.example", 465].messages == []
    assert set(states(await world.engine.entry(gone.outbox_id)).values()) == {"cancelled"}


async def test_taken_back_it_is_a_letter_again() -> None:
    world = await a_world()
    async with working(world):
        gone = await sent(world)
        assert await world.engine.desk.letters() == ()
        back = await world.engine.desk.take_back(gone)
        assert await world.engine.desk.letters() == (back,)
        assert replace(back, id=None, changed=None) == LETTER
        await until(world, 30)
    assert world.dialer.servers["mx.example", 465].messages == []
    assert set(states(await world.engine.entry(gone.outbox_id)).values()) == {"cancelled"}


async def test_what_has_gone_cannot_be_taken_back() -> None:
    world = await a_world()
    gone = await sent(world)
    world.clock.advance(HOLD + 1)
    await world.engine.deliver(gone.outbox_id)
    with pytest.raises(UserFacingError) as caught:
        await world.engine.desk.take_back(gone)
    assert caught.value.code == "outbox-gone"
    assert await world.engine.desk.letters() == ()


async def _doubted(world: World, outbox_id: int) -> None:
    """A delivery in another process whose last answer was lost."""
    entry = await world.engine.entry(outbox_id)
    doubt = uncertain(Stage.CONTENT, Context())
    for one, by in ((a, by) for a in entry.recipients for by in (Move.START, Move.DOUBT)):
        when = world.clock.now()
        told = doubt if by is Move.DOUBT else None
        await world.outbox.move(outbox_id, (one.address,), by, when, diagnosis=told)


async def test_what_may_go_in_the_last_moment_is_not_taken_back() -> None:
    """The look at how it stands counts only when nobody else can send it."""
    world = await a_world()
    gone = await sent(world)
    claim = world.outbox.claim

    async def late(outbox_id: int) -> bool:
        await _doubted(world, outbox_id)
        return await claim(outbox_id)

    world.outbox.claim = late  # type: ignore[method-assign]
    with pytest.raises(UserFacingError) as caught:
        await world.engine.desk.take_back(gone)
    assert caught.value.code == "outbox-gone"
    assert await world.engine.desk.letters() == ()
    assert set(states(await world.engine.entry(gone.outbox_id)).values()) == {"uncertain"}


async def test_what_may_go_while_it_is_opened_is_not_changed() -> None:
    world = await a_world()
    gone = await sent(world)
    await world.engine.desk.let_go(gone)
    message = world.outbox.message

    async def late(outbox_id: int) -> ReadyMessage:
        found = await message(outbox_id)
        await _doubted(world, outbox_id)
        return found

    world.outbox.message = late  # type: ignore[method-assign]
    with pytest.raises(UserFacingError) as caught:
        await world.engine.desk.edit(gone.outbox_id)
    assert caught.value.code == "outbox-gone"
    assert await world.drafts.letters() == ()
    assert set(states(await world.engine.entry(gone.outbox_id)).values()) == {"uncertain"}


async def test_a_letter_that_has_gone_is_sent_whatever_becomes_of_its_names() -> None:
    """Else it would be shown as not sent, and be sent again."""
    world = await a_world()

    async def full(*_: object) -> None:
        raise UserFacingError("drafts-full", "The disk is full.")

    world.drafts.note_names = full  # type: ignore[method-assign]
    gone = await sent(world)
    assert [entry.id for entry in await world.engine.entries()] == [gone.outbox_id]


async def test_blind_copies_files_and_names_come_along() -> None:
    world = await a_world()
    desk = world.engine.desk
    letter = await desk.attach_content(LETTER, Attachment("sea.png", b"\x89", "image/png"))
    gone = await desk.send(letter, 0)
    message = await world.engine.message(gone.outbox_id)
    assert message.envelope.recipients == (
        "friend@elsewhere.example",
        "unseen@elsewhere.example",
    )
    assert b"unseen" not in message.content
    read = message_from_bytes(message.content, policy=modern)
    (file,) = read.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("sea.png", b"\x89")
    (friend, unseen) = await desk.contacts()
    assert {friend.text, unseen.text} == {
        "Friend <friend@elsewhere.example>",
        "unseen@elsewhere.example",
    }
    await desk.forget_contact("friend@elsewhere.example")
    assert [c.text for c in await desk.contacts()] == ["unseen@elsewhere.example"]


@pytest.mark.parametrize(
    ("letter", "code"),
    [
        (replace(LETTER, to="half@", bcc=""), "address-invalid"),
        (replace(LETTER, to=" ", bcc=""), "recipients-missing"),
        (replace(LETTER, from_=""), "address-invalid"),
        (replace(LETTER, from_="me@nowhere.example"), "no-profile-for-sender"),
        (replace(LETTER, subject="a\nBcc: b@x.example"), "subject-invalid"),
    ],
)
async def test_what_cannot_be_sent_stays_a_letter(letter: Letter, code: str) -> None:
    world = await a_world()
    kept = await world.engine.desk.keep(letter)
    with pytest.raises(UserFacingError) as caught:
        await world.engine.desk.send(kept, HOLD)
    assert caught.value.code == code
    (still,) = await world.engine.desk.letters()
    assert still.to == letter.to
    assert await world.engine.entries() == ()


async def test_a_full_disk_leaves_the_letter() -> None:
    world = await a_world()
    world.outbox.fail_add = UserFacingError("outbox-full", "The disk is full.")
    with pytest.raises(UserFacingError):
        await sent(world)
    assert len(await world.engine.desk.letters()) == 1


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("committed", [False, True])
async def test_a_kill_while_it_is_handed_over(committed: bool) -> None:
    world = await a_world()
    kept = await world.engine.desk.keep(LETTER)
    add, keep = world.outbox.add, world.drafts.keep

    async def killed_add(*given: object) -> int:
        if committed:
            await add(*given)  # type: ignore[arg-type]
        world.drafts.keep = killed_keep  # type: ignore[method-assign]
        raise _Killed

    async def killed_keep(*_: object) -> Letter:
        raise _Killed

    world.outbox.add = killed_add  # type: ignore[method-assign, assignment]
    with pytest.raises(_Killed):
        await world.engine.desk.send(kept, HOLD)
    world.outbox.add, world.drafts.keep = add, keep  # type: ignore[method-assign]
    again = world.make_engine()
    assert await again.desk.letters() == ()  # nobody knows yet
    await again.desk.settle()
    assert len(await again.desk.letters()) == (0 if committed else 1)
    assert len(await again.entries()) == (1 if committed else 0)


async def test_a_kill_while_it_is_taken_back() -> None:
    world = await a_world()
    gone = await sent(world)
    await world.engine.cancel(gone.outbox_id)
    await world.engine.desk.settle()
    (letter,) = await world.engine.desk.letters()
    assert letter.sent_as == ""
    assert letter.body == LETTER.body


async def test_a_waiting_message_is_changed() -> None:
    world = await a_world()
    desk = world.engine.desk
    letter = await desk.attach_content(LETTER, Attachment("a.txt", b"words", "text/plain"))
    gone = await desk.send(letter, HOLD)
    await desk.let_go(gone)
    opened = await desk.edit(gone.outbox_id)
    again = opened.letter
    assert not opened.formatted
    assert (again.to, again.bcc, again.from_) == (LETTER.to, LETTER.bcc, LETTER.from_)
    assert (again.subject, again.body.strip()) == (LETTER.subject, LETTER.body)
    assert [(f.name, f.size) for f in again.files] == [("a.txt", 5)]
    assert set(states(await world.engine.entry(gone.outbox_id)).values()) == {"cancelled"}
    assert await desk.letters() == (again,)


async def test_only_those_who_have_it_not_are_written_to_again() -> None:
    world = await a_world()
    gone = await sent(world)
    friend, unseen = "friend@elsewhere.example", "unseen@elsewhere.example"
    for address, last in ((friend, Move.ACCEPT), (unseen, Move.REFUSE)):
        for by in (Move.START, Move.DOUBT, last):
            await world.outbox.move(gone.outbox_id, [address], by, world.clock.now())
    opened = await world.engine.desk.edit(gone.outbox_id)
    assert (opened.letter.to, opened.letter.bcc) == ("", unseen)
    assert states(await world.engine.entry(gone.outbox_id)) == {friend: "sent", unseen: "refused"}


async def test_what_may_have_arrived_is_not_changed() -> None:
    world = await a_world()
    gone = await sent(world)
    addresses = ["friend@elsewhere.example", "unseen@elsewhere.example"]
    for by in (Move.START, Move.DOUBT):
        await world.outbox.move(gone.outbox_id, addresses, by, world.clock.now())
    await world.engine.desk.let_go(gone)
    with pytest.raises(UserFacingError) as caught:
        await world.engine.desk.edit(gone.outbox_id)
    assert caught.value.code == "outbox-gone"
    assert await world.engine.desk.letters() == ()


async def test_an_existing_message_is_passed_on() -> None:
    world = await a_world()
    desk = world.engine.desk
    enclosing = (await desk.pass_on(EML, How.ATTACHMENT, FROM)).letter
    assert enclosing.subject == "Fwd: Grüße"
    assert enclosing.original is not None
    assert enclosing.original.name == "Grüße.eml"
    gone = await desk.send(replace(enclosing, to="a@x.example", body="See below"), 0)
    content = (await world.engine.message(gone.outbox_id)).content
    read = message_from_bytes(content, policy=modern)
    (part,) = read.iter_attachments()
    assert part.get_content_type() == "message/rfc822"
    assert b"hidden" not in content

    resent = (await desk.pass_on(EML, How.RESENT, FROM)).letter
    gone = await desk.send(replace(resent, to="a@x.example"), 0)
    message = await world.engine.message(gone.outbox_id)
    assert message.content.startswith(b"Resent-From: ")
    assert b"Message-ID: <old@x.example>" in message.content
    assert message.envelope.recipients == ("a@x.example",)

    inline = (await desk.pass_on(EML, How.INLINE, FROM)).letter
    assert inline.how is How.NEW
    assert "Old words." in inline.body
    assert "From: Boss <boss@x.example>" in inline.body


async def test_what_is_no_message_is_said(tmp_path: Path) -> None:
    world = await a_world()
    path = tmp_path / "letter.eml"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(BadMessage) as caught:
        await world.engine.desk.pass_on_file(path, How.RESENT)
    assert caught.value.code == "message-no-header"
    assert await world.engine.desk.letters() == ()


async def test_senders_and_outlook() -> None:
    world = await a_world()
    desk = world.engine.desk
    assert [box.address for box in await desk.senders()] == [FROM]
    await sent(world)
    assert [box.name for box in await desk.senders()] == ["Ada"]
    assert (await desk.outlook(FROM, PortalState.UNKNOWN)).way is Way.UNTRIED
    assert (await desk.outlook("x@nowhere.example", PortalState.NONE)).way is Way.NO_SENDER
    world.clock.advance(HOLD + 1)
    await world.engine.flush()
    found = await desk.outlook(FROM, PortalState.NONE)
    assert found.way is Way.WORKED
    assert found.profile is not None
    assert found.profile.name == "one"


async def test_without_a_store_it_is_said() -> None:
    world = World()
    world.engine._parts = replace(world.engine._parts, drafts=None)
    with pytest.raises(BadConfiguration):
        _ = world.engine.desk


async def test_two_letters_at_once_do_not_mix() -> None:
    world = await a_world()
    desk = world.engine.desk
    one, two = await asyncio.gather(
        desk.attach_content(LETTER, Attachment("one", b"1")),
        desk.attach_content(LETTER, Attachment("two", b"2")),
    )
    assert [f.name for f in one.files] == ["one"]
    assert [f.name for f in two.files] == ["two"]
