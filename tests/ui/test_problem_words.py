"""What goes wrong is said in the person's language, and in English with every particular."""

from pathlib import Path

import pytest

import roammail
from roammail.core.address import check_address
from roammail.core.errors import BadMessage, UserFacingError
from roammail.ui.problem_words import GENERAL, problem_words
from roammail.ui.say import Say
from roammail.words import Words

ENGLISH, GERMAN = Say(Words("en")), Say(Words("de"))


def test_english_keeps_the_particulars_and_german_is_german() -> None:
    error = UserFacingError("outbox-unknown", "There is no message number 7 in the outbox.")
    assert problem_words(error, ENGLISH) == "There is no message number 7 in the outbox."
    assert problem_words(error, GERMAN) == "Diese Nachricht ist nicht mehr im Postausgang."
    rare = UserFacingError("rare", "Something rare.")
    assert problem_words(rare, GERMAN) == "Something rare."
    fault = RuntimeError("secret details")
    assert problem_words(fault, GERMAN).startswith("Etwas Unerwartetes")


def test_an_address_says_what_is_wrong_with_it() -> None:
    with pytest.raises(BadMessage) as caught:
        check_address("ana")
    assert problem_words(caught.value, GERMAN).startswith("In „ana“ fehlt das @.")


@pytest.mark.parametrize("code", GENERAL)
def test_every_code_is_one_that_the_program_knows(code: str) -> None:
    folder = Path(roammail.__file__).parent
    here = folder / "ui" / "problem_words.py"
    sources = (file for file in folder.rglob("*.py") if file != here)
    assert any(f'"{code}"' in file.read_text(encoding="utf-8") for file in sources)
    assert problem_words(UserFacingError(code, "English."), GERMAN) != "English."
