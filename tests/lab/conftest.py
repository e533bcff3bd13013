"""Real servers for a module of tests: one Postfix, one Dovecot, one certificate authority."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from tests.canary import secret
from tests.lab.dovecot import Dovecot, dovecot
from tests.lab.place import open_folder
from tests.lab.postfix import Postfix, postfix

USER = "traveller@post.example"


@dataclass(frozen=True)
class MailServer:
    """Postfix with Dovecot behind it, and the authority that a client must trust."""

    postfix: Postfix
    dovecot: Dovecot
    ca_file: Path
    user: str = USER
    password: str = field(default=secret("account"), repr=False)


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    """A whole mail server on loopback; tests that ask for it are marked as needing its parts."""
    with open_folder() as folder:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        leaf = authority.issue_cert("localhost", "127.0.0.1")
        leaf.private_key_and_cert_chain_pem.write_to_path(folder / "chain.pem")
        with (
            dovecot(folder / "dovecot", {USER: secret("account")}) as auth,
            postfix(folder / "postfix", folder / "chain.pem", auth.socket) as server,
        ):
            yield MailServer(server, auth, folder / "ca.pem")
