"""What differs between the two systems: names, hosts, paths, and how a bill is spelled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from api.errors import DomainError
from api.settings import ChamberSettings, Settings

HTTPS_PORTS: Final = (None, 443)


class CwcMisconfigured(DomainError):
    """The settings of a chamber cannot work; the sentence says which one and what is needed."""

    status = 500
    code = "cwc_misconfigured"
    title = "A chamber's message system is not set up"


@dataclass(frozen=True, slots=True)
class Chamber:
    """``origins`` and ``message_paths`` are by environment; no other domain than ``domain`` is
    contacted."""

    name: str
    said: str
    domain: str
    prefix: str
    origins: Mapping[str, str]
    message_paths: Mapping[str, str]
    offices_path: str
    bill_types: Mapping[str, str]


HOUSE: Final = Chamber(
    name="house",
    said="House",
    domain="house.gov",
    prefix="H",
    origins={"production": "https://cwc.house.gov", "test": "https://uat-cwc.house.gov"},
    message_paths={"production": "/v2/message", "test": "/v2/message"},
    offices_path="/v2/offices",
    bill_types={
        name: name
        for name in (
            *("hamdt", "hconres", "hjres", "hr", "hres"),
            *("s", "samdt", "sconres", "sjres", "sres"),
        )
    },
)

SENATE: Final = Chamber(
    name="senate",
    said="Senate",
    domain="senate.gov",
    prefix="S",
    origins={
        "production": "https://soapbox.senate.gov",
        "test": "https://soapbox.senate.gov",
    },
    message_paths={
        "production": "/api/production-messages/",
        "test": "/api/testing-messages/",
    },
    offices_path="/api/active_offices",
    bill_types={
        "hamdt": "H.Amdt.",
        "hconres": "H.Con.Res",  # without a dot at its end, unlike the others
        "hjres": "H.J.Res.",
        "hr": "H.R.",
        "hres": "H.Res.",
        "s": "S.",
        "samdt": "S.Amdt.",
        "sconres": "S.Con.Res.",
        "sjres": "S.J.Res.",
        "sres": "S.Res.",
    },
)


CHAMBERS: Final = (HOUSE.name, SENATE.name)


def chambers_of(settings: Settings) -> Iterator[tuple[Chamber, ChamberSettings]]:
    """Each chamber with what is set for it, configured or not."""
    yield HOUSE, settings.cwc_house
    yield SENATE, settings.cwc_senate


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a chamber's messages go, and where its list of offices is."""

    message: str
    offices: str

    @classmethod
    def of(cls, chamber: Chamber, settings: ChamberSettings, *, production: bool) -> "Endpoints":
        """By the settings; ``production`` is the installation's own environment.

        Raises CwcMisconfigured for an address outside of the chamber's domain, and for a sandbox
        that is not on this machine or stands in for the real thing.
        """
        environment = settings.environment
        origin = chamber.origins[environment]
        if settings.sandbox_url is not None:
            origin = _sandbox(chamber, settings, production=production)
        message = origin + chamber.message_paths[environment]
        offices = origin + chamber.offices_path
        if settings.sandbox_url is None:
            message = _pinned(chamber, settings.message_url or message)
            _meant(chamber, environment, message)
            offices = _pinned(chamber, settings.offices_url or offices)
        return cls(message, offices)


def _meant(chamber: Chamber, environment: str, url: str) -> None:
    """Raises CwcMisconfigured for an address of the other environment's system: what the pages say
    about the letters would not be true."""
    for other in chamber.origins.keys() - {environment}:
        elsewhere = chamber.origins[other] != chamber.origins[environment]
        known = chamber.origins[other] if elsewhere else chamber.message_paths[other]
        if known.strip("/") in url.lower():
            raise CwcMisconfigured(
                f"UNDERSIGNED_CWC_{chamber.name.upper()}_MESSAGE_URL is an address of its {other} "
                f"system: set UNDERSIGNED_CWC_{chamber.name.upper()}_ENVIRONMENT={other}, with the "
                "key for it."
            )


def _sandbox(chamber: Chamber, settings: ChamberSettings, *, production: bool) -> str:
    url = settings.sandbox_url or ""
    parts = urlsplit(url)
    if production:
        raise CwcMisconfigured(
            f"UNDERSIGNED_CWC_{chamber.name.upper()}_SANDBOX_URL is for development: a sandbox "
            "takes letters and passes none on. Leave it out in production."
        )
    if parts.scheme not in {"http", "https"} or not _is_here(parts.hostname) or parts.query:
        raise CwcMisconfigured(
            f"UNDERSIGNED_CWC_{chamber.name.upper()}_SANDBOX_URL has to be on this machine, "
            "such as http://127.0.0.1:8110."
        )
    return url.rstrip("/")


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _pinned(chamber: Chamber, url: str) -> str:
    """``url`` if it is the chamber's own, by https and nothing else in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    own = host == chamber.domain or host.endswith(f".{chamber.domain}")
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme != "https" or port not in HTTPS_PORTS or not own or not plain:
        raise CwcMisconfigured(
            f"The addresses of the {chamber.said} system have to be https and under "
            f"{chamber.domain}, without a query: look at UNDERSIGNED_CWC_{chamber.name.upper()}_*."
        )
    return url
