"""What is wrong with a setting's value, in words; and whether typing on may put it right."""

from roammail.core.errors import BadConfiguration
from roammail.core.setting_values import Value, checked
from roammail.core.settings import Setting
from roammail.ui.address_words import address_problem
from roammail.ui.models.letter_check import check_field, may_become
from roammail.ui.say import Say

_URL, _ADDRESS = "portal_check_url", "probe_recipient"
_BEGINNING = "http://"


def impossible(setting: Setting, say: Say) -> str:
    """What is said of a value that the declaration does not take."""
    if setting.key == _URL:
        return say(
            "The address must begin with http://, since a sign-in page can only show itself on "
            "an unprotected one."
        )
    if setting.low is not None:
        return say("A number from {low} to {high}.", low=str(setting.low), high=str(setting.high))
    return say("This value is not possible.")


def wrong_with(setting: Setting, value: Value, say: Say) -> str:
    """One sentence; "" where nothing is wrong."""
    if setting.key == _ADDRESS:
        return address_problem(check_field(str(value)), say)
    try:
        checked(setting.key, value)
    except BadConfiguration:
        return impossible(setting, say)
    return ""


def may_still(setting: Setting, text: str) -> bool:
    """Whether a text that is wrong may become right by typing on."""
    if setting.key == _ADDRESS:
        return may_become("", text)
    return setting.key == _URL and _BEGINNING.startswith(text)
