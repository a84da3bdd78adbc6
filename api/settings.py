"""Everything that an operator can set, read once from the environment.

Variables begin with ``UNDERSIGNED_``, save ``DATABASE_URL``.
"""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The settings of one process; immutable, so that a test makes its own."""

    model_config = SettingsConfigDict(env_prefix="UNDERSIGNED_", frozen=True, extra="ignore")

    env: Environment = Environment.DEVELOPMENT
    state_dir: Path = Path("var")
    public_url: str = "http://127.0.0.1:8000"
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    key_ring: Path | None = None
    smtp_url: SecretStr | None = None
    mail_from: str = "Undersigned <no-reply@localhost>"
    trusted_proxies: tuple[str, ...] = ()
    geocoder_url: str | None = None
    log_level: str = "info"
    metrics_token: SecretStr | None = None

    # A letter that could not be sent for so long is not sent any more.
    delivery_expiry_days: int = Field(default=60, ge=1)

    # How long data stays: see api/privacy.
    retention_unconfirmed_hours: int = Field(default=72, ge=1)
    retention_client_days: int = Field(default=14, ge=1)
    retention_words_days: int = Field(default=30, ge=1)
    retention_personal_days: int = Field(default=183, ge=1)

    campaigns_dir: Path = ROOT / "campaigns"
    templates_dir: Path = ROOT / "templates"
    data_dir: Path = ROOT / "data"
    web_dir: Path = ROOT / "web"
    locale_dir: Path = ROOT / "locale"

    @property
    def production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @property
    def key_ring_file(self) -> Path:
        return self.key_ring or self.state_dir / "keys.json"

    @property
    def outbox_dir(self) -> Path:
        """Where development writes mails and letters; it holds personal data."""
        return self.state_dir / "outbox"
