"""Whose words a bounce's text is: the programs that report, by sentences only they write.

Owns the signatures. Knows nothing of addresses and replies.
"""

from enum import StrEnum

#: Characters in which a signature is looked for.
_LIMIT = 60_000


class Form(StrEnum):
    """Which program's way of reporting it is."""

    REPORT = "report"  # RFC 3464 alone
    POSTFIX = "postfix"
    EXIM = "exim"
    QMAIL = "qmail"
    SENDMAIL = "sendmail"
    EXCHANGE = "exchange"
    GMAIL = "gmail"
    COURIER = "courier"
    DOMINO = "domino"
    DMA = "dma"
    NULLMAILER = "nullmailer"
    OPENSMTPD = "opensmtpd"
    YAHOO = "yahoo"
    HMAILSERVER = "hmailserver"
    STALWART = "stalwart"
    UNKNOWN = "unknown"


#: Words that only this program writes, in lower case; the order decides.
_SIGNATURES: tuple[tuple[Form, tuple[str, ...]], ...] = (
    (
        Form.NULLMAILER,
        ("this is the nullmailer program",),
    ),
    (
        Form.QMAIL,
        (
            "this is the qmail-send program",
            "this is the mta program at",
            "qmail-send",
        ),
    ),
    (
        Form.DMA,
        ("this is the dragonfly mail agent",),
    ),
    (
        Form.OPENSMTPD,
        (
            "this is the mailer-daemon, please do not reply",
            "list of recipients:\n",
        ),
    ),
    (
        Form.POSTFIX,
        (
            "this is the mail system at host",
            "this is the postfix program at host",
        ),
    ),
    (
        Form.EXIM,
        (
            "created automatically by mail delivery software",
            "could not be delivered to one or more of its\n",
        ),
    ),
    (
        Form.SENDMAIL,
        (
            "the following addresses had ",
            "transcript of session follows",
            "the original message was received at",
        ),
    ),
    (
        Form.EXCHANGE,
        (
            "diagnostic information for administrators",
            "diagnoseinformationen für administratoren",
            "informations de diagnostic pour les administrateurs",
            "información de diagnóstico para los administradores",
            "informazioni di diagnostica per gli amministratori",
            "delivery has failed to these recipients",
            "did not reach some or all of the intended recipients",
            "remote server returned '",
        ),
    ),
    (
        Form.GMAIL,
        (
            "the response from the remote server was",
            "google tried to deliver",
            "** address not found **",
            "** message blocked **",
            "die antwort des remote-servers lautete",
            "la réponse du serveur distant",
            "la respuesta del servidor remoto",
            "technical details of permanent failure",
            "mail delivery subsystem. ",
        ),
    ),
    (
        Form.COURIER,
        (
            "your message to the following recipients cannot be delivered",
            "undeliverable mail\n",
            "courier mail server",
        ),
    ),
    (
        Form.DOMINO,
        ("was not delivered to:",),
    ),
    (
        Form.YAHOO,
        ("we were unable to deliver your message to the following address",),
    ),
    (
        Form.STALWART,
        ("your message could not be delivered to the following recipients",),
    ),
)
_HMAIL = "hmailserver sent"


def form_of(text: str) -> Form:
    """Whose words these are."""
    folded = text[:_LIMIT].casefold().replace("\r\n", "\n")
    if _HMAIL in folded:
        return Form.HMAILSERVER
    for form, signs in _SIGNATURES:
        if any(sign in folded for sign in signs):
            return form
    return Form.UNKNOWN


def looks_like_bounce_text(text: str) -> bool:
    """Whether the text is a bounce's, without its header."""
    return form_of(text) is not Form.UNKNOWN
