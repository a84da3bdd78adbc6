"""Whatever holds personal data is readable by its owner alone, from its first byte."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.security.private_files import writing_private
from tests.cli.writing import run, site_in


@pytest.fixture(autouse=True)
def _open_to_everybody() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def preview(ending: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        site = site_in(folder.parent / "site")
        target = str(folder / f"out.{ending}")
        option = {"html": "--html", "pdf": "--pdf", "zip": "--pdfs"}[ending]
        data = {"UNDERSIGNED_DATA_DIR": os.environ["UNDERSIGNED_DATA_DIR"]}
        done = run(site, "preview", "save-the-lake", "--zip", "02138", option, target, **data)
        assert done.returncode == 0, done.stderr

    return write


WRITERS: dict[str, Callable[[Path], None]] = {
    "preview --html": preview("html"),
    "preview --pdf": preview("pdf"),
    "preview --pdfs": preview("zip"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_it_is_closed_under_an_open_umask(write: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    write(folder)
    made = list(folder.iterdir())
    assert made
    assert {mode(path) for path in made} == {0o600}


def test_it_is_closed_from_the_first_byte_and_replaces_what_was_open(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    target.chmod(0o666)
    with writing_private(target) as file:
        file.write(b"new")
        file.flush()
        (half,) = set(tmp_path.iterdir()) - {target}
        assert mode(half) == 0o600
    assert mode(target) == 0o600
    assert target.read_bytes() == b"new"


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail() -> None:
        with writing_private(target) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    with writing_private(Path(os.devnull)) as file:
        file.write(b"x")
    assert not Path(os.devnull).is_file()
