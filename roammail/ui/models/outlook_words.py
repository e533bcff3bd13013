"""What the Write page says of the way before a mail is sent. No Qt."""

from dataclasses import dataclass

from roammail.core.letter import Letter
from roammail.core.outlook import Outlook, Way
from roammail.ui.models.letter_check import octets_shown
from roammail.ui.say import Say


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One sentence with its icon; `tone` is a name of `theme.Tone`. `act` names a page that
    helps, "" for none, and `act_words` its button."""

    words: str
    tone: str
    icon: str
    act: str = ""
    act_words: str = ""


def foreseen(found: Outlook | None, letter: Letter, author: str, say: Say) -> Foreseen:
    """`found` None: it is being looked up."""
    if found is None:
        return Foreseen(say("Looking for a way …"), "muted", "mdi6.dots-horizontal")
    profile = found.profile.name if found.profile else ""
    if found.limit is not None and letter.octets > found.limit:
        return _too_large(letter.octets, found.limit, profile, say)
    match found.way:
        case Way.WORKED:
            words = say("Will go through {profile}.", profile=profile)
            return Foreseen(words, "good", "mdi6.check-circle")
        case Way.UNTRIED:
            words = say(
                "Nothing was tried on this network yet. {profile} is asked first.", profile=profile
            )
            return Foreseen(words, "muted", "mdi6.help-circle-outline")
        case Way.NONE_WORKED:
            words = say("No profile works from here. The message waits until one does.")
            return Foreseen(words, "warn", "mdi6.clock-outline", "here", say("See why"))
        case Way.PORTAL:
            words = say("This network wants a sign-in first. The message waits until then.")
            return Foreseen(words, "warn", "mdi6.door-closed-lock", "here", say("Sign in"))
        case Way.NO_NETWORK:
            words = say("You are offline. The message waits until you are not.")
            return Foreseen(words, "warn", "mdi6.wifi-off")
        case Way.NO_SENDER:
            words = say("None of your profiles may send as {address}.", address=author)
            return Foreseen(words, "bad", "mdi6.alert-circle", "profiles", say("Profiles"))
        case Way.NO_PROFILE:
            words = say("There is no profile yet, so nothing can be sent.")
            return Foreseen(words, "bad", "mdi6.alert-circle", "profiles", say("Add a profile"))


def _too_large(octets: int, limit: int, profile: str, say: Say) -> Foreseen:
    size, allowed = " ".join(octets_shown(octets)), " ".join(octets_shown(limit))
    if profile:
        words = say(
            "About {size}: {profile} takes {limit} at most. Send a link instead of the files.",
            size=size,
            profile=profile,
            limit=allowed,
        )
    else:
        words = say("About {size}: the server takes {limit} at most.", size=size, limit=allowed)
    return Foreseen(words, "bad", "mdi6.weight")
