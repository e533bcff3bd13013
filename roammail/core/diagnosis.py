"""The words of a diagnosis: kind, scope, party, confidence, remedies. Types and one table.

How a reply or a failure becomes a Diagnosis lives in `refusal.py` (replies, by rules that are
data) and `seen.py` (failures without a reply). No prose here: the front ends word it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from roammail.core.failure import Failure
from roammail.core.profile import AuthMethod, Security
from roammail.core.reply import Reply
from roammail.core.stage import Stage


class Kind(StrEnum):
    """What happened."""

    RELAY_DENIED = "relay-denied"
    AUTH_REQUIRED = "auth-required"
    AUTH_FAILED = "auth-failed"
    APP_PASSWORD_REQUIRED = "app-password-required"  # noqa: S105  (the name of a kind)
    AUTH_MECHANISM = "auth-mechanism"
    TLS_REQUIRED = "tls-required"
    TLS_FAILED = "tls-failed"
    SENDER_NOT_ALLOWED = "sender-not-allowed"
    SENDER_INVALID = "sender-invalid"
    SENDER_POLICY = "sender-policy"
    IP_BLOCKED = "ip-blocked"
    PORT_OR_NETWORK_BLOCKED = "port-or-network-blocked"
    RATE_LIMITED = "rate-limited"
    GREYLISTED = "greylisted"
    QUOTA_OR_ACCOUNT = "quota-or-account"
    TOO_LARGE = "too-large"
    TOO_MANY_RECIPIENTS = "too-many-recipients"
    RECIPIENT_UNKNOWN = "recipient-unknown"
    MAILBOX_FULL = "mailbox-full"
    RECIPIENT_INVALID = "recipient-invalid"
    CONTENT_REJECTED = "content-rejected"
    SERVER_BUSY = "server-busy"
    HELO_REJECTED = "helo-rejected"
    PROTOCOL_ERROR = "protocol-error"
    SMTPUTF8_UNSUPPORTED = "smtputf8-unsupported"
    OTHER = "other"
    DNS_FAILED = "dns-failed"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    CAPTIVE_PORTAL = "captive-portal"
    INTERCEPTED = "intercepted"
    STARTTLS_STRIPPED = "starttls-stripped"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CONNECTION_LOST = "connection-lost"
    UNCERTAIN = "uncertain"


class Scope(StrEnum):
    """What the refusal condemns, and so what comes next (rule 6)."""

    ROUTE = "route"  # next profile
    CREDENTIAL = "credential"  # pause this profile, next
    SENDER = "sender"  # next profile that may send as this address
    RECIPIENT = "recipient"  # final for that recipient
    MESSAGE = "message"  # stop and tell
    NETWORK = "network"  # hold everything until the network changes
    TEMPORARY = "temporary"  # next profile now, this one later
    UNCERTAIN = "uncertain"  # rule 2


class Party(StrEnum):
    """Whose fault it is."""

    NETWORK = "network"
    SERVER = "server"
    ACCOUNT = "account"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


class Confidence(StrEnum):
    """How sure the diagnosis is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "guess"


class RemedyKind(StrEnum):
    """An act that helps. `Remedy.by_app` tells whether RoamMail can carry it out itself."""

    USE_ENDPOINT = "use-endpoint"  # params: host, port, security
    USE_OTHER_PROFILE = "use-other-profile"
    ENTER_PASSWORD = "enter-password"  # noqa: S105  (the name of a remedy)
    GET_APP_PASSWORD = "get-app-password"  # noqa: S105  (the name of a remedy)
    TURN_ON_SIGN_IN = "turn-on-sign-in"
    USE_TLS_ENDPOINT = "use-tls-endpoint"
    OPEN_PORTAL = "open-portal"
    TRY_LATER = "try-later"
    CHANGE_SENDER = "change-sender"
    VERIFY_SENDER = "verify-sender"
    CORRECT_RECIPIENT = "correct-recipient"
    ASK_RECIPIENT = "ask-recipient"
    REMOVE_RECIPIENTS = "remove-recipients"  # split the list
    SHRINK_MESSAGE = "shrink-message"
    EDIT_CONTENT = "edit-content"
    CHECK_ACCOUNT = "check-account"
    ASK_PROVIDER = "ask-provider"
    ASK_NETWORK = "ask-network"
    USE_OTHER_NETWORK = "use-other-network"
    CHECK_CLOCK = "check-clock"
    CHECK_SETTINGS = "check-settings"
    RETRY_SAME_PROFILE = "retry-same-profile"
    MARK_SENT = "mark-sent"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do; `params` fill the words (host, port, name …)."""

    kind: RemedyKind
    by_app: bool = False
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of the same evidence, less likely than the first."""

    kind: Kind
    scope: Scope
    party: Party
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened, what it condemns, whose fault, how sure, and what to do."""

    kind: Kind
    scope: Scope
    party: Party
    confidence: Confidence
    stage: Stage | None = None
    reply: Reply | None = None
    failure: Failure | None = None
    evidence: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What was seen around a refusal. None where it is not known.

    `elsewhere_starttls` tells what the same server offered from another network;
    `same_port_works_elsewhere_here` whether any other server answers on this port from here
    (None: not tried); `other_port_answered` an endpoint of the same profile that did answer.
    """

    port: int | None = None
    security: Security | None = None
    auth: AuthMethod | None = None
    signed_in: bool | None = None
    tls: bool | None = None
    auth_offered: tuple[str, ...] = ()
    banner: str = ""
    hello: tuple[str, ...] = ()
    sender: str = ""
    recipient: str = ""
    host: str = ""
    portal: str = "unknown"
    elsewhere_starttls: bool | None = None
    worked_elsewhere: bool | None = None
    same_port_works_elsewhere_here: bool | None = None
    other_port_answered: int | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())
