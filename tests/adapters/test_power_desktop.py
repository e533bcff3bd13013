"""macOS and Windows: what pmset prints and what the structure holds. And the fake, and null."""

import struct

import pytest

from roammail.adapters.network_source import SourceFailed
from roammail.adapters.power_here import NullPower, power_source
from roammail.adapters.power_macos import MacPower, parse_charge, parse_mode
from roammail.adapters.power_windows import WindowsPower, parse_status
from roammail.core.network import WhyUnknown
from roammail.core.power import Charge, Saving
from tests.adapters.power_contract import PowerSourceContract
from tests.fakes.power import FakePower

SETTINGS = """System-wide power settings:
Currently in use:
 standby              1
 Sleep On Power Button 1
 hibernatefile        /var/vm/sleepimage
 powernap             1
 sleep                1 (sleep prevented by sharingd)
 {mode}
 displaysleep         2
"""
BATTERY = (
    "Now drawing from 'Battery Power'\n"
    " -InternalBattery-0 (id=4653155)\t{percent}%; discharging; 4:21 remaining present: true\n"
)
CHARGING = (
    "Now drawing from 'AC Power'\n"
    " -InternalBattery-0 (id=4653155)\t9%; charging; 2:10 remaining present: true\n"
)
DESKTOP = "Now drawing from 'AC Power'\n"


def mac(mode: str, battery: str) -> MacPower:
    """A Mac that says so; "" for a pmset that fails."""

    async def run(*command: str, seconds: float = 10.0, windows: bool = False) -> str:
        assert command[:2] == ("pmset", "-g")
        said = battery if command[2:] == ("batt",) else mode
        if not said:
            raise SourceFailed(WhyUnknown.COMMAND_FAILED, "pmset: 1")
        return said

    return MacPower(run)


class TestFake(PowerSourceContract):
    @pytest.fixture
    def source(self) -> FakePower:
        return FakePower(Saving.YES)


class TestNull(PowerSourceContract):
    @pytest.fixture
    def source(self) -> NullPower:
        return NullPower()


class TestMac(PowerSourceContract):
    @pytest.fixture
    def source(self) -> MacPower:
        return mac(SETTINGS.format(mode="lowpowermode 0"), BATTERY.format(percent=58))


class TestMacThatSaysNothing(PowerSourceContract):
    @pytest.fixture
    def source(self) -> MacPower:
        return mac("", "")


class TestWindows(PowerSourceContract):
    @pytest.fixture
    def source(self) -> WindowsPower:
        return WindowsPower(lambda: status(0, 1, 80, 0))


class TestWindowsElsewhere(PowerSourceContract):
    @pytest.fixture
    def source(self) -> WindowsPower:
        return WindowsPower()


def test_this_system_has_one() -> None:
    assert power_source().power


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SETTINGS.format(mode="lowpowermode         1"), True),
        (SETTINGS.format(mode="lowpowermode         0"), False),
        (SETTINGS.format(mode="powermode            1"), True),
        (SETTINGS.format(mode="powermode            2"), False),  # the high one
        (SETTINGS.format(mode="womp 1"), False),  # a Mac without the mode
        ("", None),
        ("lowpowermode 1", None),
    ],
)
def test_low_power_mode(text: str, expected: bool | None) -> None:
    assert parse_mode(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BATTERY.format(percent=58), Charge(True, 58)),
        (BATTERY.format(percent=999), Charge(True, None)),
        (CHARGING, Charge(False, 9)),
        (DESKTOP, Charge(False, None)),
        ("", None),
        ("garbage", None),
    ],
)
def test_a_macs_battery(text: str, expected: Charge | None) -> None:
    assert parse_charge(text) == expected


async def test_a_mac_whose_battery_is_low_and_one_that_does_not_tell_its_mode() -> None:
    low, full = BATTERY.format(percent=20), BATTERY.format(percent=58)
    assert (await mac(SETTINGS.format(mode=""), low).power()).saving is Saving.YES
    assert (await mac("", low).power()).saving is Saving.YES
    assert (await mac("", full).power()).saving is Saving.UNKNOWN


def status(line: int, flag: int, percent: int, saver: int) -> bytes:
    """A SYSTEM_POWER_STATUS."""
    return struct.pack("<4B2L", line, flag, percent, saver, 0xFFFFFFFF, 0xFFFFFFFF)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (status(0, 0, 60, 1), Saving.YES),
        (status(0, 2, 20, 0), Saving.YES),
        (status(0, 4, 3, 0), Saving.YES),
        (status(0, 0, 60, 0), Saving.NO),
        (status(1, 8, 3, 0), Saving.NO),  # charging
        (status(1, 128, 255, 0), Saving.NO),  # no battery
        (status(255, 255, 255, 0), Saving.UNKNOWN),
        (status(0, 0, 255, 0), Saving.UNKNOWN),
        (b"", Saving.UNKNOWN),
        (b"\0" * 1000, Saving.UNKNOWN),
    ],
)
def test_windows(octets: bytes, expected: Saving) -> None:
    assert parse_status(octets).saving is expected
