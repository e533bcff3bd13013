BEGIN TRANSACTION;
CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        letter INTEGER NOT NULL REFERENCES letters (id),
        position INTEGER,
        original INTEGER NOT NULL DEFAULT 0,
        name TEXT NOT NULL,
        mime_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        content BLOB NOT NULL
    );
INSERT INTO "files" VALUES(1,1,0,0,'a.txt','text/plain',5,X'776F726473');
INSERT INTO "files" VALUES(2,1,1,1,'old.eml','message/rfc822',8,X'413A20620D0A0D0A');
CREATE TABLE letters (
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
    );
INSERT INTO "letters" VALUES(1,'me@x.example','a@x.example','c@x.example','b@x.example','Grüße','One
Two
','attachment','<1@x>','2026-05-04T00:00:00+00:00');
CREATE TABLE names (
        address TEXT PRIMARY KEY,
        name TEXT NOT NULL DEFAULT '',
        forgotten TEXT
    );
INSERT INTO "names" VALUES('a@x.example','Ana','2026-05-04T00:00:00+00:00');
CREATE INDEX files_letter ON files (letter);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('letters',1);
INSERT INTO "sqlite_sequence" VALUES('files',2);
COMMIT;
PRAGMA user_version = 1;
