"""``undersigned doctor``'s checks of the outside: public URL, port, mail server, DNS records."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from api.errors import DomainError
from api.findings import Finding
from api.setting_types import is_here
from api.settings import Settings

SECONDS = 5.0
# The TXT records of a name; None when nobody can say.
Lookup = Callable[[str], Sequence[str] | None]


def look_outside(settings: Settings, lookup: Lookup, port: int) -> Iterator[Finding]:
    """Yield what is known of URL, port and mail; nothing is sent to anyone."""
    yield public_url(settings)
    yield port_finding(port)
    yield mail(settings)
    yield from mail_records(settings, lookup)


def public_url(settings: Settings) -> Finding:
    """The base of every link: in production https, and nobody's own machine. (What cannot be one
    at all is refused when settings are read.)"""
    url = settings.public_url
    advice = ("Set UNDERSIGNED_PUBLIC_URL to your address, such as https://act.example.org",)
    parts = urlsplit(url)
    safe = parts.scheme == "https" and not is_here(parts.hostname)
    return Finding("public URL", well=safe or not settings.production, seen=url, advice=advice)


def port_finding(port: int) -> Finding:
    """Free, or held by ``undersigned`` itself."""
    import httpx

    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS):
            pass
    except OSError:
        return Finding("port", well=True, seen=f"{port} is free")
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=SECONDS, trust_env=False)
        ours = answer.json() == {"status": "ok"}
    except (httpx.HTTPError, ValueError):
        ours = False
    seen = "undersigned answers" if ours else "another program answers"
    advice = ("Give serve another by --port, and doctor the same.",)
    return Finding("port", well=ours, seen=f"{seen} on {port}", advice=advice)


def mail(settings: Settings) -> Finding:
    """Whether the mail server is there and speaks SMTP; no password is given to it here."""
    from api.mail.smtp import SmtpUrl
    from api.mail.transport import make_transport

    try:
        make_transport(settings)
        if settings.smtp_url is None:
            return Finding("mail", well=True, seen="is written to files; nobody gets any")
        url = SmtpUrl.parse(settings.smtp_url.get_secret_value())
    except DomainError as error:
        return Finding("mail", well=False, seen=error.detail)
    try:
        asyncio.run(_greet(url.host, url.port, tls=url.tls))
    except (OSError, TimeoutError, ValueError) as error:
        advice = ("Look at UNDERSIGNED_SMTP_URL, and whether a firewall is in the way.",)
        seen = f"{url.host}:{url.port} does not answer ({type(error).__name__})"
        return Finding("mail", well=False, seen=seen, advice=advice)
    return Finding("mail", well=True, seen=f"{url.host}:{url.port} answers")


async def _greet(host: str, port: int, *, tls: bool) -> None:
    """Raises ValueError where something answers that is no mail server."""
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=host, port=port, use_tls=tls, start_tls=False, timeout=SECONDS
    )
    try:
        await client.connect()
        await client.ehlo()
    except aiosmtplib.SMTPException as error:
        raise ValueError("no mail server") from error
    finally:
        client.close()


def mail_records(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    """SPF and DMARC of the sender's domain, where mail leaves at all. (A DKIM record's name is
    only known to whoever signs.)"""
    from api.mail.message import Sender

    if settings.smtp_url is None:
        return
    try:
        domain = Sender.parse(settings.mail_from).domain
    except DomainError:
        return  # said by ``mail``
    yield _record("SPF", domain, "v=spf1", lookup)
    yield _record("DMARC", f"_dmarc.{domain}", "v=DMARC1", lookup)


def _record(name: str, place: str, begins: str, lookup: Lookup) -> Finding:
    found = lookup(place)
    if found is None:
        return Finding(name, well=True, seen=f"nobody here can say whether {place} has a record")
    there = any(record.startswith(begins) for record in found)
    seen = f"{place} has a record" if there else f"{place} has none"
    advice = (f"Add a TXT record that begins with {begins}: see docs/operators.md, Mail.",)
    return Finding(name, well=there, seen=seen, advice=advice)


def ask_dns(name: str) -> list[str] | None:
    """The TXT records of a name by this machine's resolver; None when it does not answer."""
    import dns.exception
    import dns.resolver

    try:
        answers = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        return None
    return [b"".join(record.strings).decode(errors="replace") for record in answers]
