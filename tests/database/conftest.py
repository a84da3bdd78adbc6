"""A PostgreSQL that somebody else administers, to be met through ``DATABASE_URL``."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from api.database.account import server_account
from api.database.binaries import copied_programs, programs
from tests.waiting import wait_until


@pytest.fixture(scope="session")
def foreign_cluster() -> Iterator[str]:
    """The administrator's URL of a cluster that trusts whoever reaches its private socket.

    It asks the login ``by_password`` for its password.
    """
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix="undersigned-foreign-"))
    folder.chmod(0o755)
    found = programs() if account.is_self else copied_programs(folder)
    data = folder / "data"
    data.mkdir()
    shutil.chown(data, account.uid, account.gid)
    options = account.popen_options() | {"cwd": data}
    subprocess.run(
        [found / "initdb", "-D", data, "-U", "admin", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True, **options,
    )  # fmt: skip
    hba = data / "pg_hba.conf"
    hba.write_text(f"local all by_password scram-sha-256\n{hba.read_text()}")
    server = subprocess.Popen(
        [found / "postgres", "-D", data, "-c", "listen_addresses=", "-k", data, "-F"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options,
    )  # fmt: skip
    url = f"postgresql://admin@/postgres?host={data}"
    wait_for(url)
    yield url
    server.terminate()
    server.wait(20)
    shutil.rmtree(folder)


@pytest.fixture
def foreign_database(foreign_cluster: str) -> Iterator[Callable[..., str]]:
    """Make a database owned by a new login user with given attributes; returns the user's URL."""
    made: list[str] = []

    def make(name: str, attributes: str = "", options: str = "") -> str:
        made.append(name)
        with psycopg.connect(foreign_cluster, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {name} LOGIN {attributes}".encode())
            admin.execute(f"CREATE DATABASE {name} OWNER {name} {options}".encode())
        return foreign_cluster.replace("admin@/postgres", f"{name}@/{name}")

    yield make
    with psycopg.connect(foreign_cluster, autocommit=True) as admin:
        for name in made:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for name in ("undersigned_owner", "undersigned_app", *made):
            admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def wait_for(url: str) -> None:
    def answers() -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            return True
        return False

    wait_until(answers)
