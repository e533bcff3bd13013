"""Turns a message with octets above 127 into a 7-bit one (RFC 6152 section 3, RFC 2045).

Needed only where a server does not offer 8BITMIME. Headers are left as they are.
"""

from email import message_from_bytes
from email.generator import BytesGenerator
from email.policy import SMTP
from io import BytesIO


def seven_bit(content: bytes) -> bytes:
    """The same message with every 8-bit part in quoted-printable or base64.

    Signed parts change with it (their signatures break), which is why a server that takes
    8 bits is always preferred.
    """
    parsed = message_from_bytes(content, policy=SMTP)
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=SMTP.clone(cte_type="7bit")).flatten(parsed)
    return out.getvalue()
