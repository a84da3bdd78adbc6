"""Making a cluster, and the configuration that it runs with."""

import os
import shutil
import subprocess
from pathlib import Path

from api.database.account import Account, account_of
from api.database.binaries import MAJOR
from api.database.folders import CannotStart, private_folder
from api.database.place import PORT, Place
from api.database.roles import APP_ROLE, OWNER_ROLE

DATABASE = "undersigned"
SUPERUSER = "postgres"

# Run by the server alone, before anybody can connect: afterwards nobody needs the superuser.
BOOTSTRAP = (
    f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB",
    f"CREATE ROLE {APP_ROLE} NOLOGIN",
    f"GRANT {APP_ROLE} TO {OWNER_ROLE} WITH INHERIT FALSE, SET TRUE",
    f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
    f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
)
# Also run on older clusters, made before processes had a login of their own.
APP_LOGIN = (
    f"ALTER ROLE {APP_ROLE} LOGIN",
    f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP_ROLE}",
)

SETTINGS = {
    # No personal data reaches the log: no statements, no values, and no errors of statements
    # ("log" ranks above "error" here), only messages about the server itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_connections": "",
    "log_lock_waits": "off",
    "log_autovacuum_min_duration": "-1",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # A small server; ALTER SYSTEM overrides each of these.
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
}
# For tests only: a crash of the machine may lose everything.
UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
}


def initialise(place: Place, programs: Path, *, fsync: bool) -> None:
    """Make the cluster with its roles and its empty database, replacing an unfinished one."""
    unfinished = place.home / "data-unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    private_folder(unfinished, place.account.uid, place.account.gid)
    _run(place.account, programs / "initdb", *_initdb_options(unfinished, fsync=fsync))
    _as_superuser(place.account, programs, unfinished, BOOTSTRAP)
    unfinished.rename(place.data)


def has_app_login(place: Place) -> bool:
    """Whether the app role of this cluster may log in."""
    return (place.home / "app-login").exists()


def let_app_log_in(place: Place, programs: Path) -> None:
    """Give processes a login that cannot become the owner; while the server does not run."""
    if not has_app_login(place):
        _as_superuser(place.account, programs, place.data, APP_LOGIN)
        (place.home / "app-login").touch(0o600)


def _as_superuser(
    account: Account, programs: Path, data: Path, statements: tuple[str, ...]
) -> None:
    """Run statements in the server's single-user mode, which takes one per blank line (-j)."""
    _run(
        account,
        *(programs / "postgres", "--single", "-j", "-c", "log_min_messages=warning"),
        *("-c", "exit_on_error=on", "-D", data, SUPERUSER),
        commands=";\n\n".join((*statements, "")),
    )


def _initdb_options(data: Path, *, fsync: bool) -> list[str | Path]:
    options: list[str | Path] = ["--pgdata", data, "--username", SUPERUSER, "--encoding=UTF8"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    options += ["--auth=peer", "--no-instructions"]
    return options if fsync else [*options, "--no-sync"]


def _run(account: Account, program: Path, *arguments: str | Path, commands: str = "") -> None:
    options = account.popen_options()
    del options["stdin"]
    done = subprocess.run(  # noqa: S603 - our own programs
        [program, *arguments], input=commands, capture_output=True, check=False, text=True,
        cwd="/", **options,
    )  # fmt: skip
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
        raise CannotStart(f"{program.name} could not make the database: {reason}")


def check_version(place: Place) -> None:
    """Raise CannotStart if the cluster was made by another major version of PostgreSQL."""
    found = (place.data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise CannotStart(
            f"The database in {place.home} is of PostgreSQL {found}, and this installation has "
            f"{MAJOR}. Go back to the version that made it, dump it, and restore it here."
        )


def configure(place: Place, sockets: Path, *, fsync: bool) -> list[str]:
    """Write the configuration; returns the server's arguments.

    What keeps others out is among the arguments, which nothing in the database can override.
    """
    folder = place.settings
    folder.mkdir(mode=0o750, exist_ok=True)
    if not place.account.is_self:
        os.chown(folder, 0, place.account.gid)
    settings = SETTINGS if fsync else SETTINGS | UNSAFE
    _write(folder / "postgresql.conf", [f"{key} = '{value}'" for key, value in settings.items()])
    _write(folder / "pg_hba.conf", _who_may_connect())
    _write(folder / "pg_ident.conf", _who_is_whom(place.account))
    fixed = {
        "config_file": folder / "postgresql.conf",
        "hba_file": folder / "pg_hba.conf",
        "ident_file": folder / "pg_ident.conf",
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": sockets,
        "unix_socket_permissions": "0700",
        "logging_collector": "off",
    }
    return [part for key, value in fixed.items() for part in ("-c", f"{key}={value}")]


def _who_may_connect() -> list[str]:
    return [
        f"local all         {OWNER_ROLE} peer map=undersigned",
        f"local all         {APP_ROLE} peer map=undersigned",
        f"local all         {SUPERUSER} peer map=undersigned",
        f"local replication {SUPERUSER} peer map=undersigned",
    ]


def _who_is_whom(account: Account) -> list[str]:
    """Map users of the system to roles; ``nobody``, which is many programs, becomes no one."""
    user = account_of(os.geteuid()).name
    lines = [f'undersigned "{user}" {role}' for role in (OWNER_ROLE, APP_ROLE)]
    if not account.shared:
        lines.append(f'undersigned "{account.name}" {SUPERUSER}')
    return lines


def _write(file: Path, lines: list[str]) -> None:
    new = file.with_suffix(".new")
    new.write_text("\n".join(("# Written at each start; use ALTER SYSTEM instead.", *lines, "")))
    new.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(new, 0, file.parent.stat().st_gid)
    new.replace(file)
