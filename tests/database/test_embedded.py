"""The embedded server: made, adopted, recovered; and what it keeps to itself."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.database.embedded import LOOK_SECONDS, STUCK_SECONDS, EmbeddedPostgres
from api.database.folders import CannotStart
from api.database.postmaster import running_pid
from tests.clocks import Clock
from tests.times import Stopwatch, quick
from tests.waiting import wait_until

Make = Callable[[Path], EmbeddedPostgres]


def ask(server: EmbeddedPostgres, query: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def sockets(server: EmbeddedPostgres) -> Path:
    return Path(str(conninfo_to_dict(server.url)["host"]))


def run(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement.encode())


def kill(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not server.is_alive())


def test_the_owner_is_no_superuser_and_the_locale_is_built_in(postgres: EmbeddedPostgres) -> None:
    assert ask(postgres, "SELECT current_user") == "undersigned_owner"
    assert ask(postgres, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert (
        ask(postgres, "SELECT datlocprovider FROM pg_database WHERE datname = 'template1'") == "b"
    )
    assert ask(postgres, "SELECT 'é' < 'z'") is False


def test_it_listens_on_its_private_socket_only(postgres: EmbeddedPostgres) -> None:
    assert postgres.pid is not None
    kinds = {c.family for c in psutil.Process(postgres.pid).net_connections("all")}
    assert kinds <= {socket.AF_UNIX}
    folder = sockets(postgres)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / ".s.PGSQL.5432").stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_its_environment_is_empty(
    tmp_path: Path, make_new_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSIGNED_PLANTED", "planted-secret-4711")
    server = make_new_server(tmp_path / "var").start()
    assert server.pid is not None
    assert Path(f"/proc/{server.pid}/environ").read_bytes() == b""


def test_no_personal_data_reaches_its_log(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int PRIMARY KEY, b text UNIQUE)")
        connection.execute("INSERT INTO t VALUES (1, 'Planted Person')")
        for query, values in [
            ("SELECT %s::text::int", ["Planted Person"]),
            ("INSERT INTO t VALUES (2, %s)", ["Planted Person"]),
            ("SELECT nothing FROM t WHERE b = 'Planted Person'", []),
            ("DO $$ BEGIN RAISE WARNING 'Planted Person'; END $$", []),
        ]:
            try:
                connection.execute(query.encode(), values)
            except psycopg.DatabaseError:
                continue
    server.stop()
    log = server.place.log.read_text()
    assert "ready to accept connections" in log
    assert "Planted" not in log
    assert stat.S_IMODE(server.place.log.stat().st_mode) == 0o600


def test_a_running_server_is_adopted(tmp_path: Path, make_server: Make) -> None:
    first, second = make_server(tmp_path / "var").start(), make_server(tmp_path / "var").start()
    assert (first.adopted, second.adopted) == (False, True)
    assert first.pid == second.pid
    with second:
        pass
    assert second.is_alive(), "who adopts does not stop at the end of its block"
    second.stop()
    assert not first.is_alive()
    assert not second.is_alive()


def test_many_starts_at_once_make_one_server(tmp_path: Path, make_new_server: Make) -> None:
    servers = [make_new_server(tmp_path / "var") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(EmbeddedPostgres.start, servers))
    assert len({server.pid for server in servers}) == 1
    assert sum(not server.adopted for server in servers) == 1


def test_what_was_committed_survives_kills(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    run(server, "CREATE TABLE t (a int)")
    for number in range(3):
        run(server, f"INSERT INTO t VALUES ({number})")
        kill(server)
        watch = Stopwatch()
        server.start()
        assert quick(watch.wall, 5)
        assert not server.adopted
    assert ask(server, "SELECT count(*) FROM t") == 3


def get_stuck(server: EmbeddedPostgres) -> None:
    """Kill a backend, and then the process that recovers from that."""
    assert server.pid is not None
    main = psutil.Process(server.pid)
    for _ in range(10):
        run(server, "CREATE TABLE IF NOT EXISTS t (a int)")
        run(server, "INSERT INTO t SELECT generate_series(1, 300000)")
        with psycopg.connect(server.url) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
        while not accepts(server):
            for child in main.children():
                with suppress(psutil.Error):
                    if "startup" in " ".join(child.cmdline()):
                        child.kill()
                        return
        server.start()
    pytest.fail("its recovery was always too quick to be killed")


def accepts(server: EmbeddedPostgres) -> bool:
    with suppress(psycopg.OperationalError):
        return ask(server, "SELECT true") is True
    return False


def test_a_server_that_waits_for_ever_is_ended(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    get_stuck(server)
    with pytest.raises(psycopg.OperationalError):
        ask(server, "SELECT 1")

    def ended() -> bool:
        server.end_if_stuck()
        return not server.is_alive()

    wait_until(ended)
    assert ask(server.start(), "SELECT count(*) >= 300000 FROM t") is True


def test_who_adopts_a_server_that_waits_for_ever_replaces_it(
    tmp_path: Path, make_server: Make
) -> None:
    first = make_server(tmp_path / "var").start()
    get_stuck(first)
    watch = Stopwatch()
    assert ask(make_server(tmp_path / "var").start(), "SELECT 1") == 1
    assert quick(watch.wall, 15)


def test_a_server_at_work_is_left_alone(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    before, clock = server.pid, Clock()
    server.clock = clock
    while clock.now <= 2 * STUCK_SECONDS:
        clock.go_on(LOOK_SECONDS)
        server.end_if_stuck()
    assert server.pid == before
    assert ask(server, "SELECT 1") == 1


def test_a_killed_child_of_another_process_is_replaced(tmp_path: Path, make_server: Make) -> None:
    """The old pid is a zombie then, for as long as its parent does not look."""
    state = tmp_path / "var"
    code = (
        "import sys; from pathlib import Path\n"
        "from api.database.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), fsync=False).start()\n"
        "print(server.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stdout is not None
        old = int(parent.stdout.readline())
        os.kill(old, signal.SIGKILL)
        server = make_server(state).start()
        assert psutil.Process(old).status() == psutil.STATUS_ZOMBIE
        assert server.pid != old
        assert ask(server, "SELECT 1") == 1
    finally:
        parent.kill()
        parent.wait()
        assert parent.stdout is not None
        parent.stdout.close()


@pytest.mark.parametrize("pid", [None, 1, 2**22 - 7], ids=["ours", "init", "nobody"])
def test_a_stale_pid_file_and_socket_stop_nothing(
    tmp_path: Path, make_server: Make, pid: int | None
) -> None:
    """The numbers of a living process of ours, of another user's, and of none."""
    pid = pid or os.getpid()
    server = make_server(tmp_path / "var").start()
    pid_file = server.place.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    lock = Path(lines[4]) / ".s.PGSQL.5432.lock"
    left = lock.read_text().splitlines()
    kill(server)
    pid_file.write_text("\n".join([str(pid), *lines[1:], ""]))
    lock.write_text("\n".join([str(pid), *left[1:], ""]))
    assert running_pid(server.place.data) is None
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_a_server_whose_socket_vanished_is_started_anew(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    old = server.pid
    shutil.rmtree(sockets(server))
    server.start()
    assert server.pid != old
    assert ask(server, "SELECT 1") == 1


def test_a_very_long_state_folder_works_twice(tmp_path: Path, make_new_server: Make) -> None:
    state = tmp_path / ("long-" * 20) / ("longer-" * 20) / "var"
    server = make_new_server(state).start()
    folder = sockets(server)
    assert len(str(folder)) < 90
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    url = server.url
    kill(server)
    server.start()
    assert server.url == url, "children keep their URL over a restart"


def test_two_state_folders_are_two_servers(tmp_path: Path, make_server: Make) -> None:
    one, other = make_server(tmp_path / "a/var").start(), make_server(tmp_path / "b/var").start()
    run(one, "CREATE TABLE only_here (a int)")
    assert one.pid != other.pid
    assert ask(other, "SELECT to_regclass('only_here')") is None
    other.stop()
    assert ask(one, "SELECT 1") == 1


def test_a_moved_state_folder_takes_its_data_along(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    run(server, "CREATE TABLE t (a int)")
    (tmp_path / "var").rename(tmp_path / "moved")
    moved = make_server(tmp_path / "moved").start()  # while the server runs
    assert moved.adopted
    moved.stop()
    moved.start()
    assert ask(moved, "SELECT to_regclass('t')") == "t"


def test_a_copied_state_folder_never_shares_the_server(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    run(server, "CREATE TABLE t (a int)")
    subprocess.run(["cp", "-a", tmp_path / "var", tmp_path / "copy"], check=True)
    copy = make_server(tmp_path / "copy")
    if os.geteuid() == 0:
        with pytest.raises(CannotStart, match="is a copy of"):
            copy.start()
    else:
        assert not copy.start().adopted
        assert copy.pid != server.pid
    assert ask(server, "SELECT 1") == 1


def test_a_copy_of_a_long_path_has_a_socket_of_its_own(tmp_path: Path, make_server: Make) -> None:
    if os.geteuid() == 0:
        pytest.skip("as root the socket's path is always short, and a copy is refused")
    state = tmp_path / ("long-" * 20) / "var"
    server = make_server(state).start()
    server.stop()
    subprocess.run(["cp", "-a", state, state.parent / "copy"], check=True)
    server.start()
    copy = make_server(state.parent / "copy").start()
    assert copy.url != server.url
    assert copy.pid != server.pid


def test_an_interrupted_making_is_made_anew(tmp_path: Path, make_new_server: Make) -> None:
    server = make_new_server(tmp_path / "var")
    server.locate()
    unfinished = server.place.home / "data-unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    assert ask(server.start(), "SELECT 1") == 1
    assert not unfinished.exists()


def test_it_says_why_it_does_not_start(tmp_path: Path, make_server: Make) -> None:
    server = make_server(tmp_path / "var").start()
    server.stop()
    with (server.place.data / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'much'\n")
    with pytest.raises(CannotStart, match="configuration file"):
        server.start()
    (server.place.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match="PostgreSQL 17"):
        server.start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_midst_of_a_start_leaves_no_server_behind(
    tmp_path: Path, make_server: Make, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """The server's process is there already, its pid file is not."""
    server = make_server(tmp_path / "var").start()
    server.stop()
    plain = subprocess.Popen

    def popen(*arguments: Any, **options: Any) -> Any:
        process = plain(*arguments, **options)
        os.kill(os.getpid(), number)
        return process

    def unwind(*_: object) -> None:
        raise InterruptedError

    before = signal.signal(number, unwind)
    try:
        monkeypatch.setattr(subprocess, "Popen", popen)
        with pytest.raises(CannotStart):
            server.start()
    finally:
        signal.signal(number, before)
    server.stop()
    wait_until(lambda: not [p for p in psutil.process_iter(["cwd"]) if is_of(p, server)])


def is_of(process: psutil.Process, server: EmbeddedPostgres) -> bool:
    return bool(process.info["cwd"] == str(server.place.data))


def test_the_state_folder_is_private(tmp_path: Path, make_new_server: Make) -> None:
    outer = tmp_path / "outer"
    outer.mkdir(mode=0o755)
    outer.chmod(0o755)
    make_new_server(outer / "var").start()
    assert stat.S_IMODE((outer / "var").stat().st_mode) == 0o700
    assert stat.S_IMODE(outer.stat().st_mode) == 0o755


def test_an_empty_folder_is_narrowed_and_a_strange_one_refused(
    tmp_path: Path, make_server: Make
) -> None:
    empty, strange = tmp_path / "empty", tmp_path / "strange"
    for folder in (empty, strange):
        folder.mkdir()
        folder.chmod(0o755)
    (strange / "thesis.odt").touch()
    make_server(empty).start()
    assert stat.S_IMODE(empty.stat().st_mode) == 0o700
    with pytest.raises(CannotStart, match="other files"):
        make_server(strange).start()
    assert stat.S_IMODE(strange.stat().st_mode) == 0o755
