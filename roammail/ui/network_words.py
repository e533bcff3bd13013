"""What is said of a network in passing: what carries it, and whether it wants a sign-in."""

from roammail.core.network import Medium, Network, PortalState
from roammail.ui.say import Say
from roammail.words.catalogue import N_

_MEDIUM = {
    Medium.ETHERNET: N_("cable"),
    Medium.WIFI: N_("Wi-Fi"),
    Medium.CELLULAR: N_("mobile network"),
    Medium.VPN: N_("VPN"),
    Medium.BLUETOOTH: N_("Bluetooth"),
    Medium.OTHER: N_("another kind of link"),
    Medium.UNKNOWN: N_("kind unknown"),
}
_PORTAL = {
    PortalState.NONE: N_("not needed"),
    PortalState.REQUIRED: N_("not passed yet"),
    PortalState.LIMITED: N_("connected, and nothing answers"),
    PortalState.OFFLINE: N_("no connection"),
    PortalState.UNKNOWN: N_("unknown"),
}


def medium_words(network: Network, say: Say) -> str:
    """Empty where "another kind of link" beside a name would say nothing."""
    if network.medium is Medium.OTHER and network.name:
        return ""
    return say(_MEDIUM[network.medium])


def portal_words(network: Network, say: Say) -> str:
    """How the sign-in page stands."""
    return say(_PORTAL[network.portal])
