"""What may be typed for a setting."""

import pytest

from roammail.core.errors import BadConfiguration
from roammail.core.setting_values import Value, declared, from_text, states
from roammail.core.settings import DECLARED, Settings


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("language", "de", "de"),
        ("language", "", ""),
        ("connect_seconds", " 7 ", 7),
        ("allow_plaintext_keyring", "Yes", True),
        ("allow_plaintext_keyring", "off", False),
        ("portal_check_url", "http://x.example/", "http://x.example/"),
    ],
)
def test_text_becomes_a_value(key: str, text: str, value: Value) -> None:
    found = from_text(key, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("nothing", "1", "setting-unknown"),
        ("connect_seconds", "soon", "setting-invalid"),
        ("connect_seconds", "0", "setting-invalid"),
        ("connect_seconds", "-5", "setting-invalid"),
        ("connect_seconds", "٧", "setting-invalid"),
        ("connect_seconds", "9" * 40, "setting-invalid"),
        ("allow_plaintext_keyring", "maybe", "setting-invalid"),
        ("portal_check_url", "https://x.example/", "setting-invalid"),
    ],
)
def test_what_is_refused_names_the_setting(key: str, text: str, code: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        from_text(key, text)
    assert caught.value.code == code
    assert key in caught.value.message


def test_states_say_what_was_chosen() -> None:
    known = {state.setting.key: state for state in states(Settings(language="de"))}
    assert set(known) == {setting.key for setting in DECLARED}
    assert known["language"].chosen
    assert not known["connect_seconds"].chosen


def test_every_setting_has_its_words() -> None:
    for setting in DECLARED:
        assert declared(setting.key) is setting
        assert setting.label
        assert setting.help.endswith((".", "?"))
