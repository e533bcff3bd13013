"""What is in outbox.db. Statements are only ever added: old files are led from version to
version, and tests keep one file of each."""

from roammail.adapters.database import Schema

_VERSION_1 = (
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL,
        sender TEXT NOT NULL,
        from_address TEXT NOT NULL,
        subject TEXT NOT NULL,
        size INTEGER NOT NULL,
        created TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        next_try TEXT
    )""",
    # Apart from the rest, so that lists never read past a 60 MB row.
    """CREATE TABLE contents (
        message INTEGER PRIMARY KEY REFERENCES messages (id),
        sha256 BLOB NOT NULL,
        content BLOB NOT NULL
    )""",
    """CREATE TABLE recipients (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES messages (id),
        position INTEGER NOT NULL,
        address TEXT NOT NULL,
        state TEXT NOT NULL,
        diagnosis TEXT,
        profile_id TEXT,
        changed TEXT,
        UNIQUE (message, position)
    )""",
    """CREATE INDEX recipients_open ON recipients (state, message)
        WHERE state IN ('queued', 'sending', 'deferred')""",
    """CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES messages (id),
        profile_id TEXT NOT NULL,
        profile_name TEXT NOT NULL,
        host TEXT NOT NULL,
        port INTEGER NOT NULL,
        security TEXT NOT NULL,
        outcome TEXT NOT NULL,
        diagnosis TEXT,
        started TEXT NOT NULL,
        seconds REAL NOT NULL
    )""",
    "CREATE INDEX attempts_message ON attempts (message)",
)

#: Delivery reports (RFC 3461), and since when the user's patience counts. Also the first
#: version whose recipients may be "given-up".
_VERSION_2 = (
    "ALTER TABLE messages ADD COLUMN ret TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE messages ADD COLUMN envid TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE messages ADD COLUMN retried TEXT",
    "ALTER TABLE recipients ADD COLUMN notify TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE recipients ADD COLUMN orcpt TEXT NOT NULL DEFAULT ''",
)

#: What was answered to the program that handed a message in, and contents that were cleared
#: away when nobody needed them any more.
_VERSION_3 = (
    "ALTER TABLE messages ADD COLUMN answered TEXT",
    "ALTER TABLE messages ADD COLUMN purged TEXT",
)

#: Until when a message may be taken back unsent.
_VERSION_4 = ("ALTER TABLE messages ADD COLUMN held_until TEXT",)

#: What must be known of a content before it is sent (`core.content`); NULL: not looked at yet.
#: SQLite keeps NULL, 0 and 1 before the content: no 60 MB stand between us and them.
_VERSION_5 = (
    "ALTER TABLE contents ADD COLUMN eight_bit INTEGER",
    "ALTER TABLE contents ADD COLUMN utf8_headers INTEGER",
    "ALTER TABLE contents ADD COLUMN canonical INTEGER",
)

OUTBOX = Schema(
    name="outbox",
    migrations=(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5),
    tables=("messages", "contents", "recipients", "attempts"),
    # After a salvage: what lacks its content or every recipient cannot be sent.
    tidy=(
        """DELETE FROM messages
            WHERE (purged IS NULL AND id NOT IN (SELECT message FROM contents))
            OR id NOT IN (SELECT message FROM recipients)""",
        "DELETE FROM contents WHERE message NOT IN (SELECT id FROM messages)",
        "DELETE FROM recipients WHERE message NOT IN (SELECT id FROM messages)",
        "DELETE FROM attempts WHERE message NOT IN (SELECT id FROM messages)",
    ),
)
