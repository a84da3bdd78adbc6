"""Another user of the same machine can do nothing. Run as root, which can become any user."""

import os
import pickle
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.database import account, binaries
from api.database.embedded import EmbeddedPostgres
from tests.servers import servers

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="ONLY ROOT CAN TRY AS ANOTHER USER: run these tests as root too"
)
ROLES = ("undersigned_owner", "undersigned_app", "postgres")
NOBODY, DAEMON = "nobody", "daemon"


def as_user(name: str, function: Callable[[], Any]) -> Any:
    """Return what a function returns in a process of another user; the exception it raised."""
    entry = pwd.getpwnam(name)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            answer = function()
        except Exception as error:  # noqa: BLE001 - handed to the test
            answer = f"{type(error).__name__}: {error}"
        os.write(writer, pickle.dumps(answer))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pickle.loads(pipe.read())
    os.waitpid(child, 0)
    return answer


def readable_below(*folders: Path) -> list[str]:
    """Name every entry below the folders that this process may read."""
    found = []
    for folder in folders:
        for path, names, files in os.walk(folder):
            found += [f"{path}/{name}" for name in files if os.access(f"{path}/{name}", os.R_OK)]
            found += [f"{path}/{name}" for name in names if os.access(f"{path}/{name}", os.R_OK)]
    return found


def connects(url: str, role: str) -> bool:
    with psycopg.connect(url, user=role, connect_timeout=3):
        return True


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="undersigned-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def open_path() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """The state folder of ``server``, below a folder that everybody may enter."""
    with folder_for_all() as folder:
        yield folder / "var"


@pytest.fixture(scope="module")
def server(state: Path) -> Iterator[EmbeddedPostgres]:
    """One for all who only try to get in."""
    with servers() as make:
        yield make(state).start()


@contextmanager
def modes(*changed: tuple[Path, int]) -> Iterator[None]:
    """Other modes of some files, for a while."""
    before = [(path, path.stat().st_mode) for path, _ in changed]
    for path, mode in changed:
        path.chmod(mode)
    try:
        yield
    finally:
        for path, mode in before:
            path.chmod(mode)


def test_a_stranger_reads_nothing(server: EmbeddedPostgres, state: Path) -> None:
    (state / "keys.json").write_text("{}")
    for name in (NOBODY, DAEMON):
        assert as_user(name, lambda: readable_below(state, server.place.home)) == []
        assert "PermissionError" in as_user(name, lambda: list(server.place.home.iterdir()))


@pytest.mark.parametrize("role", ROLES)
def test_a_stranger_does_not_reach_the_socket(server: EmbeddedPostgres, role: str) -> None:
    answer = as_user(NOBODY, lambda: connects(server.url, role))
    assert "Permission denied" in answer


@pytest.mark.parametrize("role", ROLES)
def test_a_stranger_who_reaches_the_socket_is_refused(server: EmbeddedPostgres, role: str) -> None:
    """Should every folder be opened by mistake, peer authentication still says no."""
    sockets = server.place.home / "socket"
    socket = sockets / ".s.PGSQL.5432"
    with modes((server.place.home, 0o755), (sockets, 0o755), (socket, 0o777)):
        answer = as_user(NOBODY, lambda: connects(server.url, role))
    assert "Peer authentication failed" in answer or "no pg_hba.conf entry" in answer


def test_root_is_the_owner_and_the_server_s_user_the_superuser(server: EmbeddedPostgres) -> None:
    assert server.place.account.name == "undersigned"
    assert connects(server.url, "undersigned_owner")
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        connects(server.url, "postgres")
    assert as_user("undersigned", lambda: connects(server.url, "postgres")) is True
    assert "failed" in as_user("undersigned", lambda: connects(server.url, "undersigned_owner"))


def test_the_server_can_change_neither_its_programs_nor_its_rules(
    server: EmbeddedPostgres,
) -> None:
    def changeable() -> list[str]:
        home = server.place.home
        return [
            str(path)
            for path in (home, *home.glob("settings/*"), *home.glob("binaries-*/*/*/bin/*"))
            if os.access(path, os.W_OK)
        ]

    assert as_user("undersigned", changeable) == []


def test_nobody_is_the_fallback_and_gets_no_role(
    open_path: Path,
    make_new_server: Callable[[Path], EmbeddedPostgres],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account, "_named", only_nobody)
    monkeypatch.setattr(account, "_made", lambda: None)
    server = make_new_server(open_path / "var").start()
    assert server.place.account.name == NOBODY
    assert connects(server.url, "undersigned_owner")
    for role in ROLES:
        assert "failed" in as_user(NOBODY, partial(connects, server.url, role))


def only_nobody(name: str) -> account.Account | None:
    entry = pwd.getpwnam(NOBODY)
    return None if name != NOBODY else account.Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def test_a_plain_user_s_server_is_closed_to_others(open_path: Path) -> None:
    """The same, started by a user who is not root, in a folder that others may enter."""
    if not as_user(DAEMON, lambda: os.access(binaries.programs() / "postgres", os.X_OK)):
        pytest.skip("THE VIRTUAL ENVIRONMENT IS CLOSED TO OTHER USERS: not tried as one")
    home = open_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    entry = pwd.getpwnam(DAEMON)
    os.chown(home, entry.pw_uid, entry.pw_gid)

    def start() -> str:
        return EmbeddedPostgres(home / "var", fsync=False).start().url

    url = as_user(DAEMON, start)
    try:
        assert url.startswith("postgresql:"), url
        assert as_user(DAEMON, lambda: connects(url, "undersigned_owner")) is True
        for role in ROLES:
            assert "Permission denied" in as_user(NOBODY, partial(connects, url, role))
        assert as_user(NOBODY, lambda: readable_below(home / "var")) == []
        (home / "var" / "postgres" / "socket" / ".s.PGSQL.5432").chmod(0o777)
        for folder in ("", "postgres", "postgres/socket"):
            (home / "var" / folder).chmod(0o755)
        for role in ROLES:
            assert "failed" in as_user(NOBODY, partial(connects, url, role))
    finally:
        as_user(DAEMON, lambda: EmbeddedPostgres(home / "var").locate().stop())
