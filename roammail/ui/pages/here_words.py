"""What the Here page says in each situation, and what its two buttons do. Words and one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from roammail.ui.models.headline import Headline, HeadlineKind
from roammail.ui.say import Say
from roammail.ui.theme import Tone
from roammail.words.display import display

if TYPE_CHECKING:  # the page is first shown before there is any of it
    from roammail.core.diagnosis import Remedy
    from roammail.ui.models.rows import ProfileRow

_NAME = 24  # characters of a profile's name on a button


class Act(StrEnum):
    """What a button of the page does."""

    NOTHING = ""
    TEST = "test"
    CANCEL = "cancel"
    WRITE = "write"
    PORTAL = "portal"
    LOOK = "look"
    RELOAD = "reload"
    SETTINGS = "settings"
    ADD = "add"
    DEMO = "demo"
    REMEDY = "remedy"


@dataclass(frozen=True, slots=True)
class Told:
    """The sentence, what stands beneath, the sign, and the buttons: (act, words)."""

    title: str
    subtitle: str
    icon: str
    tone: Tone
    best: tuple[Act, str] = (Act.NOTHING, "")
    other: tuple[Act, str] = (Act.NOTHING, "")


def told(
    headline: Headline, say: Say, ago: str, remedy: "Remedy | None", *, busy: bool, whose: str = ""
) -> Told:
    """`ago` says when it was checked; `remedy` is the best thing to do where nothing works, and
    `whose` the name of the profile that it helps."""
    again = (Act.CANCEL, say("Cancel")) if busy else (Act.TEST, say("&Test again"))
    match headline.kind:
        case HeadlineKind.WORKS:
            return _works(headline, say, ago, again)
        case HeadlineKind.NONE_WORKS:
            return _none_works(headline, say, remedy, whose, again)
        case HeadlineKind.CHECKING:
            return Told(
                say("Looking for a way out…"),
                say.many(
                    "Testing {number} profile. Nothing is sent.",
                    "Testing {number} profiles. Nothing is sent.",
                    headline.total,
                ),
                "mdi6.radar",
                Tone.BUSY,
                other=(Act.CANCEL, say("Cancel")),
            )
        case HeadlineKind.PORTAL:
            return Told(
                say("Sign in to this network first."),
                say("Until then nothing is tested or sent. Your mail waits, nothing is lost."),
                "mdi6.login-variant",
                Tone.WARN,
                (Act.PORTAL, say("&Open the sign-in page")),
                (Act.LOOK, say("I have signed in")),
            )
        case HeadlineKind.OFFLINE:
            return Told(
                say("You are not connected."),
                say("Mail that you write now goes out as soon as there is a network."),
                "mdi6.wifi-off",
                Tone.WARN,
                (Act.LOOK, say("Look again")),
            )
        case HeadlineKind.UNTESTED:
            return Told(
                say("Not tested on this network yet."),
                say("A test goes as far as asking each server. Nothing is sent."),
                "mdi6.help",
                Tone.QUIET,
                (Act.TEST, say("&Test now")),
                (Act.WRITE, say("&Write")),
            )
        case _:
            return Told(say("Starting…"), "", "mdi6.progress-clock", Tone.QUIET)


def _works(headline: Headline, say: Say, ago: str, again: tuple[Act, str]) -> Told:
    profile = headline.profile.name if headline.profile else ""
    if headline.total == 1:
        many = say("Your profile works on this network.")
    else:
        many = say.many(
            "{number} of your {total} profiles works on this network.",
            "{number} of your {total} profiles work on this network.",
            headline.working,
            total=str(headline.total),
        )
    return Told(
        say("Mail goes out through {profile}.", profile=profile),
        f"{many} {ago}".strip(),
        "mdi6.check-bold",
        Tone.GOOD,
        (Act.WRITE, say("&Write")),
        again,
    )


def _none_works(
    headline: Headline, say: Say, remedy: "Remedy | None", whose: str, again: tuple[Act, str]
) -> Told:
    if headline.total == 1:
        title = say("Your profile cannot send from here.")
    else:
        title = say.many(
            "Your {number} profile cannot send from here.",
            "None of your {number} profiles can send from here.",
            headline.total,
        )
    name = display(whose, _NAME) if headline.total > 1 else ""
    best = (Act.ADD, say("Add a profile"))
    if remedy:
        from roammail.ui.remedies import button_words

        best = (Act.REMEDY, button_words(remedy, say, name))
    return Told(
        title,
        say("Open a row to see why. Mail that you write now waits until there is a way."),
        "mdi6.close-thick",
        Tone.BAD,
        best,
        again,
    )


def best_remedy(rows: "Sequence[ProfileRow]") -> "tuple[Remedy, str] | None":
    """What helps best, and the id of the profile that it helps: an act before a look at the
    settings, and the profile that came furthest first, since it is the nearest to working."""
    tried = sorted((row for row in rows if row.report), key=_height, reverse=True)
    if not tried:
        return None
    from roammail.core.diagnosis import RemedyKind
    from roammail.ui.remedies import doable

    looks = (RemedyKind.CHECK_SETTINGS, RemedyKind.TRY_LATER)
    first = [
        (found[0], row.profile_id)
        for row in tried
        if row.diagnosis and (found := doable(row.diagnosis.remedies))
    ]
    return min(first, key=lambda item: item[0].kind in looks, default=None)


def _height(row: "ProfileRow") -> int:
    from roammail.core.report import StepOutcome

    steps = row.report.steps if row.report else ()
    return sum(step.outcome is StepOutcome.DONE for step in steps)
