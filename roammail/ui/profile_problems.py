"""What is said beneath a field of a profile that cannot stay as it is."""

from roammail.core.profile import Security
from roammail.ui.say import Say
from roammail.words.catalogue import N_

_SAID: dict[str, str] = {
    "profile-name-empty": N_("Give the profile a name."),
    "profile-name-too-long": N_("The name is too long."),
    "profile-name-bad": N_("The name holds characters that cannot be shown."),
    "profile-name-taken": N_("Another profile has this name already."),
    "host-empty": N_("Which server? Your provider's help pages name it."),
    "host-bad": N_("This is not a server name. Write one such as smtp.example.org."),
    "port-bad": N_("A port is a number from 1 to 65535; usual are 465 and 587."),
    "plaintext-with-credentials": N_(
        "Without encryption everybody on the way could read the password. Choose an encrypted "
        "connection, or no sign-in."
    ),
    "username-missing": N_("Signing in needs a user name."),
    "username-bad": N_("The user name is too long or holds characters that cannot be shown."),
    "secret-empty": N_("Signing in needs a password."),
    "secret-bad": N_("The password is too long or holds a line end."),
    "sender-bad": N_(
        "One of these is neither an address (me@example.org) nor a domain (@example.org)."
    ),
    "senders-too-many": N_("These are too many; name a domain (@example.org) instead."),
    "alternatives-too-many": N_("These are too many ports."),
}
_NAMES = {
    Security.IMPLICIT_TLS: N_("Encrypted from the start (TLS)"),
    Security.STARTTLS: N_("Encrypted after the greeting (STARTTLS)"),
    Security.PLAINTEXT: N_("Not encrypted"),
}


def problem_words(code: str, say: Say) -> str:
    """One sentence for the code of a BadConfiguration; "" for none."""
    if not code:
        return ""
    return say(_SAID.get(code, N_("This cannot be used.")))


def security_words(security: Security, say: Say) -> str:
    """How a connection is protected."""
    return say(_NAMES[security])
