"""mailto: links, those of RFC 6068 and those of a page that means harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.contacts import as_typed
from roammail.core.errors import BadMessage
from roammail.core.mailto import MOST_BODY, MOST_RECIPIENTS, MOST_SUBJECT, is_mailto, read_mailto

#: Link → to, subject, text. The first nine are the RFC's own (sections 6.1 and 6.2).
LINKS = {
    "mailto:chris@example.com": ("chris@example.com", "", ""),
    "mailto:infobot@example.com?subject=current-issue": (
        "infobot@example.com",
        "current-issue",
        "",
    ),
    "mailto:infobot@example.com?body=send%20current-issue%0D%0Asend%20index": (
        "infobot@example.com",
        "",
        "send current-issue\nsend index",
    ),
    "mailto:gorby%25kremvax@example.com": ("gorby%kremvax@example.com", "", ""),
    "mailto:unlikely%3Faddress@example.com?blat=foop": ("unlikely?address@example.com", "", ""),
    "mailto:%22not%40me%22@example.org": ('"not@me"@example.org', "", ""),
    "mailto:user@example.org?subject=caf%C3%A9&body=caf%C3%A9": (
        "user@example.org",
        "café",
        "café",
    ),
    "mailto:?to=addr1@an.example,addr2@an.example": ("addr1@an.example, addr2@an.example", "", ""),
    "mailto:addr1@an.example?to=addr2@an.example": ("addr1@an.example, addr2@an.example", "", ""),
    "MAILTO:a@x.example?SUBJECT=Hi": ("a@x.example", "Hi", ""),
    "mailto:a+b@x.example?subject=1+1": ("a+b@x.example", "1+1", ""),
    "mailto:a@x.example?subject=a&amp;body=b": ("a@x.example", "a", "b"),
    "mailto:a@x.example#top?subject=no": ("a@x.example", "", ""),
    "mailto:Ana%20%3Ca@x.example%3E": ("Ana <a@x.example>", "", ""),
    "mailto:": ("", "", ""),
    "mailto:nobody,a@x.example,,@": ("a@x.example", "", ""),
    "mailto:a@x.example,A@X.example,a@X.EXAMPLE": ("a@x.example, A@X.example", "", ""),
    "mailto:a@b%C3%BCcher.example": ("a@bücher.example", "", ""),
    # what means harm
    "mailto:a@x.example?subject=Hi%0D%0ABcc:%20spy@evil.example": (
        "a@x.example",
        "Hi  Bcc: spy@evil.example",
        "",
    ),
    "mailto:a@x.example%0D%0ABcc:spy@evil.example": ("", "", ""),
    "mailto:a@x.example?body=%00%1B%5B31mred%E2%80%AE": ("a@x.example", "", "[31mred"),
    "mailto:a@x.example?subject=%FF%FE": ("a@x.example", "\ufffd\ufffd", ""),
}


@pytest.mark.parametrize("link", LINKS)
def test_links(link: str) -> None:
    found = read_mailto(link)
    shown = ", ".join(map(as_typed, found.to))
    assert (shown, found.subject, found.body) == LINKS[link]


def test_copies() -> None:
    found = read_mailto("mailto:a@x.example?cc=b@x.example,a@x.example&bcc=c@x.example")
    assert [m.address for m in (*found.to, *found.cc, *found.bcc)] == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]


def test_a_link_chooses_neither_sender_nor_files() -> None:
    found = read_mailto(
        "mailto:a@x.example?attach=/etc/passwd&Attachment=x&from=boss@x.example&In-Reply-To=1&x"
    )
    assert found.refused == ("attach", "attachment", "from", "in-reply-to")
    assert [m.address for m in found.to] == ["a@x.example"]


def test_lengths_are_bounded() -> None:
    many = ",".join(f"u{n}@x.example" for n in range(MOST_RECIPIENTS + 50))
    found = read_mailto(f"mailto:{many}?subject={'s' * 5000}&body={'b' * 40_000}")
    assert len(found.to) == MOST_RECIPIENTS
    assert len(found.subject) == MOST_SUBJECT
    assert len(found.body) == MOST_BODY


@pytest.mark.parametrize("text", ["", "https://x.example", "mailto", "mailto:" + "a" * 70_000])
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(BadMessage) as caught:
        read_mailto(text)
    assert caught.value.code == "mailto-invalid"


def test_is_mailto() -> None:
    assert is_mailto(" MailTo:a@x")
    assert not is_mailto("letter.eml")


@given(st.text(max_size=300))
def test_nothing_breaks_it(text: str) -> None:
    found = read_mailto(f"mailto:{text}")
    assert "\n" not in found.subject
    assert all(c in "\n\t" or c.isprintable() for c in found.body)
    assert all(box.address.count("@") for box in found.to)
