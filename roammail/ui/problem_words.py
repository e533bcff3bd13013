"""What a page says of an error: its own words where it is meant for people, never a fault's.

The engine says it in English, with every particular. In another language the general sentence
for the error's code stands here instead; a code that is not here is said in the engine's words.
"""

from roammail.core.errors import UserFacingError
from roammail.ui.say import Say
from roammail.words.catalogue import N_

GENERAL: dict[str, str] = {
    "message-nul": N_("The text holds characters that mail cannot carry."),
    "message-empty": N_("The message is empty."),
    "message-no-header": N_("This is not a mail message."),
    "message-header-too-long": N_("This is hardly a mail message: its header is too long."),
    "message-header-broken": N_("The header of this message is damaged."),
    "message-too-large": N_("The message is larger than a gigabyte."),
    "letter-too-long": N_("The text is too long for a mail."),
    "mailto-invalid": N_("This is not a link to write a mail."),
    "attachment-name-invalid": N_("The name of an attachment is empty or too long."),
    "attachment-too-large": N_(
        "With this file the letter is larger than any mail server takes. Send a link instead."
    ),
    "attachment-unreadable": N_("The file cannot be read. A folder must be packed first."),
    "draft-unknown": N_("The letter is not there any more."),
    "from-missing": N_("Say from which address the letter comes."),
    "recipients-missing": N_("Name at least one recipient."),
    "no-profiles": N_("There is no profile yet. Add one first."),
    "no-profile-for-sender": N_(
        "None of your profiles may send from this address. Choose another, or allow it in a "
        "profile under “May send as”."
    ),
    "profile-broken": N_(
        "A profile cannot be read. Remove it on the Profiles page and add it again."
    ),
    "profile-newer": N_("A newer version of RoamMail stored this profile. Update RoamMail."),
    "profile-unreadable": N_("This profile cannot be read. Remove it and add it again."),
    "profile-unknown": N_("This profile is not there any more."),
    "profile-paused": N_(
        "The server has refused this password already; it is not tried again, so that the "
        "account is not locked. Enter the password again."
    ),
    "profiles-busy": N_(
        "Another RoamMail is changing the profiles. Nothing was changed; try again in a moment."
    ),
    "index-newer": N_("A newer version of RoamMail stored the profiles. Update RoamMail."),
    "index-unreadable": N_("The stored list of profiles cannot be read."),
    "import-newer": N_("A newer version of RoamMail wrote this file. Update RoamMail first."),
    "import-damaged": N_("The file is damaged and was not imported. Nothing was changed."),
    "import-bad-profile": N_("A profile in the file cannot be used. Nothing was changed."),
    "import-too-large": N_("The file is too large for exported profiles; it was not read."),
    "passphrase-wrong": N_("This is not the passphrase of the file. Nothing was changed."),
    "passphrase-short": N_("The passphrase is too short. Choose a longer one."),
    "keyring-locked": N_("The keyring is locked. Unlock it and try again."),
    "keyring-missing": N_("No keyring was found. Install one or switch it on, then try again."),
    "keyring-denied": N_("Access to the keyring was refused. Try again, and allow it."),
    "keyring-failed": N_("The keyring did not answer as it should. Try again."),
    "keyring-value-too-large": N_("The text is too long for the keyring. Shorten it."),
    "outbox-busy": N_("This message is being sent by another RoamMail at this moment."),
    "outbox-gone": N_("This message has gone, or may have: it cannot be taken back."),
    "outbox-purged": N_("The content of this message was cleared away; it cannot be sent again."),
    "outbox-uncertain": N_("This message may have been delivered already."),
    "outbox-not-uncertain": N_("Nothing about this message is uncertain."),
    "outbox-nothing-waits": N_("Nothing of this message waits any more."),
    "outbox-unknown": N_("This message is not in the outbox any more."),
    "outbox-held": N_("This message can still be taken back; it goes out in some seconds."),
    "outbox-damaged": N_("This message was damaged on the disk and is not sent. Write it again."),
    "home-unwritable": N_("RoamMail cannot write to its folder. Nothing was changed."),
    "settings-unreadable": N_("The file of the settings cannot be read."),
    "settings-unwritable": N_("The file of the settings cannot be written."),
    "file-unreadable": N_("The file cannot be read."),
    "port-taken": N_("Another program uses this port already. Choose another one in the settings."),
    "internal-error": N_("Something unexpected went wrong. The details are in the log."),
}


def problem_words(error: Exception, say: Say) -> str:
    """One or more whole sentences."""
    if not isinstance(error, UserFacingError):
        return say("Something unexpected went wrong. The details are in the log.")
    if error.code == "address-invalid":
        return _of_an_address(error, say)
    general = GENERAL.get(error.code, "")
    said = say(general) if general else ""
    return error.message if said == general else said


def _of_an_address(error: UserFacingError, say: Say) -> str:
    from roammail.core.address import InvalidAddress
    from roammail.ui.address_words import address_problem
    from roammail.ui.models.letter_check import Field

    if isinstance(error, InvalidAddress):
        return address_problem(Field(0, error.message, error.shown, error.reason), say)
    return error.message
