"""Everything that an operator can set, read once from the environment.

Variables begin with ``UNDERSIGNED_``, save ``DATABASE_URL``.
"""

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.setting_types import Origin, Proxies, Service, is_here

EMAIL = r"^[^@\s]+@[^.@\s]+\.[^@\s]+$"
ROOT = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ChamberSettings(BaseSettings):
    """How letters reach one chamber of Congress by its message system (CWC).

    Without a ``key`` the chamber is not used. What differs by chamber is in ``HouseSettings`` and
    ``SenateSettings``. None of a message's rules is here: those are in ``deliveries/channels/cwc``.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    key: SecretStr | None = None
    environment: Literal["test", "production"] = "test"
    # The delivery agent exactly as the chamber registered it for this key.
    agent: str | None = Field(default=None, min_length=4, max_length=500)
    contact_name: str | None = Field(default=None, min_length=6, max_length=500)
    contact_email: str | None = Field(default=None, pattern=EMAIL)
    contact_phone: str | None = Field(default=None, pattern=r"^[0-9]{3}-[0-9]{3}-[0-9]{4}$")
    ack_email: str | None = Field(default=None, pattern=EMAIL)
    pace: float = Field(default=2.0, gt=0, le=100)
    windows: str
    deduplicates: bool
    doubtful_retries: int = Field(default=2, ge=0, le=10)
    give_up_hours: int = Field(default=72, ge=1, le=24 * 14)
    timeout: float = Field(default=30.0, gt=0, le=90)
    offices_hours: float = Field(default=12.0, gt=0, le=12)
    bill_types: dict[str, str] = {}
    message_url: str | None = None
    offices_url: str | None = None
    sandbox_url: str | None = None
    key_header: str | None = None
    proxy: SecretStr | None = None

    @property
    def configured(self) -> bool:
        return self.key is not None

    @property
    def system(self) -> Literal["production", "test", "sandbox"]:
        """What takes the messages. A sandbox passes none on, whatever it stands in for."""
        return "sandbox" if self.sandbox_url is not None else self.environment

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """All of the credentials or none: half of them would fail at the first letter."""
        needed = ("agent", "contact_name", "contact_email", "contact_phone", "ack_email")
        prefix = self.model_config.get("env_prefix", "")
        missing = [f"{prefix}{name.upper()}" for name in needed if getattr(self, name) is None]
        if self.key is not None and missing:
            raise ValueError(f"with a key, set {', '.join(missing)} as well")
        meant = len(missing) < len(needed) or self.environment == "production"
        if self.key is None and meant:
            raise ValueError(f"set {prefix}KEY, or none of the settings that begin like it")
        return self


class HouseSettings(ChamberSettings):
    """The House's system. Whether it refuses an id that it took before is not known."""

    model_config = SettingsConfigDict(env_prefix="UNDERSIGNED_CWC_HOUSE_")

    windows: str = "daily 00:00-06:00"
    deduplicates: bool = False


class SenateSettings(ChamberSettings):
    """The Senate's system, which answers 409 to an id that it took before."""

    model_config = SettingsConfigDict(env_prefix="UNDERSIGNED_CWC_SENATE_")

    windows: str = "sun 00:00-06:00, wed 05:00-07:00"
    deduplicates: bool = True


class Settings(BaseSettings):
    """The settings of one process; immutable, so that a test makes its own."""

    model_config = SettingsConfigDict(env_prefix="UNDERSIGNED_", frozen=True, extra="ignore")

    env: Environment = Environment.DEVELOPMENT
    state_dir: Path = Path("var")
    public_url: Origin = "http://127.0.0.1:8000"
    # The owner's login, which makes and changes tables; only `migrate` and `serve` need it.
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    # A login that is only in the role undersigned_app: what the API, the worker and commands use.
    app_database_url: SecretStr | None = None
    key_ring: Path | None = None
    smtp_url: SecretStr | None = None
    # Mails that anybody can ask for, in any 60 minutes, all processes together.
    mail_per_hour: int = Field(default=5000, ge=1)
    mail_from: str = "Undersigned <no-reply@localhost>"
    # Where returned mail is fetched to: the worker reads it.
    returned_mail: Path | None = None
    trusted_proxies: Proxies = ()
    geocoder_url: Service | None = None
    # Where a changed version of this program can be read, as its license asks (AGPL, section 13).
    source_url: Service | None = None
    log_level: str = "info"
    metrics_token: SecretStr | None = None

    # A letter that could not be sent for this long expires.
    delivery_expiry_days: int = Field(default=60, ge=1)
    mail_letters: bool = False
    mail_letters_pace: float = Field(default=2.0, gt=0, le=100)
    cwc_house: HouseSettings = Field(default_factory=HouseSettings)
    cwc_senate: SenateSettings = Field(default_factory=SenateSettings)

    # Who asked to be erased, outside the database: see api/privacy/ledger.py.
    erasure_ledger: Path | None = None

    # Who is a suspect: see api/supporters/suspicion.py.
    suspect_per_client: int = Field(default=40, ge=1)
    suspect_domains: Path | None = None

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

    @field_validator("public_url")
    @classmethod
    def _encrypted(cls, url: str, info: ValidationInfo) -> str:
        """In production, mailed links and forms travel encrypted, except on the machine itself."""
        production = info.data.get("env") is Environment.PRODUCTION
        if production and url.startswith("http:") and not is_here(urlsplit(url).hostname):
            raise ValueError(f"in production it begins with https://: write {url[:4]}s{url[4:]}")
        return url

    @property
    def production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @property
    def key_ring_file(self) -> Path:
        return self.key_ring or self.state_dir / "keys.json"

    @property
    def erasure_ledger_file(self) -> Path:
        return self.erasure_ledger or self.state_dir / "erasures.jsonl"

    @property
    def outbox_dir(self) -> Path:
        """Where development writes mails and letters; it holds personal data."""
        return self.state_dir / "outbox"
