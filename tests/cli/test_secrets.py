"""Which secrets a web process gets, and what others can read of a process's memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from api.cli.secrets import without_secrets
from api.settings import ROOT, Settings
from tests.cli.running import Serve

SECRETS = {
    "UNDERSIGNED_SMTP_URL": "smtps://mailer:s3cret@mail.example.org:465",
    "undersigned_cwc_house_key": "s3cret",
    "UNDERSIGNED_CWC_SENATE_KEY": "s3cret",
    "UNDERSIGNED_CWC_SENATE_PROXY": "http://mailer:s3cret@proxy.example.org:3128",
    "UNDERSIGNED_CWC_HOUSE": json.dumps({"KEY": "s3cret", "proxy": "http://u:s3cret@x.org"}),
}
OTHERS = {
    f"UNDERSIGNED_CWC_{chamber}_{name}": value
    for chamber in ("HOUSE", "SENATE")
    for name, value in {
        "AGENT": "The agent",
        "CONTACT_NAME": "Ani Petrosyan",
        "CONTACT_EMAIL": "ani@example.org",
        "CONTACT_PHONE": "202-555-0143",
        "ACK_EMAIL": "ack@example.org",
    }.items()
}


def test_a_web_process_knows_the_ways_and_not_the_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    told = without_secrets({**SECRETS, **OTHERS})
    assert "s3cret" not in json.dumps(told)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("UNDERSIGNED_CWC_HOUSE")
    settings = Settings()
    assert settings.cwc_house.configured
    assert settings.cwc_senate.configured
    assert settings.smtp_url is not None
    assert settings.smtp_url.get_secret_value() == "smtps://mail.example.org:465"


@pytest.mark.parametrize("name", ["UNDERSIGNED_SMTP_URL", "UNDERSIGNED_CWC_HOUSE"])
def test_what_cannot_be_read_is_not_handed_on(name: str) -> None:
    assert "s3cret" not in str(without_secrets({name: "smtp://u:s3cret@[::1"}))


def test_under_serve_only_the_worker_has_them(tmp_path: Path) -> None:
    before = os.umask(0)
    serve = Serve(tmp_path / "var", tmp_path / "log", **SECRETS, **OTHERS).ready()
    try:
        assert open_to_others(tmp_path / "var") == set()
        api, worker = serve.children("api"), serve.children("worker")
        assert api
        assert not any("s3cret" in str(each.environ()) for each in api)
        assert all("s3cret" in str(each.environ()) for each in worker)
        assert {psutil.Process(each.pid).rlimit(psutil.RLIMIT_CORE) for each in api + worker} == {
            (0, 0)
        }
        assert all("undersigned_app" in each.environ()["DATABASE_URL"] for each in api + worker)
    finally:
        os.umask(before)
        serve.stop()


def open_to_others(state: Path) -> set[str]:
    """What others than its owner (and the server's own group) can read, save programs."""
    folders = (state, (state / "postgres").resolve())
    files = (each for folder in folders for each in folder.rglob("*") if not each.is_symlink())
    ours = (each for each in files if not any("binaries" in part for part in each.parts))
    return {str(each) for each in ours if each.exists() and each.stat().st_mode & 0o007}


@pytest.mark.parametrize(
    "start",
    [
        (
            "import sys; sys.argv = ['undersigned', 'schema']; from api.cli import main\n"
            "try: main()\nexcept SystemExit: pass"
        ),
        "from pathlib import Path; from api.printing.child import main; main(Path('x'))",
    ],
    ids=["a command", "a child that prints"],
)
def test_no_process_shows_its_memory(start: str) -> None:
    look = (
        "import ctypes, resource, sys\n"
        "core = resource.getrlimit(resource.RLIMIT_CORE)\n"
        "print(core, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{start}\n{look}"],
        cwd=ROOT,
        env={**os.environ},
        input="",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip().endswith("(0, 0) 0")
