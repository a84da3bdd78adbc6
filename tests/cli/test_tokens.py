"""``undersigned token``: made, shown once, listed, revoked."""

from uuid import UUID

import pytest
from typer.testing import CliRunner

from api.cli import load_commands
from api.errors import NotFound


def test_a_token_is_shown_once_listed_and_revoked(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    runner = CliRunner()

    def say(*arguments: str) -> tuple[str, str]:
        result = runner.invoke(load_commands(), ["token", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout, result.stderr

    assert "no tokens yet" in say("list")[1]
    wanted = ("--scope", "stats", "--scope", "sign-ons", "--name", "the dashboard")
    token, said = say("create", *wanted)
    assert len(token.strip()) == 43
    made = said.split()[0]
    listed = say("list")[0]
    assert token.strip() not in listed
    assert f"{made}  the dashboard  sign-ons,stats" in listed
    assert "never used" in listed
    assert say("revoke", made) == ("Revoked.\n", "")
    assert "revoked" in say("list")[0]
    with pytest.raises(NotFound):
        say("revoke", str(UUID(int=1)))
    assert "Invalid value" in say("create", "--scope", "everything", "--name", "x")[1]
