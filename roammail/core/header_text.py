"""Header fields as octets: text and addresses encoded (RFC 2047, RFC 5322), and refused where
a line end or a control character would smuggle in another field. Knows no message.

The standard library's folding is not used for addresses: it loses the quotes of long names,
so that a comma inside a name would make two addresses of one.
"""

import re
from collections.abc import Sequence
from email.header import Header
from email.utils import encode_rfc2231

from roammail.core.address import Mailbox, ascii_form
from roammail.core.errors import BadMessage

_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\- ]*")
_SEPARATORS = str.maketrans({"\u2028": " ", "\u2029": " ", "\t": " "})


def checked_text(text: str, code: str, what: str) -> str:
    """`text` fit for a header, separators as blanks. Raises BadMessage with `code`.

    `what` names the text for the person ("The subject").
    """
    clean = text.translate(_SEPARATORS)
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in clean):
        raise BadMessage(code, f"{what} holds a line break or a control character. Take it out.")
    if not clean.isascii() and not _encodes(clean):
        raise BadMessage(code, f"{what} holds octets that are not text. Type it anew.")
    return clean


def text_field(name: str, value: str) -> bytes:
    """An unstructured field; `value` was checked. Lines end with CRLF and stay under 78."""
    plain = value.isascii() and "=?" not in value and value == value.strip()
    if plain and all(len(word) < 60 for word in value.split(" ")):
        header = Header(value, "us-ascii", header_name=name, maxlinelen=76)
    else:
        header = Header(value, "utf-8", header_name=name, maxlinelen=76)
    return f"{name}: {header.encode(linesep=chr(13) + chr(10))}\r\n".encode("ascii")


def address_field(name: str, mailboxes: Sequence[Mailbox]) -> bytes:
    """An address field, one mailbox a line. Domains go as A-labels; a local part that is not
    ASCII stands there in UTF-8 (RFC 6532) and makes the message need SMTPUTF8."""
    lines = ",\r\n ".join(_mailbox(mailbox) for mailbox in mailboxes)
    return f"{name}: {lines}\r\n".encode()


def disposition_field(file_name: str) -> bytes:
    """Content-Disposition of an attachment (RFC 2183, RFC 2231); `file_name` was checked."""
    if file_name.isascii() and len(file_name) < 50:
        quoted = re.sub(r'(["\\])', r"\\\1", file_name)
        parameter = f'filename="{quoted}"'
    else:
        parameter = f"filename*={encode_rfc2231(file_name, 'utf-8')}"
    return f"Content-Disposition: attachment;\r\n {parameter}\r\n".encode("ascii")


def _mailbox(mailbox: Mailbox) -> str:
    address = ascii_form(mailbox.address) or mailbox.address
    if not mailbox.name:
        return address
    name = checked_text(mailbox.name, "name-invalid", f"The name before {address}")
    if name.isascii() and "=?" not in name and len(name) < 200:
        phrase = name
        if not _PHRASE.fullmatch(name) or name != name.strip():
            phrase = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        return f"{phrase} <{address}>"
    phrase = Header(name, "utf-8", maxlinelen=70).encode(linesep="\r\n")
    return f"{phrase}\r\n <{address}>"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
