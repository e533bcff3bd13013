"""The close reader: how it splits words, what it makes of refusals, and what if its file is bad."""

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roammail.adapters.encoder import PIECES, Encoder, WordPieces, as_said
from roammail.adapters.rule_files import LateReader
from roammail.core.diagnosis import Kind
from roammail.core.lexicon import fold, words

FILE = Path(__file__).parents[2] / "resources" / "rules" / "encoder.npz"
SIGNS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
START, END, UNKNOWN = 2, 3, 1


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    with FILE.open("rb") as opened:
        return Encoder(opened)


def split(text: str, *pieces: str) -> list[int]:
    return WordPieces([*SIGNS, *pieces]).split(text)


def test_a_word_is_split_into_its_longest_known_pieces() -> None:
    assert split("relaying", "rel", "relay", "##ing", "##in", "##g") == [START, 5, 6, END]


def test_a_word_with_a_part_that_is_not_known_is_unknown_as_a_whole() -> None:
    assert split("relaying on", "relay", "on") == [START, UNKNOWN, 5, END]


def test_signs_and_letters_without_blanks_stand_alone() -> None:
    assert split("5.7.1 中继", "5", ".", "7", "1", "中", "继") == [START, 4, 5, 6, 5, 7, 8, 9, END]


def test_a_long_text_is_cut_and_still_has_its_end() -> None:
    found = split("no " * 1_000, "no")
    assert len(found) == PIECES
    assert found[0] == START
    assert found[-1] == END


def test_names_and_numbers_are_told_by_what_they_are() -> None:
    said = as_said(["_mail_", "on", "_ip_", "1234"], "relay", 550, "5.7.1")
    assert said == "relay 550 5.7.1 : address on ip 0"
    assert as_said([], "", 0, None) == "unknown   : "


@pytest.mark.parametrize(
    ("said", "place", "code", "kind"),
    [
        ("your letters to outsiders will not be carried by this machine", "relay", 550, "relay"),
        ("kindly prove who you are before posting", "sender", 530, "auth-required"),
        ("that secret word does not match our books", "sign-in", 535, "auth-failed"),
        ("the drawer of this person is stuffed to the brim", "relay", 552, "mailbox-full"),
        ("slow down, you have posted plenty this hour", "sender", 450, "rate-limited"),
        ("nobody by this name lives here", "relay", 550, "recipient-unknown"),
    ],
)
def test_words_that_no_refusal_used_are_understood(
    encoder: Encoder, said: str, place: str, code: int, kind: str
) -> None:
    shares = encoder.shares(words(fold(said)), place, code, None)
    assert str(max(shares, key=lambda each: shares[each])).startswith(kind)


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m", "a" * 5_000, "関 " * 500, "\u202e" * 9])
def test_any_text_has_shares_that_add_up(encoder: Encoder, text: str) -> None:
    shares = encoder.shares(words(fold(text)), "", 0, None)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
    assert all(isinstance(kind, Kind) and 0 <= share <= 1 for kind, share in shares.items())


def without(name: str) -> bytes:
    """The shipped file with one array missing."""
    with np.load(FILE) as stored:
        kept: dict[str, Any] = {key: stored[key] for key in stored.files if key != name}
    made = io.BytesIO()
    np.savez(made, **kept)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", b"PK\x03\x04 torn", FILE.read_bytes()[:1_000_000], without("head_scale")],
    ids=["empty", "text", "torn", "cut", "incomplete"],
)
def test_a_damaged_file_is_told_once_and_refusals_are_read_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    file = tmp_path / "encoder.npz"
    file.write_bytes(content)
    reader = LateReader(file)
    with caplog.at_level(logging.WARNING):
        assert reader.shares(["relay"], "relay", 550, None) == {}
        assert reader.shares(["relay"], "relay", 550, None) == {}
    assert [record.message.split(":")[0] for record in caplog.records] == ["encoder.npz"]


def test_a_file_with_objects_in_it_is_not_run(tmp_path: Path) -> None:
    file = tmp_path / "encoder.npz"
    np.savez(file, kinds=np.array([Kind.OTHER, {}], dtype=object))
    assert LateReader(file).shares(["relay"], "relay", 550, None) == {}
