"""A ServiceLookup that answers from tables, or not at all."""

from collections.abc import Mapping

from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.ports import ServiceRecord


class FakeServices:
    """`srv` and `mx` by name; `silent` makes every question time out."""

    def __init__(
        self,
        srv: Mapping[str, tuple[ServiceRecord, ...]] | None = None,
        mx: Mapping[str, tuple[str, ...]] | None = None,
        *,
        silent: bool = False,
    ) -> None:
        self.srv = dict(srv or {})
        self.mx = dict(mx or {})
        self.silent = silent
        self.asked: list[str] = []

    async def services(self, name: str, timeout: float) -> tuple[ServiceRecord, ...]:
        self._ask(name)
        return self.srv.get(name, ())

    async def exchangers(self, domain: str, timeout: float) -> tuple[str, ...]:
        self._ask(domain)
        return self.mx.get(domain, ())

    def _ask(self, name: str) -> None:
        self.asked.append(name)
        if self.silent:
            raise SmtpFailure(Failure(FailureKind.TIMED_OUT, "silent"))
