"""``undersigned sandbox`` as it is started, and what a chamber's settings say when they are off."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.waiting import PATIENCE, wait_until

COMMAND = (sys.executable, "-c", "from api.cli import main; main()")


def test_it_answers_and_keeps_its_ledger(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = tmp_path / "script.yaml"
    script.write_text("house:\n  keys: [abc]\n  offices: [HCA30]\n")
    options = ("--port", str(port), "--script", str(script), "--ledger", str(tmp_path / "ledger"))
    process = subprocess.Popen([*COMMAND, "sandbox", *options], stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/v2/offices?apikey=abc"
        assert answer(url).json() == ["HCA30"]
        assert (tmp_path / "ledger").exists()
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answer(url: str) -> httpx.Response:
    def listens() -> bool:
        with suppress(httpx.ConnectError):
            return bool(httpx.get(url))
        return False

    wait_until(listens)
    return httpx.get(url)


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("KEY", "planted", "with a key, set UNDERSIGNED_CWC_HOUSE_AGENT"),
        ("AGENT", "Example Campaigns", "set UNDERSIGNED_CWC_HOUSE_KEY"),
        ("ENVIRONMENT", "production", "set UNDERSIGNED_CWC_HOUSE_KEY"),
        ("ENVIRONMENT", "real", "the setting cwc_house_environment is refused"),
        ("PACE", "0", "the setting cwc_house_pace is refused"),
    ],
)
def test_a_start_with_half_of_the_credentials_is_refused(
    setting: str, value: str, says: str, tmp_path: Path
) -> None:
    environment = {
        f"UNDERSIGNED_CWC_HOUSE_{setting}": value,
        "UNDERSIGNED_STATE_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [*COMMAND, "serve", "--port", "0"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "planted" not in done.stderr
    assert "Traceback" not in done.stderr
