"""What is said of a provider: which password, what must be done first, how sure we are.

Only texts, and the choice among them.
"""

from roammail.core.preset import Need, Origin, Password, Preset, SenderRule, Service, Suggestion
from roammail.words.catalogue import N_
from roammail.words.words import Words

PASSWORDS: dict[Password, str] = {
    Password.ACCOUNT: N_("The password of your {provider} account."),
    Password.APP: N_(
        "An app password: one that {provider} makes for a single program. The password of your "
        "account is not accepted."
    ),
    Password.MAIL: N_(
        "The password for mail programs, which you set in your {provider} account. It is not the "
        "one for the web page."
    ),
    Password.KEY: N_("The key or SMTP password that {provider} shows on its own pages."),
    Password.BRIDGE: N_(
        "The password that {provider}'s Bridge program shows. Bridge must be running on this "
        "computer."
    ),
    Password.OAUTH2: N_(
        "{provider} takes no passwords from programs, only a sign-in in the browser (OAuth2), "
        "which RoamMail cannot do yet. Until then, add a relay service, or another account, that "
        "may send as your address."
    ),
    Password.NONE: N_(
        "{provider} lets no other program send. Add a relay service, or another account, that "
        "may send as your address."
    ),
}

NEEDS: dict[Need, str] = {
    Need.SWITCH_ON: N_("Allow mail programs (SMTP) in the settings of your account first."),
    Need.TWO_STEP: N_("App passwords exist only after two-step sign-in was switched on."),
    Need.ADMINISTRATOR: N_(
        "An administrator may have to allow this; ask them if the sign-in is refused."
    ),
    Need.PAID: N_("This needs a paid plan."),
    Need.BRIDGE_CERTIFICATE: N_(
        "Export Bridge's certificate and let this computer trust it first; else nothing is sent."
    ),
    Need.SENDER_CHECK: N_("Verify your address or domain there before you send from it."),
    Need.REGION: N_("Accounts of other regions use another server; see the provider's page."),
}

ORIGINS: dict[Origin, str] = {
    Origin.PRESET: N_("{provider}: its servers are known."),
    Origin.EXCHANGER: N_("The mail of {domain} is hosted by {provider}."),
    Origin.DNS: N_("{domain} names its own mail server."),
    Origin.GUESS: N_(
        "A guess: nothing is known of {domain}, but a server with this name exists. Compare it "
        "with what your provider says."
    ),
    Origin.UNKNOWN: N_(
        "Nothing is known of {domain}. Look up the outgoing server (SMTP) on your provider's "
        "help pages and type it in."
    ),
}

SENDERS: dict[SenderRule, str] = {
    SenderRule.OWN: N_("Sends from your own addresses there only."),
    SenderRule.VERIFIED: N_("Sends from addresses and domains that you verified there."),
    SenderRule.DOMAIN: N_("Sends from every address of a domain that you verified there."),
}

FOREIGN = N_(
    "DNS names {host}, which is neither in {domain} nor of a provider that RoamMail knows. A "
    "network can make such an answer up: compare it with what your provider says before you give "
    "a password."
)
UNANSWERED = N_("DNS could not be asked here; on another network more may be found.")
NAME_GIVEN = N_("The user name is the one that {provider} shows you.")


def password_text(words: Words, preset: Preset) -> str:
    """Which password the provider wants."""
    return words.say(PASSWORDS[preset.password], provider=preset.name)


def need_texts(words: Words, preset: Preset) -> tuple[str, ...]:
    """What must be done before a program can send, and where the user name comes from."""
    said = [words.say(NEEDS[need]) for need in preset.needs]
    if preset.service is not Service.NONE and preset.username == "given":
        said.append(words.say(NAME_GIVEN, provider=preset.name))
    return tuple(said)


def origin_text(words: Words, suggestion: Suggestion) -> str:
    """How the suggestion was come by."""
    domain = suggestion.address.rpartition("@")[2]
    provider = suggestion.preset.name if suggestion.preset else domain
    origin = suggestion.origin
    if origin is Origin.DNS and suggestion.preset is not None:
        origin = Origin.EXCHANGER
    return words.say(ORIGINS[origin], provider=provider, domain=domain)


def warning_text(words: Words, suggestion: Suggestion) -> str:
    """What to look at before a password is given; "" if nothing."""
    domain = suggestion.address.rpartition("@")[2]
    if suggestion.foreign:
        host = suggestion.endpoints[0].host
        return words.say(FOREIGN, host=host, domain=domain)
    return words.say(UNANSWERED) if suggestion.unanswered else ""
