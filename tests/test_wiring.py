"""What the composition root makes of settings."""

from roammail.adapters.system_clock import SystemClock
from roammail.core.settings import Settings
from roammail.wiring import _keeper


def test_the_battery_is_asked_only_where_it_matters() -> None:
    clock = SystemClock()
    assert _keeper(clock, Settings()).battery is None
    keeper = _keeper(clock, Settings(keep_connection_battery=False))
    assert keeper.battery is not None
    assert keeper.wanted(metered=False)  # until it is known better


def test_what_is_paid_for() -> None:
    keeper = _keeper(SystemClock(), Settings(keep_connection_metered=False))
    assert keeper.wanted(metered=False)
    assert not keeper.wanted(metered=True)
