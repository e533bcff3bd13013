"""What a refused sign-in condemns, whatever its words speak of (rule 4). Pure.

Rules read a server's text; here the stage is known: a password was shown and was not taken.
"""

from dataclasses import replace

from roammail.core.consequence import remedies_for
from roammail.core.diagnosis import (
    Alternative,
    Confidence,
    Context,
    Diagnosis,
    Kind,
    Party,
    RemedyKind,
    Scope,
)

#: RFC 4954 section 6: the credentials are invalid.
_INVALID = 535
#: Of these nothing has been said yet when a client signs in.
_NOT_YET = frozenset({Scope.SENDER, Scope.RECIPIENT, Scope.MESSAGE})


def refused_sign_in(refusal: Diagnosis, context: Context) -> Diagnosis:
    """The diagnosis with scope CREDENTIAL where the same password must not be tried again.

    That is every 535, and every final refusal that seems to speak of a sender, a recipient or
    a message. Words that make sense (an address that is blocked, too many tries) keep their
    kind, and only a new password is offered beside their own remedies.
    """
    reply = refusal.reply
    if reply is None or reply.transient or refusal.scope is Scope.CREDENTIAL:
        return refusal
    senseless = refusal.scope in _NOT_YET or refusal.kind is Kind.RELAY_DENIED
    if not senseless and reply.code != _INVALID:
        return refusal
    usual = remedies_for(Kind.AUTH_FAILED, context, Scope.CREDENTIAL)
    if not senseless:
        known = {remedy.kind for remedy in refusal.remedies}
        more = (r for r in usual if r.kind is RemedyKind.ENTER_PASSWORD and r.kind not in known)
        return replace(refusal, scope=Scope.CREDENTIAL, remedies=(*more, *refusal.remedies))
    read = Alternative(refusal.kind, refusal.scope, refusal.party)
    return replace(
        refusal,
        kind=Kind.AUTH_FAILED,
        scope=Scope.CREDENTIAL,
        party=Party.ACCOUNT,
        confidence=Confidence.LIKELY,
        remedies=usual,
        alternatives=(read, *refusal.alternatives),
        params=tuple((name, value) for name, value in refusal.params if name != "rule"),
    )
