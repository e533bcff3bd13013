"""Names to addresses through the system's own resolver, in threads that cannot hold anything
up. Owns look-ups and the ASCII form of host names; knows nothing of SMTP."""

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import threading
from collections.abc import Callable, Sequence

import idna

from roammail.core.failure import Failure, FailureKind, SmtpFailure

MAX_ADDRESSES = 16
MAX_LOOKUPS = 8
_MAX_HOST = 253
_MADE_UP_SECONDS = 2.0
_NO_SUCH_NAME = frozenset(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
    if hasattr(socket, name)
)

LookUp = Callable[[str], list[str]]


def ascii_host(host: str) -> str:
    """The host as DNS and certificates know it (IDNA 2008). Raises ValueError."""
    # idna.IDNAError is a UnicodeError, which is a ValueError.
    name = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    if not name or len(name) > _MAX_HOST + 1 or not name.isprintable() or " " in name:
        raise ValueError("not a host name")
    return name


def system_addresses(host: str) -> list[str]:
    """getaddrinfo, in the system's order (RFC 6724). Blocks; raises socket.gaierror."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class SystemResolver:
    """The Resolver port. At most `MAX_LOOKUPS` look-ups at once, each in a daemon thread:
    a dead DNS server holds up neither the event loop nor the end of the program."""

    def __init__(self, look_up: LookUp = system_addresses) -> None:
        self._look_up = look_up
        self._slots = threading.Semaphore(MAX_LOOKUPS)

    async def resolve(self, host: str, timeout: float) -> tuple[str, ...]:
        """Addresses of `host`. Raises SmtpFailure (DNS_NOT_FOUND, DNS_TEMPORARY, TIMED_OUT)."""
        bare = host.removeprefix("[").removesuffix("]")
        with contextlib.suppress(ValueError):
            return (str(ipaddress.ip_address(bare)),)
        try:
            name = ascii_host(bare)
        except ValueError as error:
            raise _failure(FailureKind.DNS_NOT_FOUND, f"not a host name: {error}") from error
        try:
            async with asyncio.timeout(timeout):
                found = await self._in_thread(name)
        except TimeoutError as error:
            detail = f"no answer from DNS in {timeout:g} s"
            raise _failure(FailureKind.TIMED_OUT, detail) from error
        except socket.gaierror as error:
            kind = FailureKind.DNS_TEMPORARY
            if error.errno in _NO_SUCH_NAME:
                kind = FailureKind.DNS_NOT_FOUND
            raise _failure(kind, error.strerror or str(error)) from error
        except (OSError, UnicodeError) as error:
            raise _failure(FailureKind.DNS_TEMPORARY, str(error)) from error
        if not found:
            raise _failure(FailureKind.DNS_NOT_FOUND, "the name has no address")
        return tuple(dict.fromkeys(found))[:MAX_ADDRESSES]

    async def makes_up(self, host: str, addresses: Sequence[str]) -> bool:
        """See the port. The name is a random one beside the host's own domain: what is reserved
        for names that cannot exist (RFC 6761) is answered by no server that lies."""
        top = host.rstrip(".").rpartition(".")[2]
        if not top.isalpha() and not top.lower().startswith("xn--"):
            return False  # an address, or a name of this network alone
        try:
            found = await self.resolve(f"{secrets.token_hex(12)}.{top}", _MADE_UP_SECONDS)
        except SmtpFailure:
            return False
        return not set(found).isdisjoint(addresses)

    async def _in_thread(self, name: str) -> list[str]:
        # A slot is given back by the thread, which may outlive its caller and even the loop:
        # no asyncio primitive can be told.
        while not self._slots.acquire(blocking=False):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def settle(found: list[str] | OSError | UnicodeError) -> None:
            if answer.done():
                return
            if isinstance(found, list):
                answer.set_result(found)
            else:
                answer.set_exception(found)

        def work() -> None:
            try:
                found: list[str] | OSError | UnicodeError = self._look_up(name)
            except (OSError, UnicodeError) as error:
                found = error
            finally:
                self._slots.release()
            # The loop may be closed by now: then nobody waits for this answer.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=work, name=f"dns-{name[:40]}", daemon=True).start()
        return await answer


def _failure(kind: FailureKind, detail: str) -> SmtpFailure:
    return SmtpFailure(Failure(kind, detail))
