"""The PowerSource of the system that we run on; only the one that is used is loaded."""

import sys

from roammail.core.power import Power, Saving
from roammail.ports import PowerSource


class NullPower:
    """For systems that have no adapter: nothing is known."""

    async def power(self) -> Power:
        """Unknown."""
        return Power(Saving.UNKNOWN, f"not known on {sys.platform}")


def power_source() -> PowerSource:
    """The one that knows this system, or one that knows nothing and says so."""
    system: str = sys.platform
    if system == "linux":
        from roammail.adapters.power_linux import LinuxPower

        return LinuxPower()
    if system == "darwin":
        from roammail.adapters.power_macos import MacPower

        return MacPower()
    if system == "win32":
        from roammail.adapters.power_windows import WindowsPower

        return WindowsPower()
    return NullPower()
