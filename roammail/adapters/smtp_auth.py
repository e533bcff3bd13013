"""Signing in: one mechanism, chosen by us among what the server offers (RFC 4954). Turns
challenges into responses; sees no socket. Used inside verified TLS only."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, Protocol

from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.secret import Secret

#: RFC 5321 section 4.5.3.1.4: an initial response goes along only where the line allows it.
MAX_COMMAND_OCTETS = 512
#: RFC 4954 section 4: the longest line of a SASL exchange, without its end.
MAX_RESPONSE_OCTETS = 12_288
#: Above this a server asks for work, not for proof (RFC 7677 recommends 4,096 and more).
MAX_SCRAM_ITERATIONS = 1_000_000


class Mechanism(Protocol):
    """One exchange. `initial` is None for a mechanism in which the server speaks first."""

    name: str

    def initial(self) -> bytes | None:
        """What the client says first."""

    def respond(self, challenge: bytes) -> bytes:
        """The answer to a challenge. Raises ValueError for one that makes no sense."""

    def complete(self) -> bool:
        """Whether the server has shown all that it must show before it may say 235."""


class Plain:
    """RFC 4616."""

    name = "PLAIN"

    def __init__(self, username: str, secret: Secret) -> None:
        self._message: bytes | None = f"\0{username}\0{secret.reveal()}".encode()

    def initial(self) -> bytes | None:
        """Everything at once."""
        return self._message

    def respond(self, challenge: bytes) -> bytes:
        """Only for a server to which the initial response was too long to go along."""
        raise ValueError("PLAIN has nothing more to say")

    def complete(self) -> bool:
        """PLAIN proves nothing of the server; TLS did."""
        return True


class Login:
    """The undocumented LOGIN: name, then password, whatever the challenges say."""

    name = "LOGIN"

    def __init__(self, username: str, secret: Secret) -> None:
        self._answers = [username.encode(), secret.reveal().encode()]

    def initial(self) -> bytes | None:
        """None: many servers do not take one."""
        return None

    def respond(self, challenge: bytes) -> bytes:
        """The name to the first challenge, the password to the second."""
        if not self._answers:
            raise ValueError("LOGIN has nothing more to say")
        return self._answers.pop(0)

    def complete(self) -> bool:
        """LOGIN proves nothing of the server; TLS did."""
        return True


class CramMd5:
    """RFC 2195."""

    name = "CRAM-MD5"

    def __init__(self, username: str, secret: Secret) -> None:
        self._username, self._secret = username, secret
        self._answered = False

    def initial(self) -> bytes | None:
        """None: the server speaks first."""
        return None

    def respond(self, challenge: bytes) -> bytes:
        """The keyed digest of the challenge."""
        if self._answered:
            raise ValueError("CRAM-MD5 has nothing more to say")
        self._answered = True
        digest = hmac.new(self._secret.reveal().encode(), challenge, hashlib.md5)
        return f"{self._username} {digest.hexdigest()}".encode()

    def complete(self) -> bool:
        """CRAM-MD5 proves nothing of the server; TLS did."""
        return True


class _Unfit(ValueError):
    """The mechanism cannot carry this name or password."""


class ScramSha256:
    """RFC 7677, through scramp. The server must prove that it knows the password too."""

    name = "SCRAM-SHA-256"

    def __init__(self, username: str, secret: Secret) -> None:
        # Here: nearly every server offers PLAIN, and scramp brings a library for certificates.
        from scramp import ScramClient, ScramException

        self._fault = ScramException
        # scramp has no type annotations.
        try:
            self._client: Any = ScramClient(  # type: ignore[no-untyped-call]
                [self.name], username, secret.reveal()
            )
        except ScramException:
            raise _Unfit("SCRAM forbids some characters (RFC 4013)") from None
        self._step = 0

    def initial(self) -> bytes | None:
        """The client's nonce."""
        return str(self._client.get_client_first()).encode()

    def respond(self, challenge: bytes) -> bytes:
        """The proof to the first challenge, nothing to the second (the server's proof)."""
        self._step += 1
        try:
            text = challenge.decode()
            if self._step == 1:
                _check_iterations(text)
                self._client.set_server_first(text)
                return str(self._client.get_client_final()).encode()
            if self._step == 2 and text.startswith("e="):
                self._step = -1  # the server refuses; its own reply follows
                return b""
            if self._step == 2:
                self._client.set_server_final(text)
                return b""
        except (self._fault, KeyError, IndexError) as error:
            self._step = -1
            raise ValueError(f"the server's part of SCRAM is wrong: {error}") from error
        raise ValueError("SCRAM has nothing more to say")

    def complete(self) -> bool:
        """Whether the server's own proof was seen and found right."""
        return self._step == 2


# PLAIN first: all of this happens inside verified TLS, which has proven the server and hides
# the password already. SCRAM costs two more round trips on every new connection (a second and
# more on a plane), and guards against nothing that is left: whoever could read within this TLS
# could also take SCRAM out of the offer and be given PLAIN. And a server often has the proof
# that SCRAM needs for some of its accounts only; with one mechanism, tried once (rule 4), the
# others would be refused.
_PREFERENCE: dict[str, type[Plain | ScramSha256 | Login | CramMd5]] = {
    kind.name: kind for kind in (Plain, ScramSha256, Login, CramMd5)
}


def choose(offered: Iterable[str], username: str, secret: Secret) -> Mechanism:
    """The mechanism to use. Raises SmtpFailure (AUTH_NOT_OFFERED, AUTH_NO_COMMON_MECHANISM)."""
    names = {name.upper() for name in offered}
    if not names:
        raise _failure(FailureKind.AUTH_NOT_OFFERED, "the server offers no sign-in")
    if "\0" in username or "\0" in secret.reveal():
        raise _failure(FailureKind.AUTH_NO_COMMON_MECHANISM, "a credential holds a NUL character")
    for name, kind in _PREFERENCE.items():
        if name not in names:
            continue
        try:
            return kind(username, secret)
        # SCRAM forbids some characters in names and passwords; PLAIN does not.
        except _Unfit:
            continue
    raise _failure(
        FailureKind.AUTH_NO_COMMON_MECHANISM, f"the server offers {', '.join(sorted(names))}"
    )


def encode(response: bytes) -> bytes:
    """Base64, as it goes over the wire. Raises SmtpFailure for one that is too long."""
    encoded = base64.b64encode(response)
    if len(encoded) > MAX_RESPONSE_OCTETS:
        raise _failure(FailureKind.TOO_LONG, "the credentials do not fit in a line of SMTP")
    return encoded


def decode(challenge: str) -> bytes:
    """The octets of a 334's text. Raises ValueError."""
    try:
        return base64.b64decode(challenge, validate=True)
    except binascii.Error as error:
        raise ValueError("a challenge that is not base64") from error


def _check_iterations(server_first: str) -> None:
    for part in server_first.split(","):
        if part.startswith("i="):
            count = part[2:]
            if not count.isascii() or not count.isdigit() or len(count) > 9:
                raise ValueError("an iteration count that is no number")
            if int(count) > MAX_SCRAM_ITERATIONS:
                raise ValueError(f"the server asks for {count} iterations")


def _failure(kind: FailureKind, detail: str) -> SmtpFailure:
    return SmtpFailure(Failure(kind, detail))
