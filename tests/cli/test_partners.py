"""``undersigned partner`` on a database of its own."""

import pytest
from typer.testing import CliRunner, Result

from api.cli import load_commands
from api.partners.registry import NoPartner


@pytest.fixture
def run(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> CliRunner:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    return CliRunner()


def said(run: CliRunner, *arguments: str) -> Result:
    result = run.invoke(load_commands(), ["partner", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_partner_is_added_changed_listed_and_ended(run: CliRunner) -> None:
    assert "no partners" in said(run, "list").output
    said(run, "add", "acme", "--name", "Acme", "--origin", "https://acme.example")
    assert "acme  frame  Acme  https://acme.example" in said(run, "list").output
    said(run, "add", "acme", "--name", "Acme Society", "--inline")  # no origin: refused
    origins = ("--origin", "https://a.example", "--origin", "https://B.example/")
    said(run, "add", "acme", "--name", "Acme Society", *origins, "--inline")
    assert "inline  Acme Society  https://a.example https://b.example" in said(run, "list").output
    assert "counts stay" in said(run, "end", "acme").output
    assert "acme" not in said(run, "list").output
    assert "acme  ended" in said(run, "list", "--all").output
    with pytest.raises(NoPartner):
        said(run, "end", "acme")


@pytest.mark.parametrize(
    "arguments",
    [
        ("Acme!", "--name", "Acme", "--origin", "https://acme.example"),
        ("acme", "--name", "  ", "--origin", "https://acme.example"),
        ("acme", "--name", "Acme", "--origin", "https://*.example"),
        ("acme", "--name", "Acme"),
    ],
)
def test_what_is_no_partner_is_refused_whole(run: CliRunner, arguments: tuple[str, ...]) -> None:
    assert said(run, "add", *arguments).exit_code == 2
    assert "acme" not in said(run, "list", "--all").stdout
