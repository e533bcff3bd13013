"""What endpoints did on which network, in SQLite; which sign-ins are paused; the salt.

Owns `memory.db`. Holds neither secrets nor the names that networks have: keys are salted hashes.
"""

import json
import secrets
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from roammail.adapters.database import Database, Notice, Schema
from roammail.core import diagnosis_codec
from roammail.core.diagnosis import Diagnosis
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Security
from roammail.core.report import Offer, Word
from roammail.core.stage import Stage
from roammail.ports import Memory

_COLUMNS = "network, profile_id, host, port, security, works, kind, stage, offer, seconds, moment"
_VERSION_1 = (
    """CREATE TABLE memories (
        network TEXT NOT NULL,
        profile_id TEXT NOT NULL,
        host TEXT NOT NULL,
        port INTEGER NOT NULL,
        security TEXT NOT NULL,
        works INTEGER NOT NULL,
        kind TEXT,
        stage TEXT,
        offer TEXT NOT NULL,
        seconds REAL NOT NULL,
        moment TEXT NOT NULL,
        PRIMARY KEY (network, profile_id, host, port, security)
    )""",
    """CREATE TABLE pauses (
        profile_id TEXT PRIMARY KEY,
        secret_revision TEXT NOT NULL,
        diagnosis TEXT NOT NULL
    )""",
    "CREATE TABLE salts (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL)",
)
#: The user's own names; those that networks have are not kept.
_VERSION_2 = ("CREATE TABLE names (network TEXT PRIMARY KEY, name TEXT NOT NULL)",)
MEMORY = Schema("memory", (_VERSION_1, _VERSION_2), ("memories", "pauses", "salts", "names"))


class SqliteMemory:
    """The port MemoryStore over `memory.db` in `folder` (made 0700 where it is missing).

    Raises UserFacingError with the codes `memory-full`, `memory-locked`, `memory-unwritable`.
    `notice` is told, on the database's thread, when a damaged file was set aside.
    """

    def __init__(
        self, folder: Path, *, busy_seconds: float = 10.0, notice: Notice | None = None
    ) -> None:
        self._database = Database(folder, MEMORY, busy_seconds=busy_seconds, notice=notice)

    async def remember(self, memory: Memory) -> None:
        """See the port."""
        await self._database.run(partial(_remember, memory=memory))

    async def recall(self, key: NetworkKey | None = None) -> tuple[Memory, ...]:
        """See the port; what a newer version wrote and this one cannot read is left out."""
        return await self._database.run(partial(_recall, key=key), write=False)

    async def forget(self, profile_id: str) -> None:
        """See the port; its pause is forgotten too."""
        await self._database.run(partial(_forget, profile_id=profile_id))

    async def forget_network(self, key: NetworkKey) -> None:
        """See the port."""
        await self._database.run(partial(_forget_network, key=key))

    async def name_network(self, key: NetworkKey, name: str) -> None:
        """See the port."""
        await self._database.run(partial(_name_network, key=key, name=name))

    async def network_names(self) -> dict[NetworkKey, str]:
        """See the port."""
        return await self._database.run(_network_names, write=False)

    async def salt(self) -> bytes:
        """See the port."""
        return await self._database.run(_salt)

    async def pause(self, profile_id: str, secret_revision: str, diagnosis: Diagnosis) -> None:
        """See the port."""
        row = (profile_id, secret_revision, diagnosis_codec.dumps(diagnosis))
        await self._database.run(partial(_pause, row=row))

    async def paused(self, profile_id: str, secret_revision: str) -> Diagnosis | None:
        """See the port."""
        row = (profile_id, secret_revision)
        return await self._database.run(partial(_paused, row=row), write=False)

    async def close(self) -> None:
        """Closes file and thread."""
        await self._database.close()


def _remember(connection: sqlite3.Connection, memory: Memory) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO memories ({_COLUMNS})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            memory.key,
            memory.profile_id,
            memory.endpoint.host,
            memory.endpoint.port,
            memory.endpoint.security.value,
            memory.works,
            memory.kind,
            memory.stage.value if memory.stage else None,
            _offer_text(memory.offer),
            memory.seconds,
            memory.when.astimezone(UTC).isoformat(timespec="microseconds"),
        ),
    )


def _recall(connection: sqlite3.Connection, key: NetworkKey | None) -> tuple[Memory, ...]:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM memories WHERE ? IS NULL OR network = ?"  # noqa: S608
        " ORDER BY moment DESC, rowid DESC",
        (key, key),
    )
    return tuple(memory for row in found if (memory := _memory(row)) is not None)


def _memory(row: tuple[object, ...]) -> Memory | None:
    key, profile_id, host, port, security, works, kind, stage, offer, seconds, moment = row
    try:
        return Memory(
            key=NetworkKey(str(key)),
            profile_id=str(profile_id),
            endpoint=Endpoint(str(host), int(str(port)), Security(str(security))),
            works=bool(works),
            kind=None if kind is None else str(kind),
            stage=next((known for known in Stage if known.value == stage), None),
            offer=_offer(str(offer)),
            seconds=float(str(seconds)),
            when=datetime.fromisoformat(str(moment)),
        )
    except ValueError:
        return None


def _forget(connection: sqlite3.Connection, profile_id: str) -> None:
    connection.execute("DELETE FROM memories WHERE profile_id = ?", (profile_id,))
    connection.execute("DELETE FROM pauses WHERE profile_id = ?", (profile_id,))


def _forget_network(connection: sqlite3.Connection, key: NetworkKey) -> None:
    connection.execute("DELETE FROM memories WHERE network = ?", (key,))
    connection.execute("DELETE FROM names WHERE network = ?", (key,))


def _name_network(connection: sqlite3.Connection, key: NetworkKey, name: str) -> None:
    connection.execute("DELETE FROM names WHERE network = ?", (key,))
    if name:
        connection.execute("INSERT INTO names VALUES (?, ?)", (key, name))


def _network_names(connection: sqlite3.Connection) -> dict[NetworkKey, str]:
    found = connection.execute("SELECT network, name FROM names")
    return {NetworkKey(str(key)): str(name) for key, name in found}


def _salt(connection: sqlite3.Connection) -> bytes:
    # Many processes may come first: one wins, and all read what it wrote.
    connection.execute("INSERT OR IGNORE INTO salts VALUES (1, ?)", (secrets.token_bytes(32),))
    return bytes(connection.execute("SELECT value FROM salts").fetchone()[0])


def _pause(connection: sqlite3.Connection, row: tuple[str, str, str | None]) -> None:
    connection.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?, ?)", row)


def _paused(connection: sqlite3.Connection, row: tuple[str, str]) -> Diagnosis | None:
    found = connection.execute(
        "SELECT diagnosis FROM pauses WHERE profile_id = ? AND secret_revision = ?", row
    ).fetchone()
    return diagnosis_codec.loads(found[0]) if found else None


def _offer_text(offer: Offer) -> str:
    return json.dumps(
        {
            "banner": offer.banner,
            "starttls": offer.starttls,
            "auth": offer.auth,
            "extensions": offer.extensions,
            "certificate_issuer": offer.certificate_issuer,
            "certificate_name": offer.certificate_name,
            "word": offer.word.value,
        }
    )


def _offer(text: str) -> Offer:
    data = json.loads(text)
    if not isinstance(data, dict):
        return Offer()
    starttls = data.get("starttls")
    return Offer(
        banner=str(data.get("banner", "")),
        starttls=starttls if isinstance(starttls, bool) else None,
        auth=tuple(str(word) for word in data.get("auth") or ()),
        extensions=tuple(str(word) for word in data.get("extensions") or ()),
        certificate_issuer=str(data.get("certificate_issuer", "")),
        certificate_name=str(data.get("certificate_name", "")),
        word=next((known for known in Word if known == data.get("word")), Word.UNKNOWN),
    )
