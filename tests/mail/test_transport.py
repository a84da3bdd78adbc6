from pathlib import Path

import pytest
from pydantic import SecretStr

from api.mail.message import HeaderRefused
from api.mail.transport import EmlFolder, MailNotConfigured, Smtp, make_transport
from api.settings import Environment, Settings

OURS = "Letters <no-reply@letters.example.org>"
SERVER = SecretStr("smtps://user:hush@mail.example.org")


def settings(tmp_path: Path, **values: object) -> Settings:
    return Settings(state_dir=tmp_path / "state", **values)  # type: ignore[arg-type]


def test_development_writes_files(tmp_path: Path) -> None:
    transport = make_transport(settings(tmp_path))
    assert isinstance(transport, EmlFolder)
    assert transport.folder == tmp_path / "state" / "outbox" / "mail"


def test_a_server_is_used_where_one_is_set(tmp_path: Path) -> None:
    for env in Environment:
        chosen = make_transport(settings(tmp_path, env=env, smtp_url=SERVER, mail_from=OURS))
        assert isinstance(chosen, Smtp)
        assert "hush" not in repr(chosen)


def test_production_does_not_start_without_a_server(tmp_path: Path) -> None:
    with pytest.raises(MailNotConfigured, match="UNDERSIGNED_SMTP_URL"):
        make_transport(settings(tmp_path, env=Environment.PRODUCTION, mail_from=OURS))


def test_production_does_not_start_with_nobody_s_sender(tmp_path: Path) -> None:
    with pytest.raises(MailNotConfigured, match="UNDERSIGNED_MAIL_FROM"):
        make_transport(settings(tmp_path, env=Environment.PRODUCTION, smtp_url=SERVER))


def test_a_sender_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(HeaderRefused, match="UNDERSIGNED_MAIL_FROM"):
        make_transport(settings(tmp_path, mail_from="Letters"))
