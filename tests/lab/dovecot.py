"""A real Dovecot as the SASL back end of Postfix, from a folder of its own."""

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.place import await_true, running

_CONFIG = """
protocols =
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 0
auth_cache_size = 0
disable_plaintext_auth = no
default_vsz_limit = 0
passdb {{
  driver = passwd-file
  args = scheme=SSHA256 username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A back end that runs; `socket` speaks Dovecot's authentication protocol."""

    socket: Path
    log: Path

    def refusals(self) -> int:
        """How many sign-ins were refused so far."""
        return self.log.read_text("utf-8", "replace").count("Password mismatch")


def _hashed(password: str) -> str:
    """SSHA256, so that no test secret stands in a file in clear."""
    salt = os.urandom(8)
    digest = hashlib.sha256(password.encode() + salt).digest()
    return base64.b64encode(digest + salt).decode()


@contextmanager
def dovecot(folder: Path, users: Mapping[str, str]) -> Iterator[Dovecot]:
    """Starts Dovecot below `folder` with these users and passwords, and ends it."""
    folder.mkdir(mode=0o755)
    lines = [f"{user}:{{SSHA256}}{_hashed(password)}\n" for user, password in users.items()]
    (folder / "users").write_text("".join(lines))
    config = folder / "dovecot.conf"
    config.write_text(_CONFIG.format(folder=folder))
    log = folder / "dovecot.log"
    with running(["dovecot", "-F", "-c", str(config)], log) as process:
        socket = folder / "auth"
        await_true("Dovecot's socket", lambda: socket.exists() or _ended(process.poll(), log))
        yield Dovecot(socket, log)


def _ended(code: int | None, log: Path) -> bool:
    if code is not None:
        raise AssertionError(f"Dovecot ended with {code}:\n{log.read_text('utf-8', 'replace')}")
    return False
