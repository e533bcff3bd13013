"""A line that dies without a word is noticed early, and a slow server is not taken for one."""

from pathlib import Path

import pytest

from tests.adapters.namespaces import run_inside

pytestmark = pytest.mark.needs("namespaces", "ip")


@pytest.mark.parametrize("story", ["pulled_after_the_dot", "only_thinking"])
def test_line(story: str, tmp_path: Path) -> None:
    run_inside("tests.adapters.line_stories", story, tmp_path, seconds=60)
