"""Where RoamMail's files are. Knows nothing of what is in them."""

import os
from pathlib import Path


def home_folder() -> Path:
    """Where all files are: `ROAMMAIL_HOME`, else the system's place for a user's data."""
    named = os.environ.get("ROAMMAIL_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("roammail")
