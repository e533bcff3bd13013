"""The last steps: DATA, the content, the final dot, and what the outbox is told meanwhile.

Rule 2 lives here: UNCERTAIN is written and synced before the final dot goes out, so that a
lost reply, a crash or a cancelled task can never look like "not sent".
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from roammail.core.delivery import Move, RecipientState
from roammail.core.diagnosis import Diagnosis, Scope
from roammail.core.events import UploadProgress
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.reply import Reply
from roammail.core.seen import uncertain
from roammail.core.stage import Stage
from roammail.engine import tasks
from roammail.engine.offer import Job, Offered
from roammail.engine.recipients import Recipients
from roammail.engine.tools import Tools


class Outcome(StrEnum):
    """How a hand-over ended."""

    SENT = "sent"
    FAILED = "failed"  # before the dot, or refused after it: another route may be tried
    REFUSED = "refused"  # the message itself was refused
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The outcome, and why if it is not SENT."""

    outcome: Outcome
    diagnosis: Diagnosis | None = None
    reply: Reply | None = None  # the server's words when it took the message


async def hand_over(tools: Tools, job: Job, offered: Offered, recipients: Recipients) -> HandedOver:
    """Sends the content to the accepted recipients and settles their state."""
    ladder = offered.ladder
    profile_id = ladder.profile.id

    def progress(octets: int) -> None:
        tools.announce(UploadProgress(job.outbox_id, octets, len(offered.content)))

    try:
        reply = await ladder.connection.data()
        if not reply.positive:
            return _refused(offered, reply)
        await ladder.connection.content(offered.content, progress)
    except SmtpFailure as lost:
        return HandedOver(Outcome.FAILED, ladder.explain_failure(lost.failure, Stage.CONTENT))
    doubt = uncertain(Stage.CONTENT, ladder.context())
    try:
        await recipients.move(offered.accepted, Move.DOUBT, profile_id, doubt)
    except asyncio.CancelledError:
        await tasks.finish(_undo(offered, recipients))
        raise
    try:
        reply = await ladder.connection.final_dot()
    except SmtpFailure as lost:
        doubt = uncertain(Stage.CONTENT, ladder.context(), lost.failure)
        await recipients.note(offered.accepted, profile_id, doubt)
        return HandedOver(Outcome.UNCERTAIN, doubt)
    if reply.positive:
        await recipients.move(offered.accepted, Move.ACCEPT, profile_id, None)
        return HandedOver(Outcome.SENT, reply=reply)
    # A refusal after the dot is a clear word: nothing was taken (RFC 5321 section 4.2.5).
    result = _refused(offered, reply)
    if result.outcome is Outcome.FAILED:
        await recipients.move(offered.accepted, Move.DEFER, profile_id, result.diagnosis)
    return result


async def _undo(offered: Offered, recipients: Recipients) -> None:
    """Stopped between the doubt and the dot: the dot has not gone."""
    ladder = offered.ladder
    stopped = Failure(FailureKind.CONNECTION_LOST, "stopped before the end of the message")
    doubtful = set(recipients.in_state(RecipientState.UNCERTAIN))
    unsent = tuple(address for address in offered.accepted if address in doubtful)
    why = ladder.explain_failure(stopped, Stage.CONTENT)
    await recipients.move(unsent, Move.DEFER, ladder.profile.id, why)


def _refused(offered: Offered, reply: Reply) -> HandedOver:
    diagnosis = offered.ladder.explain(reply, Stage.CONTENT)
    final = diagnosis.scope is Scope.MESSAGE and not reply.transient
    return HandedOver(Outcome.REFUSED if final else Outcome.FAILED, diagnosis)
