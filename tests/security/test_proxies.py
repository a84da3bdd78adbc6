"""What is kept of proxies that hid their visitors."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from api.security import proxies
from api.security.clients import Trouble
from api.security.proxies import FILE, MOST, ProxyNotes, noted

PROXY = ip_address("127.0.0.1")


class Log:
    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def warning(self, event: str, **told: Any) -> None:
        self.lines.append({"event": event, **told})


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()
    monkeypatch.setattr(proxies, "log", made)
    return made


def now() -> datetime:
    return datetime.now(UTC)


def test_each_is_told_once_by_all_processes_together(tmp_path: Path, log: Log) -> None:
    first, second = ProxyNotes(tmp_path), ProxyNotes(tmp_path)
    for notes in (first, first, second):
        notes.note(PROXY, Trouble.UNTRUSTED)
    second.note(PROXY, Trouble.MALFORMED)
    assert [line["why"] for line in log.lines] == ["untrusted_proxy", "malformed_forwarding"]
    assert {line["proxy"] for line in log.lines} == {"127.0.0.1"}
    assert [note.why for note in noted(tmp_path, now())] == [Trouble.UNTRUSTED, Trouble.MALFORMED]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_it_is_told_again_while_it_goes_on(
    tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "AGAIN", timedelta(0))
    notes = ProxyNotes(tmp_path)
    for _ in range(2):
        notes.note(PROXY, Trouble.UNTRUSTED)
    assert len(log.lines) == 2
    assert len(noted(tmp_path, now())) == 1


def test_after_a_day_it_is_forgotten(tmp_path: Path, log: Log) -> None:
    ProxyNotes(tmp_path).note(PROXY, Trouble.UNTRUSTED)
    assert len(noted(tmp_path, now() + timedelta(hours=23))) == len(log.lines) == 1
    assert noted(tmp_path, now() + timedelta(hours=25)) == []


def test_a_crowd_of_addresses_fills_neither_log_nor_file(tmp_path: Path, log: Log) -> None:
    notes = ProxyNotes(tmp_path)
    for number in range(1, 200):
        notes.note(ip_address(f"10.0.0.{number}"), Trouble.UNTRUSTED)
    assert len(log.lines) == len(noted(tmp_path, now())) == MOST


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"null", b'[{"proxy": "x"}]', b"\xff"])
def test_a_broken_file_is_none(tmp_path: Path, log: Log, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert noted(tmp_path, now()) == []
    ProxyNotes(tmp_path).note(PROXY, Trouble.UNTRUSTED)
    assert len(noted(tmp_path, now())) == len(log.lines) == 1


def test_a_folder_that_cannot_be_written_costs_nobody_an_answer(tmp_path: Path, log: Log) -> None:
    notes = ProxyNotes(tmp_path / "not" / "there")
    for _ in range(2):
        notes.note(PROXY, Trouble.UNTRUSTED)
    assert len(log.lines) == 1
