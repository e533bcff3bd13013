"""How other programs are told to hand their mail to RoamMail. Each was tried with the real
program (`tests/submission/test_real_clients.py`), or is the program's own menu in words.
"""

from dataclasses import dataclass

from roammail.words.catalogue import N_
from roammail.words.words import Words


@dataclass(frozen=True, slots=True)
class Recipe:
    """`intro` says where the lines go; `lines` is as it is written there, the same in every
    language; `steps` is a text to follow instead."""

    name: str
    intro: str = ""
    lines: str = ""
    steps: str = ""


_BY_COMMAND = N_("The password comes from the keyring when it is needed; it stands in no file.")

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "Thunderbird",
        steps=N_(
            "1. Open Account Settings, then Outgoing Server (SMTP), then Add.\n"
            "2. Server name 127.0.0.1, port {port}.\n"
            "3. Connection security: None. Nothing leaves this computer.\n"
            "4. Authentication method: Password, transmitted insecurely; that is safe here, since "
            "it never leaves this computer. User name {user}.\n"
            "5. In your account, choose this server as its outgoing server.\n"
            "Thunderbird asks for the password when you send for the first time."
        ),
    ),
    Recipe(
        "Apple Mail",
        steps=N_(
            "1. Open Mail, Settings, Accounts, your account, Server Settings.\n"
            "2. Outgoing Mail Account: Edit SMTP Server List, then +.\n"
            "3. Host name 127.0.0.1, user name {user}, and the password from above.\n"
            "4. Do not manage connection settings automatically: port {port}, no TLS/SSL, "
            "authentication Password, allow insecure authentication.\n"
            "Nothing leaves this computer on this way."
        ),
    ),
    Recipe(
        "mutt",
        intro=N_("In ~/.muttrc:"),
        lines=(
            'set smtp_url="smtp://{user}@127.0.0.1:{port}"\n'
            'set smtp_pass="`roammail submission password`"\n'
            'set smtp_authenticators="plain:login"\n'
            "set ssl_starttls=no\n"
            "set ssl_force_tls=no\n"
        ),
    ),
    Recipe(
        "msmtp",
        intro=N_("In ~/.msmtprc:"),
        lines=(
            "account roammail\n"
            "host 127.0.0.1\n"
            "port {port}\n"
            "tls off\n"
            "auth plain\n"
            "user {user}\n"
            'passwordeval "roammail submission password"\n'
            "from me@example.org\n"
            "account default : roammail\n"
        ),
    ),
    Recipe(
        "git send-email",
        intro=N_("In ~/.gitconfig; git asks for the password, and can keep it:"),
        lines=(
            "[sendemail]\n"
            "    smtpServer = 127.0.0.1\n"
            "    smtpServerPort = {port}\n"
            "    smtpUser = {user}\n"
            "    smtpAuth = PLAIN\n"
        ),
    ),
)


def recipe_words(recipe: Recipe, words: Words, port: int, user: str) -> tuple[str, str, str]:
    """Intro, lines and remark (any may be ""), with the real port and user name."""
    if recipe.steps:
        return words.say(recipe.steps, port=str(port), user=user), "", ""
    lines = recipe.lines.format(port=port, user=user)
    remark = words.say(_BY_COMMAND) if "roammail submission password" in lines else ""
    return words.say(recipe.intro), lines, remark
