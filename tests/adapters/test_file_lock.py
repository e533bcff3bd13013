"""A lock whose file cannot be taken away is given back all the same."""

from pathlib import Path

import pytest

from roammail.adapters.file_lock import FileLock


def test_a_file_that_stays_does_not_keep_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = FileLock(tmp_path / "1")
    assert lock.take()

    def read_only(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", read_only)
        with pytest.raises(PermissionError):
            lock.release(remove=True)
    assert FileLock(tmp_path / "1").take()
