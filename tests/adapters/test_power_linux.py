"""The power switch over a real bus, and batteries as the kernel's files tell of them."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("the adapter is for Linux", allow_module_level=True)

from roammail.adapters import power_linux
from roammail.adapters.power_linux import SWITCHES, LinuxPower, charge_of
from roammail.core.power import Charge, Saving
from tests.adapters.bus_service import BusService, Table, private_bus, service
from tests.adapters.power_contract import PowerSourceContract

pytestmark = pytest.mark.needs("dbus-daemon")

NEW, OLD = SWITCHES


def switch(name: str, profile: Any, signature: str = "s") -> Table:
    """What power-profiles-daemon tells under that name."""
    told = {"ActiveProfile": (signature, profile), "PerformanceDegraded": ("s", "")}
    return {(SWITCHES[name], name): told}


def supply(folder: Path, name: str, **facts: str) -> None:
    """One entry of /sys/class/power_supply."""
    (folder / name).mkdir(parents=True)
    for fact, value in facts.items():
        (folder / name / fact).write_text(f"{value}\n")


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    (tmp_path / "bus").mkdir()
    async with private_bus(tmp_path / "bus") as address:
        yield address


@pytest.fixture
def supplies(tmp_path: Path) -> Path:
    """A laptop on its battery."""
    folder = tmp_path / "power_supply"
    supply(folder, "AC", type="Mains", online="0")
    supply(folder, "BAT0", type="Battery", status="Discharging", capacity="64")
    supply(folder, "hidpp_battery_0", type="Battery", scope="Device", capacity="3")
    return folder


@pytest.fixture
async def played(address: str) -> AsyncIterator[BusService]:
    async with service(address, NEW, switch(NEW, "balanced")) as played:
        yield played


class TestLinuxPower(PowerSourceContract):
    @pytest.fixture
    def source(self, played: BusService, address: str, supplies: Path) -> LinuxPower:
        return LinuxPower(address, supplies)


class TestLinuxPowerWithoutAnything(PowerSourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> LinuxPower:
        return LinuxPower(f"unix:path={tmp_path}/none", tmp_path / "none")


@pytest.mark.parametrize("name", [NEW, OLD])
@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("power-saver", Saving.YES),
        ("balanced", Saving.NO),
        ("performance", Saving.NO),
        ("\x1b[2J" * 500, Saving.NO),
    ],
)
async def test_the_switch_under_both_names(
    name: str, profile: str, expected: Saving, address: str, supplies: Path
) -> None:
    async with service(address, name, switch(name, profile)):
        power = await LinuxPower(address, supplies).power()
    assert power.saving is expected
    assert power.detail.isprintable()
    assert len(power.detail) < 200


async def test_the_user_turns_it_on(played: BusService, address: str, supplies: Path) -> None:
    source = LinuxPower(address, supplies)
    assert (await source.power()).saving is Saving.NO
    played.table.update(switch(NEW, "power-saver"))
    assert (await source.power()).saving is Saving.YES


async def test_without_a_switch_the_battery_tells(address: str, supplies: Path) -> None:
    power = await LinuxPower(address, supplies).power()
    assert power.saving is Saving.NO
    assert power.detail == "power profile: none here; battery in use 64 %"
    (supplies / "BAT0" / "capacity").write_text("12\n")
    assert (await LinuxPower(address, supplies).power()).saving is Saving.YES


async def test_a_service_that_tells_no_profile_is_unknown(address: str, supplies: Path) -> None:
    async with service(address, NEW, switch(NEW, 7, "u")):
        assert (await LinuxPower(address, supplies).power()).saving is Saving.UNKNOWN


async def test_a_bus_that_hangs_is_unknown(
    played: BusService, address: str, supplies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power_linux, "_SECONDS", 0.1)
    played.hang = True
    power = await LinuxPower(address, supplies).power()
    assert power.saving is Saving.UNKNOWN
    assert "no answer" in power.detail
    (supplies / "BAT0" / "capacity").write_text("12\n")
    assert (await LinuxPower(address, supplies).power()).saving is Saving.YES


async def test_no_bus_is_unknown(tmp_path: Path, supplies: Path) -> None:
    power = await LinuxPower(f"unix:path={tmp_path}/none", supplies).power()
    assert power.saving is Saving.UNKNOWN


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Charge(False, None)),  # a desktop computer
        ({"BAT0": ("Charging", "10")}, Charge(False, 10)),
        ({"BAT0": ("Not charging", "80")}, Charge(False, 80)),
        ({"BAT0": ("Discharging", "10"), "BAT1": ("Full", "100")}, Charge(True, 100)),
        ({"BAT0": ("Discharging", "10"), "BAT1": ("Discharging", "4")}, Charge(True, 10)),
        ({"BAT0": ("Discharging", "101")}, Charge(True, None)),
        ({"BAT0": ("Discharging", "٣")}, Charge(True, None)),
        ({"BAT0": ("Discharging", "9" * 5000)}, Charge(True, None)),
        ({"BAT0": ("Unknown", "-1")}, Charge(False, None)),
    ],
)
def test_batteries(facts: dict[str, tuple[str, str]], expected: Charge, tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="1")
    for name, (status, capacity) in facts.items():
        supply(tmp_path, name, type="Battery", status=status, capacity=capacity)
    assert charge_of(tmp_path) == expected


def test_a_battery_that_tells_nothing_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    supply(tmp_path / "there", "BAT0", type="Battery")
    assert charge_of(tmp_path / "there") == Charge(False, None)
    assert charge_of(tmp_path / "not-there") is None
