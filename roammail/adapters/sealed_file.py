"""Exported profiles under a passphrase. Owns the cipher, its parameters and the sealed file's
format; must not know what it seals.

The file is JSON: a header (format, version, key derivation, nonce) that is authenticated
together with the content. scrypt (RFC 7914) makes 64 octets of the passphrase: 32 are the key
of AES-256-GCM, and of the other 32 the file carries a SHA-256, so that a wrong passphrase and
a damaged file can be told apart and a file opens with one passphrase only.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import os
import unicodedata
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from roammail.core.errors import BadMessage, ExitCode, UserFacingError
from roammail.core.secret import Secret

SEALED_FORMAT = "roammail-profiles-sealed"
VERSION = 1
_CIPHER = "aes-256-gcm"
_SALT_LENGTH = 16
_NONCE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters (RFC 7914 section 2); memory is 128 * n * r octets."""

    n: int
    r: int
    p: int

    @property
    def bearable(self) -> bool:
        """Whether a stranger's file may make us work that much: 256 MB and a few seconds.

        Nor may it be so cheap that a file of ours could have been weakened on its way.
        """
        power_of_two = self.n & (self.n - 1) == 0
        return (
            2**14 <= self.n <= 2**18 and power_of_two and 8 <= self.r <= 16 and 1 <= self.p <= 4
        ) and 128 * self.n * self.r <= 256 * 1024 * 1024


#: 128 MB, about half a second.
DEFAULT_COST = Cost(n=2**17, r=8, p=1)


class SealedFile:
    """`roammail.ports.Sealer`. The key derivation runs on a thread of its own."""

    def __init__(self, cost: Cost = DEFAULT_COST) -> None:
        self._cost = cost

    def is_sealed(self, text: str) -> bool:
        """Whether the text names our format. It may still be damaged."""
        return SEALED_FORMAT in text[:200]

    async def seal(self, text: str, passphrase: Secret) -> str:
        """The text, readable with the passphrase only."""
        return await asyncio.to_thread(_seal, text, passphrase, self._cost)

    async def unseal(self, sealed: str, passphrase: Secret) -> str:
        """The text that was sealed.

        Raises BadMessage (`import-damaged`, `import-newer`) and UserFacingError
        (`passphrase-wrong`, exit 77).
        """
        return await asyncio.to_thread(_unseal, sealed, passphrase)


def _seal(text: str, passphrase: Secret, cost: Cost) -> str:
    salt, nonce = os.urandom(_SALT_LENGTH), os.urandom(_NONCE_LENGTH)
    key, check = _derive(passphrase, salt, cost)
    header = {
        "format": SEALED_FORMAT,
        "version": VERSION,
        "kdf": {"name": "scrypt", "n": cost.n, "r": cost.r, "p": cost.p, "salt": _b64(salt)},
        "cipher": _CIPHER,
        "nonce": _b64(nonce),
        "check": check,
    }
    data = AESGCM(key).encrypt(nonce, text.encode(), _canonical(header))
    return json.dumps({**header, "data": _b64(data)}, indent=2) + "\n"


def _unseal(sealed: str, passphrase: Secret) -> str:
    header = _header(sealed)
    data = _octets(header.pop("data", None))
    nonce = _octets(header.get("nonce"), _NONCE_LENGTH)
    salt, cost = _derivation(header.get("kdf"))
    key, check = _derive(passphrase, salt, cost)
    if not hmac.compare_digest(check.encode(), str(header.get("check")).encode("utf-8", "replace")):
        raise UserFacingError(
            "passphrase-wrong",
            "The passphrase is not the one that the file was exported with. Nothing was changed. "
            "Type it again.",
            ExitCode.NO_PERMISSION,
        )
    try:
        return AESGCM(key).decrypt(nonce, data, _canonical(header)).decode()
    except (InvalidTag, UnicodeDecodeError):
        raise _damaged() from None


def _header(sealed: str) -> dict[str, Any]:
    try:
        header = json.loads(sealed)
    except (ValueError, RecursionError):
        raise _damaged() from None
    if not isinstance(header, dict) or header.get("format") != SEALED_FORMAT:
        raise _damaged()
    version = header.get("version")
    if type(version) is int and version > VERSION:
        raise BadMessage(
            "import-newer",
            "A newer version of RoamMail wrote this file. Update RoamMail, then import it.",
        )
    if type(version) is not int or version != VERSION or header.get("cipher") != _CIPHER:
        raise _damaged()
    return header


def _derivation(kdf: object) -> tuple[bytes, Cost]:
    if not isinstance(kdf, dict) or kdf.get("name") != "scrypt":
        raise _damaged()
    numbers = [kdf.get(name) for name in ("n", "r", "p")]
    n, r, p = (number if type(number) is int else 0 for number in numbers)
    cost = Cost(n, r, p)
    if not cost.bearable:
        raise _damaged()
    return _octets(kdf.get("salt"), _SALT_LENGTH), cost


def _derive(passphrase: Secret, salt: bytes, cost: Cost) -> tuple[bytes, str]:
    """Key, and the hex digest by which the right passphrase is known.

    The passphrase is normalised: another keyboard may compose "é" of two characters.
    """
    octets = unicodedata.normalize("NFC", passphrase.reveal()).encode("utf-8", "surrogatepass")
    made = Scrypt(salt=salt, length=64, n=cost.n, r=cost.r, p=cost.p).derive(octets)
    return made[:32], hashlib.sha256(made[32:]).hexdigest()


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _octets(value: object, length: int | None = None) -> bytes:
    if not isinstance(value, str):
        raise _damaged()
    try:
        octets = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _damaged() from None
    if length is not None and len(octets) != length:
        raise _damaged()
    return octets


def _damaged() -> BadMessage:
    return BadMessage(
        "import-damaged",
        "The sealed file is damaged or was changed. Nothing was imported. Export it again.",
    )
