"""The kernel's facts, in real network namespaces; and the files beside them."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the adapter is for Linux")


@pytest.mark.needs("ip")
@pytest.mark.needs("unshare")
@pytest.mark.parametrize(
    "story",
    [
        "facts",
        "offline",
        "silent_gateway",
        pytest.param("first_question_lost", marks=pytest.mark.needs("nftables")),
        "only_ipv6",
        "tunnel",
        "changes",
        "resume_by_the_clocks",
    ],
)
def test_in_a_namespace(story: str, tmp_path: Path) -> None:
    from tests.adapters.namespaces import run_inside

    run_inside("tests.adapters.kernel_stories", story, tmp_path)
