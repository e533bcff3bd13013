"""What every DraftStore keeps to; the fake and the real one pass the same tests."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roammail.adapters.drafts_schema import DRAFTS
from roammail.adapters.drafts_sqlite import SqliteDrafts
from roammail.core.composing import How
from roammail.core.contacts import NameOf
from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.letter import MOST_TEXT, Letter
from roammail.core.message import Attachment
from roammail.ports import DraftStore
from tests.fakes.drafts import FakeDrafts

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
LETTER = Letter(
    from_="me@x.example",
    to="Ána <a@x.example>, half@",
    cc="c@x.example",
    bcc="b@x.example",
    subject="Grüße ☃",
    body="One\nTwo\n",
)
PICTURE = Attachment("sea.png", b"\x89PNG\x00\xff", "image/png")


@dataclass
class Pair:
    """The same letters as two processes have them."""

    mine: DraftStore
    other: DraftStore


@pytest.fixture(params=["fake", "sqlite"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    if request.param == "fake":
        fake = FakeDrafts()
        both = Pair(fake, fake.peer())
    else:
        both = Pair(SqliteDrafts(tmp_path / "mail"), SqliteDrafts(tmp_path / "mail"))
    yield both
    await both.mine.close()
    await both.other.close()


@pytest.fixture
def store(pair: Pair) -> DraftStore:
    return pair.mine


async def test_a_letter_is_kept_as_it_was_typed(pair: Pair) -> None:
    kept = await pair.mine.keep(LETTER, NOW)
    assert kept == replace(LETTER, id=kept.id, changed=NOW)
    assert await pair.other.letters() == (kept,)
    changed = await pair.other.keep(replace(kept, body="Three"), LATER)
    assert changed.id == kept.id
    assert await pair.mine.letters() == (changed,)


async def test_the_latest_change_stands_first(store: DraftStore) -> None:
    first = await store.keep(LETTER, NOW)
    second = await store.keep(LETTER, LATER)
    assert [one.id for one in await store.letters()] == [second.id, first.id]
    await store.keep(first, LATER + timedelta(seconds=1))
    assert [one.id for one in await store.letters()] == [first.id, second.id]


async def test_files_are_kept_with_their_octets(pair: Pair, tmp_path: Path) -> None:
    kept = await pair.mine.keep(LETTER, NOW)
    assert kept.id is not None
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF")
    read = await pair.mine.read_file(path)
    assert read == Attachment("report.pdf", b"%PDF", "application/pdf")
    files = [await pair.mine.attach(kept.id, one, original=False) for one in (PICTURE, read)]
    kept = await pair.mine.keep(replace(kept, files=tuple(files)), NOW)
    path.unlink()
    (found,) = await pair.other.letters()
    assert [(f.name, f.size, f.mime_type) for f in found.files] == [
        ("sea.png", 6, "image/png"),
        ("report.pdf", 4, "application/pdf"),
    ]
    assert [await pair.other.content(f.id) for f in found.files] == [PICTURE.content, b"%PDF"]
    turned = await pair.mine.keep(replace(kept, files=tuple(files[::-1])), NOW)
    assert [f.name for f in turned.files] == ["report.pdf", "sea.png"]
    fewer = await pair.mine.keep(replace(kept, files=(files[1],)), NOW)
    assert [f.name for f in fewer.files] == ["report.pdf"]
    back = await pair.mine.keep(
        replace(kept, files=tuple(files)), NOW
    )  # it was taken off by mistake
    assert [f.name for f in back.files] == ["sea.png", "report.pdf"]


async def test_the_message_that_is_passed_on(store: DraftStore) -> None:
    kept = await store.keep(replace(LETTER, how=How.RESENT), NOW)
    assert kept.id is not None
    assert kept.how is How.NEW  # there is nothing to resend yet
    enclosed = Attachment("old.eml", b"A: b\r\n\r\n", "message/rfc822")
    original = await store.attach(kept.id, enclosed, original=True)
    kept = await store.keep(replace(kept, how=How.RESENT, original=original), NOW)
    assert (kept.how, kept.original, kept.files) == (How.RESENT, original, ())
    assert await store.letters() == (kept,)


async def test_a_letter_takes_its_files_with_it(store: DraftStore) -> None:
    kept = await store.keep(LETTER, NOW)
    assert kept.id is not None
    file = await store.attach(kept.id, PICTURE, original=False)
    await store.drop(kept.id)
    await store.drop(kept.id)
    assert await store.letters() == ()
    for call in (store.content(file.id), store.attach(kept.id, PICTURE, original=False)):
        with pytest.raises(UserFacingError) as caught:
            await call
        assert caught.value.code == "draft-unknown"


async def test_a_file_of_another_letter_is_not_taken(store: DraftStore) -> None:
    one, other = await store.keep(LETTER, NOW), await store.keep(LETTER, NOW)
    assert one.id is not None
    file = await store.attach(one.id, PICTURE, original=False)
    assert (await store.keep(replace(other, files=(file,)), NOW)).files == ()


async def test_what_cannot_be_kept_is_said(store: DraftStore, tmp_path: Path) -> None:
    with pytest.raises(BadMessage) as caught:
        await store.keep(replace(LETTER, body="x" * (MOST_TEXT + 1)), NOW)
    assert caught.value.code == "letter-too-long"
    odd = [tmp_path / "gone.txt", tmp_path]
    if hasattr(os, "mkfifo"):
        odd.append(tmp_path / "pipe")  # nobody writes into it: it would be waited for
        os.mkfifo(odd[-1])
    for path in odd:
        with pytest.raises(BadMessage) as caught:
            await store.read_file(path)
        assert caught.value.code == "attachment-unreadable"


async def test_names_grow_and_are_forgotten(pair: Pair) -> None:
    await pair.mine.note_names([NameOf("a@X.example", "Ana"), NameOf("b@x.example", "Ben")])
    await pair.mine.note_names([NameOf("a@x.example", forgotten=NOW)])
    await pair.mine.note_names([NameOf("b@x.example", "Benno")])
    assert set(await pair.other.names()) == {
        NameOf("a@x.example", "Ana", NOW),
        NameOf("b@x.example", "Benno"),
    }


_CHILD = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from roammail.adapters.drafts_sqlite import SqliteDrafts
from roammail.core.letter import Letter

async def main():
    store = SqliteDrafts(Path(sys.argv[1]))
    kept = await store.keep(Letter(body="the last words"), datetime.now(UTC))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_kept_outlives_a_kill(tmp_path: Path) -> None:
    process = subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path / "mail")], check=False)
    assert process.returncode < 0
    store = SqliteDrafts(tmp_path / "mail")
    assert [one.body for one in await store.letters()] == ["the last words"]
    await store.close()


@pytest.mark.parametrize("version", range(1, len(DRAFTS.migrations) + 1))
async def test_the_file_of_each_version_is_read(tmp_path: Path, version: int) -> None:
    script = (Path(__file__).parent / "data" / f"drafts-v{version}.sql").read_text()
    (tmp_path / "mail").mkdir()
    with closing(sqlite3.connect(tmp_path / "mail" / "drafts.db")) as made:
        made.executescript(script)
    store = SqliteDrafts(tmp_path / "mail")
    (letter,) = await store.letters()
    assert (letter.subject, letter.body, letter.sent_as) == ("Grüße", "One\nTwo\n", "<1@x>")
    assert (letter.how, [f.name for f in letter.files]) == (How.ATTACHMENT, ["a.txt"])
    assert letter.original is not None
    assert await store.content(letter.original.id) == b"A: b\r\n\r\n"
    assert await store.content(letter.files[0].id) == b"words"
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    assert await store.names() == (NameOf("a@x.example", "Ana", moment),)
    await store.close()


async def test_private_and_tolerant(tmp_path: Path) -> None:
    store = SqliteDrafts(tmp_path / "mail")
    await store.keep(replace(LETTER, subject="lone \ud800 half"), NOW)
    assert (await store.letters())[0].subject == "lone ? half"
    for path in (tmp_path / "mail").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    await store.close()
    with sqlite3.connect(tmp_path / "mail" / "drafts.db") as connection:
        connection.execute("UPDATE letters SET how = 'by-pigeon', changed = 'yesterday'")
    connection.close()
    again = SqliteDrafts(tmp_path / "mail")
    (letter,) = await again.letters()
    assert (letter.how, letter.changed) == (How.NEW, None)
    await again.close()
