"""Whether this Windows computer saves its battery, by GetSystemPowerStatus (winbase.h): battery
saver, and a battery that runs low. The reading of the structure is pure.

Not yet run on Windows: written from the function's documentation."""

import struct
from collections.abc import Callable

from roammail.core.power import Charge, Power, Saving, power_of

#: SYSTEM_POWER_STATUS: ACLineStatus, BatteryFlag, BatteryLifePercent, SystemStatusFlag (octets),
#: BatteryLifeTime, BatteryFullLifeTime (seconds).
_STATUS = struct.Struct("<4B2L")
_OFFLINE, _NO_BATTERY, _UNKNOWN = 0, 128, 255


class WindowsPower:
    """The port PowerSource. `read` gives the structure's octets; raises OSError."""

    def __init__(self, read: Callable[[], bytes] | None = None) -> None:
        self._read = read or _ask_windows

    async def power(self) -> Power:
        """One call that does not wait for anything."""
        try:
            return parse_status(self._read())
        except OSError as error:
            return Power(Saving.UNKNOWN, f"GetSystemPowerStatus: {error}")


def parse_status(octets: bytes) -> Power:
    """The structure as what it says."""
    if len(octets) != _STATUS.size:
        return Power(Saving.UNKNOWN, "GetSystemPowerStatus: not readable")
    line, flag, percent, saver, _, _ = _STATUS.unpack(octets)
    charge = None
    if flag != _UNKNOWN:
        draining = line == _OFFLINE and not flag & _NO_BATTERY
        charge = Charge(draining, percent if percent <= 100 else None)
    words = "on" if saver == 1 else "off"
    told = f"Windows: battery saver {words}; {charge or 'battery not told'}"
    return power_of(saver == 1, charge, told)


def _ask_windows() -> bytes:
    import ctypes

    library = getattr(ctypes, "WinDLL", None)
    if library is None:
        raise OSError("there is no such function here")
    status = ctypes.create_string_buffer(_STATUS.size)
    if not library("kernel32").GetSystemPowerStatus(status):
        raise OSError("it failed")
    return status.raw
