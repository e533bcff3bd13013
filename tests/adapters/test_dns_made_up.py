"""A network whose DNS leads every unknown name to a page of its own."""

import socket

import pytest

from roammail.adapters.dns import SystemResolver

PAGE, REAL = "203.0.113.80", "203.0.113.10"


def _lying(name: str) -> list[str]:
    return [REAL] if name == "smtp.real.example" else [PAGE]


def _honest(name: str) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


@pytest.mark.parametrize(
    ("look_up", "host", "addresses", "made_up"),
    [
        (_lying, "smtp.gone.example", (PAGE,), True),
        (_lying, "smtp.gone.example.", ("2001:db8::1", PAGE), True),
        (_lying, "smtp.real.example", (REAL,), False),
        (_lying, "mailhost", (PAGE,), True),
        (_lying, PAGE, (PAGE,), False),
        (_lying, "[2001:db8::1]", ("2001:db8::1",), False),
        (_honest, "smtp.gone.example", (PAGE,), False),
    ],
)
async def test_what_is_made_up(look_up, host, addresses, made_up) -> None:  # type: ignore[no-untyped-def]
    assert await SystemResolver(look_up).makes_up(host, addresses) is made_up
