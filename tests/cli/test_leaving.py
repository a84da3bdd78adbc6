"""What ``serve`` says that it sends is what router and transport would send."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.cli.serve import leaving
from api.settings import Environment, HouseSettings, SenateSettings, Settings
from tests.deliveries.channels.sandboxed import CREDENTIALS

URL = SecretStr("postgresql://nobody@127.0.0.1:1/none")
SMTP = {
    "smtp_url": SecretStr("smtp://someone:secret@mail.example.org:587"),
    "mail_from": "Undersigned <no-reply@example.org>",
}
REAL = {**CREDENTIALS, "environment": "production"}
DEVELOPMENT, PRODUCTION = Environment.DEVELOPMENT, Environment.PRODUCTION
NOTHING = "sends nothing to anyone"


def said(folder: Path, env: Environment, **settings: Any) -> list[str]:
    return leaving(Settings(env=env, state_dir=folder, DATABASE_URL=URL, **settings))


def test_a_first_run_sends_nothing(tmp_path: Path) -> None:
    lines = said(tmp_path, DEVELOPMENT)
    assert lines[0] == NOTHING
    assert all(str(tmp_path) in line and "sent to nobody" in line for line in lines[1:])


@pytest.mark.parametrize(
    ("env", "settings", "wanted"),
    [
        (DEVELOPMENT, SMTP, "mails are sent through mail.example.org:587"),
        (DEVELOPMENT, {**SMTP, "mail_letters": True}, "with a mail address are sent through mail"),
        (DEVELOPMENT, {"cwc_house": HouseSettings(**REAL)}, "House are sent to cwc.house.gov"),
        (
            PRODUCTION,
            {**SMTP, "cwc_senate": SenateSettings(**CREDENTIALS)},
            "letters to the Senate go to the test system at soapbox.senate.gov, and to no office",
        ),
        (
            DEVELOPMENT,
            {"cwc_house": HouseSettings(**CREDENTIALS)},
            "letters to the House go to the test system at uat-cwc.house.gov, and to no office",
        ),
        (
            DEVELOPMENT,
            {"geocoder_url": "https://geocoder.example.org"},
            "streets are looked up at https://geocoder.example.org",
        ),
        (PRODUCTION, SMTP, "letters to the House are sent by their writers themselves"),
        (PRODUCTION, SMTP, "letters to offices with a mail address are sent through mail"),
    ],
)
def test_what_leaves_is_said(
    tmp_path: Path, env: Environment, settings: dict[str, Any], wanted: str
) -> None:
    lines = said(tmp_path, env, **settings)
    assert NOTHING not in lines
    assert any(wanted in line for line in lines), lines
    assert not any("secret" in line for line in lines)


def test_a_sandbox_counts_as_sending_to_nobody(tmp_path: Path) -> None:
    house = HouseSettings(**REAL, sandbox_url="http://127.0.0.1:8110")
    lines = said(tmp_path, DEVELOPMENT, cwc_house=house)
    assert lines[0] == NOTHING
    assert "letters to the House go to the sandbox at 127.0.0.1:8110, and to no office" in lines
