"""What each kind condemns, whose fault it is and what helps: one table and its exceptions.

Owns rule 6 (route-permanent is not message-permanent) and the choice of remedies. Knows nothing
of words and rules. No remedy here turns TLS or verification off.
"""

from functools import lru_cache

from roammail.core.diagnosis import Context, Kind, Party, Remedy, RemedyKind, Scope
from roammail.core.profile import AuthMethod, Security

_P, _S, _R = Party, Scope, RemedyKind

#: Scope and party of each kind where nothing speaks against it.
VERDICTS: dict[Kind, tuple[Scope, Party]] = {
    Kind.RELAY_DENIED: (_S.ROUTE, _P.SERVER),
    Kind.AUTH_REQUIRED: (_S.ROUTE, _P.ACCOUNT),
    Kind.AUTH_FAILED: (_S.CREDENTIAL, _P.ACCOUNT),
    Kind.APP_PASSWORD_REQUIRED: (_S.CREDENTIAL, _P.ACCOUNT),
    Kind.AUTH_MECHANISM: (_S.ROUTE, _P.SERVER),
    Kind.TLS_REQUIRED: (_S.ROUTE, _P.ACCOUNT),
    Kind.TLS_FAILED: (_S.ROUTE, _P.SERVER),
    Kind.SENDER_NOT_ALLOWED: (_S.SENDER, _P.SENDER),
    Kind.SENDER_INVALID: (_S.SENDER, _P.SENDER),
    Kind.SENDER_POLICY: (_S.SENDER, _P.SENDER),
    Kind.IP_BLOCKED: (_S.ROUTE, _P.NETWORK),
    Kind.PORT_OR_NETWORK_BLOCKED: (_S.ROUTE, _P.NETWORK),
    Kind.RATE_LIMITED: (_S.TEMPORARY, _P.ACCOUNT),
    Kind.GREYLISTED: (_S.TEMPORARY, _P.SERVER),
    Kind.QUOTA_OR_ACCOUNT: (_S.CREDENTIAL, _P.ACCOUNT),
    Kind.TOO_LARGE: (_S.MESSAGE, _P.CONTENT),
    Kind.TOO_MANY_RECIPIENTS: (_S.ROUTE, _P.CONTENT),
    Kind.RECIPIENT_UNKNOWN: (_S.RECIPIENT, _P.RECIPIENT),
    Kind.MAILBOX_FULL: (_S.RECIPIENT, _P.RECIPIENT),
    Kind.RECIPIENT_INVALID: (_S.RECIPIENT, _P.RECIPIENT),
    Kind.CONTENT_REJECTED: (_S.MESSAGE, _P.CONTENT),
    Kind.SERVER_BUSY: (_S.TEMPORARY, _P.SERVER),
    Kind.HELO_REJECTED: (_S.ROUTE, _P.SERVER),
    Kind.PROTOCOL_ERROR: (_S.ROUTE, _P.SERVER),
    Kind.SMTPUTF8_UNSUPPORTED: (_S.ROUTE, _P.SERVER),
    Kind.OTHER: (_S.ROUTE, _P.SERVER),
    Kind.DNS_FAILED: (_S.ROUTE, _P.NETWORK),
    Kind.UNREACHABLE: (_S.ROUTE, _P.NETWORK),
    Kind.TIMED_OUT: (_S.ROUTE, _P.NETWORK),
    Kind.CAPTIVE_PORTAL: (_S.NETWORK, _P.NETWORK),
    Kind.INTERCEPTED: (_S.ROUTE, _P.NETWORK),
    Kind.STARTTLS_STRIPPED: (_S.ROUTE, _P.NETWORK),
    Kind.CERTIFICATE_UNTRUSTED: (_S.ROUTE, _P.SERVER),
    Kind.CONNECTION_LOST: (_S.TEMPORARY, _P.NETWORK),
    Kind.UNCERTAIN: (_S.UNCERTAIN, _P.NETWORK),
}

#: Kinds whose 4yz is worth another try of the very same thing: never final (rule 6).
_PASSES = frozenset(
    {
        Kind.RECIPIENT_UNKNOWN,
        Kind.RECIPIENT_INVALID,
        Kind.MAILBOX_FULL,
        Kind.CONTENT_REJECTED,
        Kind.IP_BLOCKED,
        Kind.HELO_REJECTED,
        Kind.OTHER,
        Kind.PROTOCOL_ERROR,
        Kind.TLS_FAILED,
    }
)

_REMEDIES: dict[Kind, tuple[RemedyKind, ...]] = {
    Kind.RELAY_DENIED: (_R.USE_OTHER_PROFILE, _R.CHECK_SETTINGS, _R.ASK_PROVIDER),
    Kind.AUTH_REQUIRED: (_R.TURN_ON_SIGN_IN, _R.USE_OTHER_PROFILE, _R.CHECK_SETTINGS),
    Kind.AUTH_FAILED: (
        _R.ENTER_PASSWORD,
        _R.USE_OTHER_PROFILE,
        _R.GET_APP_PASSWORD,
        _R.CHECK_ACCOUNT,
    ),
    Kind.APP_PASSWORD_REQUIRED: (_R.ENTER_PASSWORD, _R.GET_APP_PASSWORD, _R.ASK_PROVIDER),
    Kind.AUTH_MECHANISM: (_R.USE_OTHER_PROFILE, _R.CHECK_SETTINGS, _R.ASK_PROVIDER),
    Kind.TLS_REQUIRED: (_R.USE_TLS_ENDPOINT, _R.USE_OTHER_PROFILE, _R.CHECK_SETTINGS),
    Kind.TLS_FAILED: (_R.USE_OTHER_PROFILE, _R.USE_OTHER_NETWORK, _R.ASK_PROVIDER),
    Kind.SENDER_NOT_ALLOWED: (_R.USE_OTHER_PROFILE, _R.CHANGE_SENDER, _R.VERIFY_SENDER),
    Kind.SENDER_INVALID: (_R.CHANGE_SENDER, _R.CHECK_SETTINGS),
    Kind.SENDER_POLICY: (_R.USE_OTHER_PROFILE, _R.CHANGE_SENDER, _R.ASK_PROVIDER),
    Kind.IP_BLOCKED: (_R.USE_OTHER_PROFILE, _R.USE_OTHER_NETWORK, _R.ASK_NETWORK),
    Kind.PORT_OR_NETWORK_BLOCKED: (_R.USE_OTHER_PROFILE, _R.USE_OTHER_NETWORK, _R.ASK_NETWORK),
    Kind.RATE_LIMITED: (_R.TRY_LATER, _R.USE_OTHER_PROFILE, _R.ASK_PROVIDER),
    Kind.GREYLISTED: (_R.TRY_LATER,),
    Kind.QUOTA_OR_ACCOUNT: (_R.USE_OTHER_PROFILE, _R.CHECK_ACCOUNT, _R.ASK_PROVIDER),
    Kind.TOO_LARGE: (_R.SHRINK_MESSAGE,),
    Kind.TOO_MANY_RECIPIENTS: (_R.USE_OTHER_PROFILE, _R.REMOVE_RECIPIENTS),
    Kind.RECIPIENT_UNKNOWN: (_R.CORRECT_RECIPIENT, _R.ASK_RECIPIENT),
    Kind.MAILBOX_FULL: (_R.TRY_LATER, _R.ASK_RECIPIENT),
    Kind.RECIPIENT_INVALID: (_R.CORRECT_RECIPIENT,),
    Kind.CONTENT_REJECTED: (_R.EDIT_CONTENT, _R.ASK_PROVIDER),
    Kind.SERVER_BUSY: (_R.TRY_LATER, _R.USE_OTHER_PROFILE),
    Kind.HELO_REJECTED: (_R.USE_OTHER_PROFILE, _R.CHECK_SETTINGS, _R.ASK_PROVIDER),
    Kind.PROTOCOL_ERROR: (_R.USE_OTHER_PROFILE, _R.CHECK_SETTINGS, _R.ASK_PROVIDER),
    Kind.SMTPUTF8_UNSUPPORTED: (_R.USE_OTHER_PROFILE, _R.CORRECT_RECIPIENT),
    Kind.OTHER: (_R.USE_OTHER_PROFILE, _R.ASK_PROVIDER),
    Kind.DNS_FAILED: (_R.TRY_LATER, _R.CHECK_SETTINGS, _R.USE_OTHER_NETWORK),
    Kind.UNREACHABLE: (_R.USE_OTHER_PROFILE, _R.TRY_LATER, _R.USE_OTHER_NETWORK),
    Kind.TIMED_OUT: (_R.USE_OTHER_PROFILE, _R.TRY_LATER, _R.USE_OTHER_NETWORK),
    Kind.CAPTIVE_PORTAL: (_R.OPEN_PORTAL, _R.USE_OTHER_NETWORK),
    Kind.INTERCEPTED: (_R.USE_OTHER_PROFILE, _R.USE_OTHER_NETWORK, _R.ASK_NETWORK),
    Kind.STARTTLS_STRIPPED: (
        _R.USE_TLS_ENDPOINT,
        _R.USE_OTHER_PROFILE,
        _R.USE_OTHER_NETWORK,
        _R.ASK_NETWORK,
    ),
    Kind.CERTIFICATE_UNTRUSTED: (_R.USE_OTHER_PROFILE, _R.USE_OTHER_NETWORK, _R.ASK_PROVIDER),
    Kind.CONNECTION_LOST: (_R.TRY_LATER, _R.USE_OTHER_PROFILE, _R.USE_OTHER_NETWORK),
    Kind.UNCERTAIN: (_R.RETRY_SAME_PROFILE, _R.MARK_SENT),
}

#: Acts that RoamMail carries out itself.
BY_APP = frozenset(
    {
        _R.USE_ENDPOINT,
        _R.USE_TLS_ENDPOINT,
        _R.USE_OTHER_PROFILE,
        _R.ENTER_PASSWORD,
        _R.TURN_ON_SIGN_IN,
        _R.OPEN_PORTAL,
        _R.TRY_LATER,
        _R.RETRY_SAME_PROFILE,
        _R.MARK_SENT,
        _R.REMOVE_RECIPIENTS,
    }
)
_ASKING = frozenset({_R.ASK_PROVIDER, _R.ASK_NETWORK, _R.ASK_RECIPIENT})


def scope_of(kind: Kind, code: int, party: Party, said_later: bool) -> Scope:
    """The scope of a kind, given the reply's code (0: no reply) and whether it said "later".

    5yz is believed where a permanent answer and a temporary kind disagree only for a message
    or a recipient: a rate limit or a busy server passes, whatever its digit.
    """
    scope = VERDICTS[kind][0]
    if 400 <= code < 500:
        if kind in _PASSES:
            return Scope.TEMPORARY
        if said_later and scope is Scope.ROUTE:
            return Scope.TEMPORARY
    if kind is Kind.OTHER and party is Party.CONTENT:
        return Scope.MESSAGE
    return scope


@lru_cache(maxsize=1024)
def remedies_for(kind: Kind, context: Context, scope: Scope) -> tuple[Remedy, ...]:
    """What helps, ordered: what the app can do, what the person can do, whom to ask."""
    wanted = list(_REMEDIES[kind])
    if context.auth is AuthMethod.NONE and kind is Kind.RELAY_DENIED:
        wanted.insert(0, _R.TURN_ON_SIGN_IN)
    signs_in = context.auth not in (None, AuthMethod.NONE)
    if (signs_in or _offers_no_sign_in(context)) and _R.TURN_ON_SIGN_IN in wanted:
        wanted.remove(_R.TURN_ON_SIGN_IN)
    if scope is Scope.NETWORK and _R.USE_OTHER_PROFILE in wanted:
        wanted.remove(_R.USE_OTHER_PROFILE)  # it would meet the same
    if scope is Scope.TEMPORARY and _R.TRY_LATER not in wanted:
        wanted.append(_R.TRY_LATER)
    if _R.USE_TLS_ENDPOINT in wanted and not _may_have_encrypted_port(kind, context):
        wanted.remove(_R.USE_TLS_ENDPOINT)
    remedies = [Remedy(act, _by_app(act, kind, context), _params(act, context)) for act in wanted]
    if context.other_port_answered and VERDICTS[kind][1] in (Party.NETWORK, Party.SERVER):
        remedies.insert(0, _endpoint(context))
    return tuple(sorted(remedies, key=_rank))


def _may_have_encrypted_port(kind: Kind, context: Context) -> bool:
    """Whether to speak of an encrypted port that nobody has seen.

    Not where a port of the same server answers, which is named instead; and not of a server
    that relays for its own network without a sign-in: submission ports want one (RFC 8314).
    """
    if context.other_port_answered:
        return False
    return kind is not Kind.STARTTLS_STRIPPED or context.auth is not AuthMethod.NONE


def _by_app(act: RemedyKind, kind: Kind, context: Context) -> bool:
    """Whether it is an act of ours. To encrypt is one where the server lets it be known that it
    does so on this very port; a port that may exist is only for the person to look up."""
    if act is not _R.USE_TLS_ENDPOINT:
        return act in BY_APP
    return kind is Kind.TLS_REQUIRED and (_offers_starttls(context) or not context.hello)


def _offers_starttls(context: Context) -> bool:
    """RFC 3207 section 2: a word of its own in the answer to EHLO."""
    in_clear = context.security is Security.PLAINTEXT
    return in_clear and any(line.strip().upper() == "STARTTLS" for line in context.hello)


def _offers_no_sign_in(context: Context) -> bool:
    """Whether the server's last EHLO answer is known and names no AUTH (RFC 4954 section 3).

    Many servers name it only once TLS is on, so an answer before TLS proves nothing where TLS
    was still to come.
    """
    if not context.hello or context.auth_offered:
        return False
    return context.tls is True or context.security is Security.PLAINTEXT


def _rank(remedy: Remedy) -> int:
    return 0 if remedy.by_app else 2 if remedy.kind in _ASKING else 1


def _endpoint(context: Context) -> Remedy:
    port = context.other_port_answered
    security = "starttls" if port in (587, 25, 2525, 8025) else "implicit-tls"
    params = (("host", context.host), ("port", str(port)), ("security", security))
    return Remedy(_R.USE_ENDPOINT, True, params)


def _params(act: RemedyKind, context: Context) -> tuple[tuple[str, str], ...]:
    if act is _R.USE_TLS_ENDPOINT and context.host and context.port and _offers_starttls(context):
        way = ("port", str(context.port)), ("security", Security.STARTTLS.value)
        return (("host", context.host), *way)
    if act in (_R.USE_TLS_ENDPOINT, _R.ASK_PROVIDER, _R.TURN_ON_SIGN_IN, _R.ENTER_PASSWORD):
        return (("host", context.host),) if context.host else ()
    if act in (_R.CHANGE_SENDER, _R.VERIFY_SENDER):
        return (("sender", context.sender),) if context.sender else ()
    if act in (_R.CORRECT_RECIPIENT, _R.ASK_RECIPIENT):
        return (("recipient", context.recipient),) if context.recipient else ()
    return ()
