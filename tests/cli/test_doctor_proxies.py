"""The doctor says when visitors cannot be told apart."""

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from api.cli.doctor_proxies import proxies
from api.findings import Finding
from api.security.clients import Trouble
from api.security.proxies import ProxyNotes
from api.settings import Settings


def look(state: Path, *seen: tuple[str, Trouble], **given: Any) -> Finding:
    for proxy, why in seen:
        ProxyNotes(state).note(ip_address(proxy), why)
    return proxies(Settings(state_dir=state, **given), datetime.now(UTC))


def test_nothing_is_said_where_there_is_no_proxy(tmp_path: Path) -> None:
    assert look(tmp_path) == Finding("proxies", True, "none is named, and none was seen")


@pytest.mark.parametrize("env", ["development", "production"])
def test_https_without_a_proxy_cannot_be(tmp_path: Path, env: str) -> None:
    site = {"public_url": "https://act.example.org", "env": env}
    forgotten = look(tmp_path, **site)
    assert not forgotten.well
    assert "UNDERSIGNED_TRUSTED_PROXIES" in forgotten.advice[0]
    assert look(tmp_path, **site, trusted_proxies=("127.0.0.1",)).well


def test_a_forgotten_proxy_that_was_seen(tmp_path: Path) -> None:
    forgotten = look(tmp_path, ("10.0.0.7", Trouble.UNTRUSTED))
    assert not forgotten.well
    assert "10.0.0.7 passes on" in forgotten.seen
    assert '["10.0.0.7"]' in forgotten.advice[0]
    assert look(tmp_path, trusted_proxies=("10.0.0.0/8",)).well, "it is named since"
    assert not look(tmp_path, trusted_proxies=("127.0.0.1",)).well


@pytest.mark.parametrize("why", [Trouble.MALFORMED, Trouble.MISSING])
def test_a_proxy_that_names_nobody(tmp_path: Path, why: Trouble) -> None:
    silent = look(tmp_path, ("127.0.0.1", why), trusted_proxies=("127.0.0.1",))
    assert not silent.well
    assert "X-Forwarded-For" in silent.advice[0]
    assert look(tmp_path).well, "it is no longer named"
