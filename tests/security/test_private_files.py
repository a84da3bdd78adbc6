import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.security import private_files
from api.security.private_files import private_folder, write_private

_WRITER = """
import sys
from pathlib import Path
from api.security.private_files import write_private
target = Path(sys.argv[1])
while True:
    for letter in b"ab":
        print("writing", flush=True)
        write_private(target, bytes([letter]) * 1_000_000)
"""


def test_folders_that_are_made_are_private_and_others_are_left(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "x", b"1")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_private(tmp_path / "x", b"1")
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "x"
    for writes in range(2, 7):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(target)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert writer.stdout is not None
        for _ in range(writes):
            writer.stdout.readline()
        writer.kill()  # in the midst of the last of them
        writer.communicate()
        content = target.read_bytes()
        assert len(content) == 1_000_000
        assert len(set(content)) == 1


@pytest.mark.parametrize("sync_all", [True, False])
def test_a_batch_is_written_whole_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync_all: bool
) -> None:
    if not sync_all:
        monkeypatch.setattr(private_files, "_SYNC_ALL", None)
    (tmp_path / "2").write_text("before")
    files = {str(n): f"letter {n}".encode() * 10_000 for n in range(5)}
    private_files.write_private_batch(tmp_path, files)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_batch_that_fails_leaves_no_part(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(OSError, match="b"):
        private_files.write_private_batch(tmp_path, {"a": b"1", "b": b"2"})
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_disk_that_does_not_sync_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_files, "_SYNC_ALL", lambda _: -1)
    with pytest.raises(OSError, match="syncfs"):
        private_files.write_private_batch(tmp_path, {"a": b"1", "b": b"2"})
    assert list(tmp_path.iterdir()) == []
