"""What is in drafts.db. Statements are only ever added: old files are led from version to
version, and tests keep one file of each."""

from roammail.adapters.database import Schema

_VERSION_1 = (
    """CREATE TABLE letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sender TEXT NOT NULL,
        to_ TEXT NOT NULL,
        cc TEXT NOT NULL,
        bcc TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        how TEXT NOT NULL,
        sent_as TEXT NOT NULL DEFAULT '',
        changed TEXT NOT NULL
    )""",
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        letter INTEGER NOT NULL REFERENCES letters (id),
        position INTEGER,
        original INTEGER NOT NULL DEFAULT 0,
        name TEXT NOT NULL,
        mime_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        content BLOB NOT NULL
    )""",
    "CREATE INDEX files_letter ON files (letter)",
    """CREATE TABLE names (
        address TEXT PRIMARY KEY,
        name TEXT NOT NULL DEFAULT '',
        forgotten TEXT
    )""",
)

DRAFTS = Schema(
    name="drafts",
    migrations=(_VERSION_1,),
    tables=("letters", "files", "names"),
    tidy=("DELETE FROM files WHERE letter NOT IN (SELECT id FROM letters)",),
)
