"""Contents in pieces: what is found of them does not depend on where they were cut."""

from hypothesis import given
from hypothesis import strategies as st

from roammail.core.content import BEGINNING, HeldContent, Octets, Stretch, gathered, held
from roammail.core.content_facts import ContentFacts, Scan, facts_of
from roammail.core.line_ends import canonical

octets = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"\xff", b"\r\n\r\n", b"Subject: \xc3\xbc"]),
    max_size=30,
).map(b"".join)


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@given(octets, st.integers(1, 9))
def test_the_facts_are_the_same_however_it_is_cut(content: bytes, size: int) -> None:
    scan = Scan()
    for piece in cut(content, size):
        scan.feed(piece)
    header, end, _ = content.partition(b"\r\n\r\n")
    assert scan.facts() == ContentFacts(
        size=len(content),
        eight_bit=not content.isascii(),
        utf8_headers=not (header if end else content).isascii(),
        canonical=canonical(content) == content,
    )
    assert facts_of(content) == scan.facts()


@given(st.binary(max_size=50), st.lists(st.integers(1, 20)), st.integers(1, 9))
async def test_stretches_part_a_supply_without_a_gap(
    content: bytes, sizes: list[int], most: int
) -> None:
    supply = Octets(content)
    found = b""
    for size in sizes:
        stretch = Stretch(supply, min(size, len(content) - len(found)))
        taken = b""
        while piece := await stretch.take(most):
            assert len(piece) <= most
            taken += piece
        assert len(taken) == len(stretch)
        found += taken
    assert found + await gathered(supply) == content
    assert len(supply) == len(content)


async def test_a_content_in_memory_is_read_as_often_as_one_likes() -> None:
    content = HeldContent.of(bytes(range(256)) * 10)
    assert content.beginning == content.octets[:BEGINNING]
    assert await held(content) is content.octets
    async with content.reading() as one, content.reading(5) as two:
        assert len(one) == len(content) == 2560
        assert await one.take(3) == b"\0\1\2"
        assert len(two) == 2555
        assert await gathered(two) == content.octets[5:]
        assert await gathered(one) == content.octets[3:]
        assert not await one.take(1)
