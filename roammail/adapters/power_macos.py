"""Whether this Mac saves its battery, by pmset: Low Power Mode, and a battery that runs low.
The parsers are pure.

Not yet run on a Mac: written from the command's documented output."""

import re

from roammail.adapters.network_source import SourceFailed
from roammail.adapters.system_command import Run, run_command
from roammail.core.power import Charge, Power, power_of

#: `pmset -g`. Macs with more than two modes say `powermode`, of which 1 is the low one.
_MODE = re.compile(r"^\s*(?:lowpowermode|powermode)\s+([0-2])\b", re.MULTILINE)
#: `pmset -g batt`: " -InternalBattery-0 (id=4653155)\t58%; discharging; 4:21 remaining"
_BATTERY = re.compile(r"^\s*-InternalBattery\S*[^\n]*?\t\s*(\d{1,3})%; ([a-zA-Z ]+);", re.MULTILINE)
_SETTINGS = "Currently in use:"
_SOURCE = "drawing from"


class MacPower:
    """The port PowerSource."""

    def __init__(self, run: Run = run_command) -> None:
        self._run = run

    async def power(self) -> Power:
        """Two runs of pmset; each may fail without the other."""
        switch, charge = parse_mode(await self._said()), parse_charge(await self._said("batt"))
        words = {None: "not told", True: "on", False: "off"}
        told = f"pmset: Low Power Mode {words[switch]}; {charge or 'battery not told'}"
        return power_of(switch, charge, told)

    async def _said(self, *what: str) -> str:
        try:
            return await self._run("pmset", "-g", *what, seconds=2.0)
        except SourceFailed:
            return ""


def parse_mode(text: str) -> bool | None:
    """A Mac that does not name the mode has none."""
    if _SETTINGS not in text:
        return None
    found = _MODE.search(text)
    return found is not None and found.group(1) == "1"


def parse_charge(text: str) -> Charge | None:
    """A Mac without a battery names none."""
    if _SOURCE not in text:
        return None
    found = [(int(percent), state.strip()) for percent, state in _BATTERY.findall(text)]
    draining = any(state == "discharging" for _, state in found)
    return Charge(draining, max((percent for percent, _ in found if percent <= 100), default=None))
