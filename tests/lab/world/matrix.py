"""What RoamMail must say in every place: one cell for every profile, first visit, nothing known.

A cell is `works`, or the diagnosis's kind and the party at fault. `takes` is the profile and the
port that a message takes from there, or why it waits.
"""

from dataclasses import dataclass

_TABLE = """
place        | Campus                          | ISP                             | Company                         | Clear                           | Second                          | Gone                   | Provider                        | Relay                           | Relay443               | takes
home         | relay-denied server             | works                           | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | ISP 25
campus       | works                           | relay-denied server             | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | Campus 25
hotel        | port-or-network-blocked network | port-or-network-blocked network | port-or-network-blocked network | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | Provider 587
airport      | port-or-network-blocked network | port-or-network-blocked network | port-or-network-blocked network | port-or-network-blocked network | sender-not-allowed sender       | dns-failed account     | port-or-network-blocked network | works                           | works                  | Relay 2525
cafe         | captive-portal network          | captive-portal network          | captive-portal network          | captive-portal network          | captive-portal network          | captive-portal network | captive-portal network          | captive-portal network          | captive-portal network | waits captive-portal
conference   | starttls-stripped network       | works                           | works                           | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | ISP 25
oldfirewall  | starttls-stripped network       | relay-denied server             | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | starttls-stripped network       | works                           | works                  | Relay 2525
office       | intercepted network             | relay-denied server             | works                           | tls-required account            | intercepted network             | dns-failed account     | intercepted network             | intercepted network             | intercepted network    | Company 25
plane        | ip-blocked network              | relay-denied server             | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | Provider 587
brokenv6     | relay-denied server             | relay-denied server             | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | Provider 587
wildcard-dns | relay-denied server             | relay-denied server             | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | Provider 587
strict       | port-or-network-blocked network | port-or-network-blocked network | port-or-network-blocked network | port-or-network-blocked network | port-or-network-blocked network | dns-failed account     | port-or-network-blocked network | port-or-network-blocked network | works                  | Relay443 443
offline      | unreachable network             | unreachable network             | unreachable network             | unreachable network             | unreachable network             | unreachable network    | unreachable network             | unreachable network             | unreachable network    | waits unreachable
vpn          | relay-denied server             | works                           | relay-denied server             | tls-required account            | sender-not-allowed sender       | dns-failed account     | works                           | works                           | works                  | ISP 25
"""  # noqa: E501


#: Acts of ours that a diagnosis names where it does: another port of the same server that is
#: open there. Place and profile, then host and port; no other cell names one.
ACTS = {
    ("hotel", "Company"): "smtp.company.example 587",
    ("airport", "Provider"): "smtp.provider.example 465",
    ("oldfirewall", "Provider"): "smtp.provider.example 465",
    ("strict", "Relay"): "smtp.relayservice.example 443",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One place; `acts` by the profile's name."""

    place: str
    cells: dict[str, str]
    takes: str
    acts: dict[str, str]


def matrix() -> dict[str, Row]:
    """The table, read."""
    head, *lines = (line.split("|") for line in _TABLE.strip().splitlines())
    names = [name.strip() for name in head]
    rows = {}
    for line in lines:
        cells = dict(zip(names, (cell.strip() for cell in line), strict=True))
        place, takes = cells.pop("place"), cells.pop("takes")
        acts = {name: act for (where, name), act in ACTS.items() if where == place}
        rows[place] = Row(place, cells, takes, acts)
    return rows


MATRIX = matrix()
