"""`roammail --version`, which scripts ask before anything else: told without click, which takes
three times as long to load as Python itself. Whatever is wrong is the command line's to say.
"""

import sys

from roammail import __version__

#: The same words for both who tell it.
VERSION = f"roammail {__version__}"


def told() -> bool:
    """Tells it; False where it could not be written."""
    try:
        sys.stdout.write(f"{VERSION}\n")
        sys.stdout.flush()
    except (OSError, AttributeError):  # nobody listens; or there is no output at all
        return False
    return True
