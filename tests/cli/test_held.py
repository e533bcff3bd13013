"""A message that can still be taken back says so in the list, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from roammail.cli.json_shapes import outbox_entry
from roammail.cli.outbox import _states
from roammail.core.delivery import RecipientState
from roammail.core.envelope import OutboxEntry, RecipientEntry
from roammail.words import Words

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ENTRY = OutboxEntry(
    1,
    "<a@x.example>",
    "me@x.example",
    "me@x.example",
    "Hi",
    100,
    NOW,
    0,
    None,
    (RecipientEntry("ana@x.example", RecipientState.QUEUED),),
    held_until=NOW + timedelta(seconds=10),
)


def test_a_held_message_is_not_called_queued() -> None:
    until = f"{NOW.astimezone() + timedelta(seconds=10):%H:%M:%S}"
    assert _states(ENTRY, Words("en"), NOW) == f"held until {until}"
    assert _states(ENTRY, Words("de"), NOW) == f"zurückholbar bis {until}"
    assert _states(ENTRY, Words("en"), NOW + timedelta(seconds=11)) == "queued"
    assert _states(replace(ENTRY, held_until=None), Words("en"), NOW) == "queued"
    sending = replace(ENTRY, recipients=(RecipientEntry("ana@x.example", RecipientState.SENDING),))
    assert _states(sending, Words("en"), NOW) == "sending"
    assert outbox_entry(ENTRY, Words("en"))["held_until"] == "2026-05-04T12:00:10+00:00"
