"""``serve --reload``: a good edit shows, a broken one changes nothing and is told."""

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.settings import ROOT
from tests.cli.running import Serve
from tests.waiting import PATIENCE, wait_until

Start = Callable[..., Serve]

FILE = "reverse-907-waiver.yaml"
TITLE = "  en: Reverse the Section 907 waiver\n"


def title(server: Serve) -> str:
    try:
        cards = httpx.get(f"{server.url}/api/v1/campaigns", timeout=20, trust_env=False).json()
    except httpx.TransportError:
        return ""
    return str(next(c["title"] for c in cards["items"] if c["slug"] == "reverse-907-waiver"))


@pytest.mark.timeout(4 * PATIENCE)
def test_a_broken_edit_keeps_the_last_good_version(serve: Start, tmp_path: Path) -> None:
    campaigns = tmp_path / "campaigns"
    shutil.copytree(ROOT / "campaigns" / "dossier", campaigns / "dossier")
    shutil.copy(ROOT / "campaigns" / FILE, campaigns)
    edited = campaigns / FILE
    good = edited.read_text()
    assert TITLE in good
    arguments = ("--port", "0", "--workers", "1", "--reload")
    # No stand-in: this is about what the real app reads.
    server = serve(*arguments, PYTHONPATH="", UNDERSIGNED_CAMPAIGNS_DIR=str(campaigns)).ready()
    assert title(server) == "Reverse the Section 907 waiver"

    edited.write_text(good.replace("topic: International Affairs", "topic: Astrology"))
    wait_until(lambda: "the last good version stays" in server.said)
    assert f"{FILE}:" in server.said, "with file, line and column"
    assert title(server) == "Reverse the Section 907 waiver"
    assert "starting again" not in server.said

    edited.write_text(good.replace(TITLE, "  en: Another title\n"))
    wait_until(lambda: title(server) == "Another title")
