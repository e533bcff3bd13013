BEGIN TRANSACTION;
CREATE TABLE attempts (
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
    );
INSERT INTO "attempts" VALUES(1,1,'p1','Prov','h.example',587,'starttls','uncertain','{"kind":"greylisted","scope":"temporary","party":"server","confidence":"likely","stage":null,"reply":null,"failure":null,"evidence":[],"remedies":[],"alternatives":[],"params":[]}','2026-05-04T00:00:00+00:00',2.5);
CREATE TABLE contents (
        message INTEGER PRIMARY KEY REFERENCES messages (id),
        sha256 BLOB NOT NULL,
        content BLOB NOT NULL
    , eight_bit INTEGER, utf8_headers INTEGER, canonical INTEGER);
INSERT INTO "contents" VALUES(1,X'6A06DF02DCB789910DCEACE9F7C4E7F88F2FE19C482E6CA2DDC9FF92238810F9',X'413A20620D0A0D0A68690D0A',0,0,1);
CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL,
        sender TEXT NOT NULL,
        from_address TEXT NOT NULL,
        subject TEXT NOT NULL,
        size INTEGER NOT NULL,
        created TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        next_try TEXT
    , ret TEXT NOT NULL DEFAULT '', envid TEXT NOT NULL DEFAULT '', retried TEXT, answered TEXT, purged TEXT, held_until TEXT);
INSERT INTO "messages" VALUES(1,'<1@x>','a@x.example','a@x.example','Grüße',12,'2026-05-04T00:00:00+00:00',3,'2026-05-04T00:00:00+00:00','HDRS','QQ314159','2026-05-04T06:00:00+00:00','2026-05-04T07:00:00+00:00',NULL,'2026-05-04T00:00:10+00:00');
CREATE TABLE recipients (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES messages (id),
        position INTEGER NOT NULL,
        address TEXT NOT NULL,
        state TEXT NOT NULL,
        diagnosis TEXT,
        profile_id TEXT,
        changed TEXT, notify TEXT NOT NULL DEFAULT '', orcpt TEXT NOT NULL DEFAULT '',
        UNIQUE (message, position)
    );
INSERT INTO "recipients" VALUES(1,1,0,'b@y.example','uncertain',NULL,'p1','2026-05-04T00:00:00+00:00','','');
INSERT INTO "recipients" VALUES(2,1,1,'c@y.example','deferred','{"kind":"greylisted","scope":"temporary","party":"server","confidence":"likely","stage":null,"reply":null,"failure":null,"evidence":[],"remedies":[],"alternatives":[],"params":[]}',NULL,'2026-05-04T00:00:00+00:00','SUCCESS,DELAY','rfc822;c@y.example');
CREATE INDEX recipients_open ON recipients (state, message)
        WHERE state IN ('queued', 'sending', 'deferred');
CREATE INDEX attempts_message ON attempts (message);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('messages',1);
COMMIT;
PRAGMA user_version = 5;
