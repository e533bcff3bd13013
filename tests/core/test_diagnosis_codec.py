"""A Diagnosis comes back as it went, and whatever stands in an old or newer file is read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from roammail.core import diagnosis_codec as codec
from roammail.core.diagnosis import Diagnosis, Kind, Scope

PLAIN = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "reply", "failure", "remedies", "params", "certificate", "code"]
            )
            | PLAIN,
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.builds(Diagnosis))
def test_there_and_back(diagnosis: Diagnosis) -> None:
    assert codec.loads(codec.dumps(diagnosis)) == diagnosis


@given(JSON)
def test_anything_is_read(data: object) -> None:
    assert isinstance(codec.from_data(data), Diagnosis)


@given(st.text(max_size=30))
def test_broken_text_is_other(text: str) -> None:
    assert isinstance(codec.loads(text), Diagnosis)


def test_none_stays_none() -> None:
    assert codec.dumps(None) is None
    assert codec.loads(None) is None


def test_a_newer_kind_is_named() -> None:
    found = codec.loads(json.dumps({"kind": "quantum-noise", "scope": "galaxy"}))
    assert found is not None
    assert (found.kind, found.scope) == (Kind.OTHER, Scope.TEMPORARY)
    assert ("unknown_kind", "quantum-noise") in found.params
