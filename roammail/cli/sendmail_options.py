"""The options of sendmail as programs have used them for forty years. Pure: words in, a frozen
request out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from roammail.core.dsn import EnvelopeReport, RecipientReport, read_envelope, read_recipient
from roammail.core.errors import ExitCode, UserFacingError


@dataclass(frozen=True, slots=True)
class Request:
    """What a program asked for. `sender` None: not said; "" the null path."""

    recipients: tuple[str, ...] = ()
    sender: str | None = None
    full_name: str = ""
    from_header: bool = False  # -t
    dot_ends: bool = True  # no -i
    smtp: bool = False  # -bs
    report: EnvelopeReport | None = None
    notify: RecipientReport | None = None


#: Options with a value, attached or as the next word, that change nothing here.
_IGNORED_WITH_VALUE = frozenset("ABCLOXdhpM")
#: Options without a value that change nothing here.
_IGNORED = frozenset("UGnmvsx")


def read_options(words: Sequence[str]) -> Request:
    """Raises UserFacingError (`usage`, exit 64)."""
    request = Request()
    rest = iter(words)
    addresses: list[str] = []
    for word in rest:
        if word == "--":
            addresses.extend(rest)
        elif not word.startswith("-") or word == "-":
            addresses.append(word)
        else:
            request = _option(request, word[1], word[2:], rest)
    return replace(request, recipients=tuple(addresses))


def _option(request: Request, letter: str, attached: str, rest: Iterator[str]) -> Request:
    match letter:
        case "t" | "i" if attached:  # "-ti": several letters in one word
            request = _option(request, letter, "", rest)
            return _option(request, attached[0], attached[1:], rest)
        case "t":
            return replace(request, from_header=True)
        case "i":
            return replace(request, dot_ends=False)
        case "o":
            # -oi is -i; every other -oX, with or without a value, is the old configuration.
            return replace(request, dot_ends=False) if attached == "i" else request
        case "f" | "r":
            sender = _value(letter, attached, rest)
            return replace(request, sender="" if sender == "<>" else sender)
        case "F":
            return replace(request, full_name=_value(letter, attached, rest))
        case "b":
            return _mode(request, attached)
        case "N" | "R" | "V":
            return _report(request, letter, _value(letter, attached, rest))
    if letter in _IGNORED_WITH_VALUE:
        if not attached:
            next(rest, "")
        return request
    if letter in _IGNORED:
        return request
    raise _usage(f"the option -{letter} is not known")


def _mode(request: Request, mode: str) -> Request:
    if mode == "m":
        return request
    if mode == "s":
        return replace(request, smtp=True)
    raise _usage(f"the mode -b{mode} is not offered; “roammail outbox” shows what waits")


def _report(request: Request, letter: str, value: str) -> Request:
    held = request.report or EnvelopeReport()
    try:
        if letter == "N":
            return replace(request, notify=read_recipient({"NOTIFY": value}))
        if letter == "R":
            value = {"headers": "HDRS"}.get(value.lower(), value)
            return replace(request, report=replace(held, ret=read_envelope({"RET": value}).ret))
        report = read_envelope({"ENVID": _as_xtext(value)})
        return replace(request, report=replace(held, envid=report.envid))
    except ValueError as error:
        raise _usage(f"the value of -{letter} is not right") from error


def _as_xtext(text: str) -> str:
    """RFC 3461 section 4."""
    return "".join(
        chr(octet) if 0x21 <= octet <= 0x7E and octet not in b"+=" else f"+{octet:02X}"
        for octet in text.encode("utf-8", "surrogateescape")
    )


def _value(letter: str, attached: str, rest: Iterator[str]) -> str:
    value = attached or next(rest, None)
    if value is None:
        raise _usage(f"the option -{letter} needs a value")
    return value


def _usage(what: str) -> UserFacingError:
    return UserFacingError("usage", f"sendmail: {what}.", ExitCode.USAGE)
