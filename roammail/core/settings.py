"""Each setting, declared once: key, type, default, label, help. Feeds file, window and docs."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from roammail.core.errors import BadConfiguration


class Unit(StrEnum):
    """What a number counts."""

    NONE = ""
    SECONDS = "seconds"
    DAYS = "days"
    MEGABYTES = "megabytes"


@dataclass(frozen=True, slots=True)
class Setting:
    """One declaration; `low` and `high` bound numbers. `live`: a change counts at once in the
    process that makes it; else what runs keeps the old value until it starts anew. `zero` says
    what 0 means, where it is no amount."""

    key: str
    default: str | int | bool
    label: str
    help: str
    low: int | None = None
    high: int | None = None
    live: bool = False
    unit: Unit = Unit.NONE
    zero: str = ""

    @property
    def type(self) -> type[str | int | bool]:
        """The value's type."""
        return type(self.default)


DECLARED: tuple[Setting, ...] = (
    Setting(
        "portal_check_url",
        "",
        "Sign-in page check",
        "An http:// address that answers the same everywhere; asked to see whether a sign-in "
        "page is in the way. Empty: nobody is asked.",
    ),
    Setting(
        "portal_check_text",
        "",
        "Text that the check must find",
        "What the answer's body holds when the way is free. Empty: the answer must be 204.",
    ),
    Setting(
        "probe_recipient",
        "",
        "Address for tests",
        "One of your own addresses, at another provider. A test asks a server whether it "
        "would relay to it; nothing is ever sent.",
        live=True,
    ),
    Setting(
        "probe_connections",
        8,
        "Connections at once",
        "How many servers are tested at the same time.",
        1,
        32,
        live=True,
    ),
    Setting(
        "connect_seconds",
        10,
        "Patience for a server to answer",
        "Without a connection after this time a server counts as out of reach.",
        1,
        120,
        live=True,
        unit=Unit.SECONDS,
    ),
    Setting(
        "keep_connection_seconds",
        60,
        "Keep the connection for the next message",
        "How long a server stays connected after a message, so that the next one goes at once.",
        0,
        300,
        unit=Unit.SECONDS,
        zero="Never",
    ),
    Setting(
        "keep_connection_metered",
        True,
        "Keep the connection where data costs money",
        "Off: on a network that charges for data, such as a phone's, every message makes a "
        "connection of its own.",
    ),
    Setting(
        "keep_connection_battery",
        True,
        "Keep the connection while the battery is saved",
        "Off: while this computer saves power, or its battery runs low, every message makes a "
        "connection of its own. Where that cannot be told, connections are kept.",
    ),
    Setting(
        "allow_plaintext_keyring",
        False,
        "Accept an unprotected keyring",
        "Keep passwords in a keyring that stores them unencrypted. Not recommended.",
    ),
    Setting(
        "undo_seconds",
        10,
        "Time to take a message back",
        "After Send in the window a message stays in the outbox for so long before it goes out.",
        0,
        60,
        unit=Unit.SECONDS,
        zero="It goes at once",
    ),
    Setting(
        "give_up_days",
        5,
        "Give a message up after",
        "A message that no server took for so long is no longer tried by itself. It is kept and "
        "can be retried.",
        0,
        365,
        unit=Unit.DAYS,
        zero="Never",
    ),
    Setting(
        "submission_on",
        False,
        "Take mail from other programs",
        "While RoamMail's window or tray is there, other programs on this computer can hand "
        "their mail to it. “roammail serve” does so in any case.",
        live=True,
    ),
    Setting(
        "submission_port",
        10587,
        "Port for other programs",
        "Where RoamMail takes mail from other programs on this computer (127.0.0.1 and ::1).",
        1,
        65535,
        live=True,
    ),
    Setting(
        "submission_megabytes",
        50,
        "Largest message from other programs",
        "A program that hands in a larger one is told so at once.",
        1,
        500,
        live=True,
        unit=Unit.MEGABYTES,
    ),
    Setting(
        "submission_live",
        False,
        "Let programs wait for the server's answer",
        "While a program waits after handing over a message, the message goes out at once where "
        "a profile is known to work, and the program hears what the server said. Else, and "
        "where that takes too long, the message waits in the outbox as always.",
    ),
    Setting(
        "submission_live_seconds",
        20,
        "How long programs wait for it",
        "Programs that give up sooner hand the message in twice: a minute is too much for some.",
        1,
        300,
        unit=Unit.SECONDS,
    ),
    Setting(
        "keep_days",
        30,
        "Keep sent messages for",
        "The content of a message that was sent or cancelled so long ago is cleared away; the "
        "list keeps to whom it went, and when.",
        0,
        3650,
        unit=Unit.DAYS,
        zero="For ever",
    ),
    Setting(
        "keep_running",
        False,
        "Keep running when the window is closed",
        "RoamMail stays in the tray, goes on sending what waits, and tells you what became of it.",
        live=True,
    ),
    Setting(
        "start_at_login",
        False,
        "Start when you log in",
        "RoamMail begins in the tray when you log in to this computer.",
        live=True,
    ),
    Setting(
        "language",
        "",
        "Language",
        "A language code such as de. Empty: the system's.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force."""

    portal_check_url: str = ""
    portal_check_text: str = ""
    probe_recipient: str = ""
    probe_connections: int = 8
    connect_seconds: int = 10
    keep_connection_seconds: int = 60
    keep_connection_metered: bool = True
    keep_connection_battery: bool = True
    allow_plaintext_keyring: bool = False
    undo_seconds: int = 10
    give_up_days: int = 5
    submission_on: bool = False
    submission_port: int = 10587
    submission_megabytes: int = 50
    submission_live: bool = False
    submission_live_seconds: int = 20
    keep_days: int = 30
    keep_running: bool = False
    start_at_login: bool = False
    language: str = ""


def settings_from(values: dict[str, Any]) -> Settings:
    """Checks raw values against the declarations.

    Raises BadConfiguration (`setting-unknown`, `setting-invalid`), naming the key.
    """
    declared = {setting.key: setting for setting in DECLARED}
    for key, value in values.items():
        setting = declared.get(key)
        if setting is None:
            raise BadConfiguration(
                "setting-unknown",
                f"There is no setting called “{key[:60]}”. Known: {', '.join(declared)}.",
            )
        _check(setting, value)
    return Settings(**values)


def _check(setting: Setting, value: object) -> None:
    # bool is a subclass of int, so the type is compared exactly.
    if type(value) is not setting.type:
        raise BadConfiguration(
            "setting-invalid", f"“{setting.key}” must be a {_NAMES[setting.type]}."
        )
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = setting.low, setting.high
        if (low is not None and value < low) or (high is not None and value > high):
            raise BadConfiguration(
                "setting-invalid", f"“{setting.key}” must be between {low} and {high}."
            )
    if setting.key == "portal_check_url" and value and not str(value).startswith("http://"):
        raise BadConfiguration(
            "setting-invalid",
            "“portal_check_url” must begin with http://, since a sign-in page can only show "
            "itself on an unprotected address.",
        )


_NAMES: dict[type, str] = {str: "text", int: "whole number", bool: "true or false"}

assert {f.name for f in fields(Settings)} == {s.key for s in DECLARED}
