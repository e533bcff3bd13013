"""Sealed files: they open with their passphrase only, and hostile ones cost little."""

import base64
import json
from typing import Any

import pytest

from roammail.adapters import sealed_file
from roammail.adapters.sealed_file import DEFAULT_COST, Cost, SealedFile
from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.secret import Secret
from tests import canary

CHEAP = Cost(n=2**14, r=8, p=1)  # the least that is read back
PASSPHRASE = Secret(canary.secret("passphrase"))
TEXT = f"profiles with {canary.secret('sealed')} and ü 🧀"


async def _sealed() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(await SealedFile(CHEAP).seal(TEXT, PASSPHRASE))
    return data


async def test_what_was_sealed_comes_back() -> None:
    sealer = SealedFile()
    sealed = await sealer.seal(TEXT, PASSPHRASE)
    assert sealer.is_sealed(sealed)
    assert not sealer.is_sealed(TEXT)
    assert not canary.found_in(sealed)
    assert await sealer.unseal(sealed, PASSPHRASE) == TEXT
    assert DEFAULT_COST.bearable


async def test_no_two_files_are_alike() -> None:
    first, second = await _sealed(), await _sealed()
    for field in ("data", "nonce", "check"):
        assert first[field] != second[field]
    assert first["kdf"]["salt"] != second["kdf"]["salt"]


async def test_a_composed_passphrase_is_the_same_passphrase() -> None:
    sealer = SealedFile(CHEAP)
    sealed = await sealer.seal(TEXT, Secret("S3cr3t-caf\u00e9-caf\u00e9"))
    assert await sealer.unseal(sealed, Secret("S3cr3t-cafe\u0301-cafe\u0301")) == TEXT


async def test_a_wrong_passphrase_is_said_to_be_wrong() -> None:
    with pytest.raises(UserFacingError) as caught:
        await SealedFile().unseal(json.dumps(await _sealed()), Secret("S3cr3t-another one"))
    assert caught.value.code == "passphrase-wrong"


def _flipped(value: str) -> str:
    octets = bytearray(base64.b64decode(value))
    octets[len(octets) // 2] ^= 1
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize("change", ["data", "nonce", "added", "shorter", "empty"])
async def test_a_changed_file_is_damaged(change: str) -> None:
    data = await _sealed()
    match change:
        case "added":
            data["comment"] = "harmless"
        case "shorter":
            data["data"] = base64.b64encode(base64.b64decode(data["data"])[:-1]).decode()
        case "empty":
            data["data"] = ""
        case field:
            data[field] = _flipped(data[field])
    with pytest.raises(BadMessage) as caught:
        await SealedFile().unseal(json.dumps(data), PASSPHRASE)
    assert caught.value.code == "import-damaged"


_KDF: list[dict[str, Any]] = [
    {"n": 2**30},
    {"n": 2**18, "r": 16},
    {"n": 2**14 + 1},
    {"n": 2},
    {"n": -(2**14)},
    {"n": 10**4_000},
    {"r": 2**20},
    {"p": 10**6},
    {"p": 0},
    {"n": True},
    {"n": "16384"},
    {"n": None},
    {"name": "plain"},
    {"salt": "!!!"},
    {"salt": ""},
    {"salt": 5},
]


@pytest.mark.parametrize("change", _KDF, ids=lambda change: str(change)[:20])
async def test_hostile_parameters_are_refused_before_any_work(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await _sealed()
    monkeypatch.setattr(sealed_file, "Scrypt", None)
    data["kdf"] |= change
    with pytest.raises(BadMessage) as caught:
        await SealedFile().unseal(json.dumps(data), PASSPHRASE)
    assert caught.value.code == "import-damaged"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 2}, "import-newer"),
        ({"version": 0}, "import-damaged"),
        ({"version": "1"}, "import-damaged"),
        ({"cipher": "rot13"}, "import-damaged"),
        ({"kdf": None}, "import-damaged"),
        ({"nonce": "AAAA"}, "import-damaged"),
        ({"data": None}, "import-damaged"),
        ({"data": "ü"}, "import-damaged"),
        ({"check": "\ud800"}, "passphrase-wrong"),
        ({"check": None}, "passphrase-wrong"),
    ],
)
async def test_a_hostile_header_is_refused(change: dict[str, Any], code: str) -> None:
    data = {**await _sealed(), **change}
    with pytest.raises(UserFacingError) as caught:
        await SealedFile().unseal(json.dumps(data), PASSPHRASE)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "[]", "7", "[" * 100_000, '{"format": "roammail-profiles'])
async def test_what_is_no_sealed_file_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        await SealedFile().unseal(text, PASSPHRASE)
