"""The sentences for remedies, parties, confidence and stages. Only texts; no logic."""

from roammail.core.diagnosis import Confidence, Party, RemedyKind
from roammail.core.stage import Stage
from roammail.words.catalogue import N_

R = RemedyKind

#: Texts for a remedy whose parameters are all known.
REMEDIES: dict[RemedyKind, str] = {
    R.USE_ENDPOINT: N_("Use port {port} of {host} here."),
    R.USE_TLS_ENDPOINT: N_("Use an encrypted port of {host} (465, or 587 with STARTTLS)."),
    R.ENTER_PASSWORD: N_("Enter the password for {host} again."),
    R.TURN_ON_SIGN_IN: N_("Turn on sign-in for {host} in this profile."),
    R.CHANGE_SENDER: N_("Send from another address than {sender}."),
    R.VERIFY_SENDER: N_("Have {sender} confirmed as a sender at the provider."),
    R.CORRECT_RECIPIENT: N_("Check the address {recipient} and correct it."),
    R.ASK_RECIPIENT: N_("Reach {recipient} some other way and ask."),
    R.ASK_PROVIDER: N_("Ask the provider of {host}, with the details below."),
}

#: Texts that need no parameter.
PLAIN_REMEDIES: dict[RemedyKind, str] = {
    R.USE_ENDPOINT: N_("Use another port of this server."),
    R.USE_OTHER_PROFILE: N_("Send through another profile."),
    R.ENTER_PASSWORD: N_("Enter the password again."),
    R.GET_APP_PASSWORD: N_(
        "Make an app password in your account's security settings and enter it here."
    ),
    R.TURN_ON_SIGN_IN: N_("Turn on sign-in for this profile."),
    R.USE_TLS_ENDPOINT: N_("Use an encrypted port (465, or 587 with STARTTLS)."),
    R.OPEN_PORTAL: N_("Open this network's sign-in page."),
    R.TRY_LATER: N_("Try again later; the app does so by itself."),
    R.CHANGE_SENDER: N_("Send from another address."),
    R.VERIFY_SENDER: N_("Have the sender address confirmed at the provider."),
    R.CORRECT_RECIPIENT: N_("Check the recipient's address and correct it."),
    R.ASK_RECIPIENT: N_("Reach the recipient some other way and ask."),
    R.REMOVE_RECIPIENTS: N_("Send to fewer recipients at a time."),
    R.SHRINK_MESSAGE: N_("Make the attachments smaller, or send a link to them."),
    R.EDIT_CONTENT: N_("Change the message: its attachments, links or wording."),
    R.CHECK_ACCOUNT: N_("Look into your account on the provider's website."),
    R.ASK_PROVIDER: N_("Ask the mail provider, with the details below."),
    R.ASK_NETWORK: N_("Ask whoever runs this network, with the details below."),
    R.USE_OTHER_NETWORK: N_("Use another network, for example your phone's."),
    R.CHECK_CLOCK: N_("Check this computer's date and time."),
    R.CHECK_SETTINGS: N_("Check server name, port and sign-in of the profile."),
    R.RETRY_SAME_PROFILE: N_("Send again through the same profile."),
    R.MARK_SENT: N_("Mark it as sent, if it has arrived."),
}

PARTIES: dict[Party, str] = {
    Party.NETWORK: N_("this network"),
    Party.SERVER: N_("the mail server"),
    Party.ACCOUNT: N_("your account or its settings"),
    Party.SENDER: N_("the sender address"),
    Party.RECIPIENT: N_("the recipient"),
    Party.CONTENT: N_("the message"),
}

CONFIDENCE: dict[Confidence, str] = {
    Confidence.CERTAIN: N_("certain"),
    Confidence.LIKELY: N_("likely"),
    Confidence.GUESS: N_("a guess"),
}
#: Instead of "certain" where something else is named beside it.
MOST_LIKELY = N_("most likely")

STAGES: dict[Stage, str] = {
    Stage.RESOLVE: N_("Find"),
    Stage.CONNECT: N_("Reach"),
    Stage.GREET: N_("Greet"),
    Stage.ENCRYPT: N_("Encrypt"),
    Stage.SIGN_IN: N_("Sign in"),
    Stage.SENDER: N_("Sender"),
    Stage.RELAY: N_("Relay"),
    Stage.CONTENT: N_("Content"),
}

HELP_DESK: dict[str, str] = {
    "opening": N_("Hello, sending mail fails here: {headline}."),
    "network": N_("Network: {value}"),
    "address": N_("Address seen: {value}"),
    "server": N_("Mail server: {value}"),
    "port": N_("Port: {value}"),
    "stage": N_("Step: {value}"),
    "reply": N_("The server's reply: {value}"),
    "said": N_("What was said: {value}"),
    "seen": N_("What was seen: {value}"),
    "time": N_("Time: {value}"),
    "closing": N_("Could you please check this? Thank you."),
}
