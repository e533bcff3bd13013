"""Offers one message to one endpoint: everything before DATA, with each recipient's answer.

Owns what MAIL FROM must promise (SIZE, 8BITMIME, SMTPUTF8) and rule 7. It never hands the
content over; `handover.py` does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from roammail.core.address import ascii_form, needs_smtputf8
from roammail.core.diagnosis import Diagnosis, Kind, Scope
from roammail.core.envelope import ReadyMessage
from roammail.core.failure import Failure, FailureKind
from roammail.core.seven_bit import seven_bit
from roammail.core.stage import Stage
from roammail.engine.ladder import Fell, Ladder


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be offered. `split`: take what a server gives, recipient by recipient."""

    outbox_id: int
    message: ReadyMessage
    recipients: tuple[str, ...]
    split: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A server stands ready for DATA for `accepted`; `refused` got their own answers.

    With nobody accepted, every recipient was refused for a reason of its own. Whoever is in
    neither was too many for one transaction and still waits.
    """

    ladder: Ladder
    content: bytes
    accepted: tuple[str, ...]
    refused: tuple[tuple[str, Diagnosis], ...]


async def offer(ladder: Ladder, job: Job) -> Offered:
    """Climbs to the brink of DATA. Raises Fell when this route does not do.

    Unless the job is split, one recipient refused with more than recipient scope condemns the
    route for all (rule 7), so that no message is torn apart while another profile may take
    it whole.
    """
    await ladder.approach()
    content = await _fit_content(ladder, job.message)
    international = _international(ladder, job)
    written = _paths(international)
    await ladder.sender(
        written(job.message.envelope.sender),
        len(content),
        eight_bit=not content.isascii(),
        utf8=international,
        report=job.message.report,
    )
    accepted: list[str] = []
    refused: list[tuple[str, Diagnosis]] = []
    for address in job.recipients:
        refusal = await ladder.recipient(written(address), job.message.report_for(address))
        if refusal is None:
            accepted.append(address)
            continue
        if refusal.kind is Kind.TOO_MANY_RECIPIENTS and accepted:
            break  # these first; the rest in a transaction of its own (RFC 5321 4.5.3.1.10)
        if refusal.scope is not Scope.RECIPIENT and not job.split:
            raise Fell(refusal)
        refused.append((address, refusal))
    return Offered(ladder, content, tuple(accepted), tuple(refused))


async def _fit_content(ladder: Ladder, message: ReadyMessage) -> bytes:
    if message.eight_bit and ladder.connection.extension("8BITMIME") is None:
        # Many megabytes take seconds: not on the loop that everybody shares.
        return await asyncio.to_thread(seven_bit, message.content)
    return message.content


def _international(ladder: Ladder, job: Job) -> bool:
    """Whether MAIL FROM says SMTPUTF8 (RFC 6531 section 3.4).

    Raises Fell where an address needs it and the server does not know it. A header in raw
    UTF-8 alone goes as 8BITMIME then: most servers take it, and no address is at stake.
    """
    paths = (job.message.envelope.sender, *job.recipients)
    needed = any(needs_smtputf8(address) for address in paths)
    offered = ladder.connection.extension("SMTPUTF8") is not None
    if needed and not offered:
        failure = Failure(FailureKind.SMTPUTF8_MISSING)
        raise Fell(ladder.explain_failure(failure, Stage.SENDER))
    header, _, _ = job.message.content.partition(b"\r\n\r\n")
    return offered and (needed or not header.isascii())


def _paths(international: bool) -> Callable[[str], str]:
    """How an address is written on this connection: as it is, or its domain in A-labels."""

    def written(address: str) -> str:
        if international or address.isascii():
            return address
        return ascii_form(address) or address

    return written
