"""What is said where the keyring does not give the profiles out: what it is, and the one thing
to do about it."""

from dataclasses import dataclass

from roammail.core.errors import UserFacingError
from roammail.ui.problem_words import problem_words
from roammail.ui.say import Say
from roammail.words.catalogue import N_

_TITLES = {
    "keyring-locked": N_("Your keyring is locked."),
    "keyring-missing": N_("No keyring was found."),
    "keyring-plaintext": N_("The keyring here does not protect passwords."),
    "keyring-denied": N_("Access to the keyring was refused."),
}
_SENTENCES = {
    "keyring-locked": N_(
        "Your profiles and passwords are safe in it. Unlock it, and they are here again."
    ),
    "keyring-missing": N_(
        "RoamMail keeps passwords in your system's keyring and nowhere else. Install one or "
        "switch it on, then try again."
    ),
    "keyring-plaintext": N_(
        "It would keep your passwords readable on the disk, so RoamMail does not use it. Install "
        "another keyring, or accept this one in the settings."
    ),
    "keyring-denied": N_("Try again, and allow it when your system asks."),
}


@dataclass(frozen=True, slots=True)
class KeyringState:
    """A title, a sentence, the button; `settings`: the button leads to the settings."""

    title: str
    sentence: str
    act: str
    settings: bool = False


def keyring_state(error: UserFacingError, say: Say) -> KeyringState:
    """The words for what the keyring said."""
    title = say(_TITLES.get(error.code, N_("Your profiles cannot be read.")))
    sentence = (
        say(_SENTENCES[error.code]) if error.code in _SENTENCES else problem_words(error, say)
    )
    if error.code == "keyring-locked":
        return KeyringState(title, sentence, say("&Unlock…"))
    if error.code == "keyring-plaintext":
        return KeyringState(title, sentence, say("&Open the settings"), settings=True)
    return KeyringState(title, sentence, say("&Try again"))
