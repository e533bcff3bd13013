"""Whether the battery is saved, by table."""

import pytest

from roammail.core.power import Charge, Saving, power_of

FULL, LOW = Charge(True, 80), Charge(True, 20)


@pytest.mark.parametrize(
    ("switch", "charge", "expected"),
    [
        (True, FULL, Saving.YES),
        (True, None, Saving.YES),
        (False, LOW, Saving.YES),
        (None, LOW, Saving.YES),
        (False, FULL, Saving.NO),
        (False, Charge(True, 21), Saving.NO),
        (False, Charge(False, 3), Saving.NO),  # it is being charged
        (False, Charge(False, None), Saving.NO),  # there is none
        (False, Charge(True, None), Saving.UNKNOWN),
        (False, None, Saving.UNKNOWN),
        (None, FULL, Saving.UNKNOWN),
        (None, None, Saving.UNKNOWN),
    ],
)
def test_power(switch: bool | None, charge: Charge | None, expected: Saving) -> None:
    assert power_of(switch, charge, "x").saving is expected
