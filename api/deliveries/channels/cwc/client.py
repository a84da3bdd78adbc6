"""The HTTP client for one chamber. Only the result of a request leaves this module.

The key is in the address, as the systems want it, so no address, no request and no exception
of the HTTP library may reach a log; ``api.logs.unlogged_requests`` drops the library's own lines.
"""

import asyncio
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import httpx
from lxml import etree

from api.deliveries.channels.cwc.chambers import Endpoints
from api.logs import unlogged_requests
from api.outgoing import UNQUEUED
from api.settings import ChamberSettings

CONNECT_SECONDS: Final = 10.0
LARGEST_ANSWER: Final = 64 * 1024
LARGEST_LIST: Final = 2 * 1024 * 1024
LONGEST_PAUSE: Final = timedelta(hours=72)
# Handshakes that were cut off say nothing about certificates.
CUT_OFF: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
# Errors, or an HTML page such as a firewall's: no system accepts a letter with such an answer.
DENIAL: Final = re.compile(rb"<([\w.-]+:)?(error|html)[\s>]", re.IGNORECASE)


class End(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"
    NOT_CONNECTED = "not_connected"  # certain: nothing was sent
    BROKEN = "broken"  # the other side may have taken it
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Answer:
    """``texts`` are the errors in the body, or the whole body if it has none. They may quote a
    letter, so they never leave the channel. ``denied``: the body reports errors, whatever the
    status is."""

    end: End
    status: int = 0
    texts: tuple[str, ...] = ()
    retry_after: timedelta | None = None
    denied: bool = False


class NoOffices(Exception):
    """The list of offices could not be fetched; the text is a stable word."""


class CwcClient:
    """One chamber in one environment. Keep one per process, and close it at the end."""

    def __init__(self, endpoints: Endpoints, settings: ChamberSettings) -> None:
        """``settings`` have a key; ``endpoints`` have been checked."""
        assert settings.key is not None
        key = settings.key.get_secret_value()
        self._endpoints = endpoints
        self._timeout = settings.timeout
        self._params = {} if settings.key_header else {"apikey": key}
        self._client = httpx.AsyncClient(
            headers={settings.key_header: key} if settings.key_header else {},
            timeout=httpx.Timeout(settings.timeout, connect=CONNECT_SECONDS),
            proxy=settings.proxy.get_secret_value() if settings.proxy else None,
            limits=UNQUEUED,
            trust_env=False,
            follow_redirects=False,
        )

    @property
    def host(self) -> str:
        """The host that messages go to, with its port where it is not the usual one."""
        return urlsplit(self._endpoints.message).netloc

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, payload: bytes) -> Answer:
        """Send one message. Never raises for what a server or a network does."""
        headers = {"Content-Type": "application/xml"}
        request = self._client.build_request(
            "POST", self._endpoints.message, params=self._params, content=payload, headers=headers
        )
        with unlogged_requests():
            try:
                response, body = await self._exchange(request, LARGEST_ANSWER)
            except Exception as error:  # noqa: BLE001 (whatever it is, it may name the address)
                return Answer(_end_of(error))
        return Answer(
            End.ANSWERED,
            response.status_code,
            read_errors(body),
            read_retry_after(response.headers.get("retry-after"), datetime.now(UTC)),
            denied=DENIAL.search(body) is not None,
        )

    async def offices(self) -> bytes:
        """The body of the list of active offices. Raises NoOffices."""
        request = self._client.build_request("GET", self._endpoints.offices, params=self._params)
        with _named(), unlogged_requests():
            response, body = await self._exchange(request, LARGEST_LIST)
        if response.status_code != httpx.codes.OK:
            raise NoOffices(f"http_{response.status_code}")
        return body

    async def _exchange(self, request: httpx.Request, most: int) -> tuple[httpx.Response, bytes]:
        """The answer, with its body up to a limit of size and time."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        async with asyncio.timeout_at(deadline):
            response = await self._client.send(request, stream=True)
        body = bytearray()
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > most:
                        break
        except (httpx.HTTPError, TimeoutError):
            # The status is known already, and a body that breaks off does not change it.
            pass
        finally:
            await response.aclose()
        return response, bytes(body[:most])


@contextmanager
def _named() -> Iterator[None]:
    """What goes wrong, as NoOffices with a word for it."""
    failed = None
    try:
        yield
    except Exception as error:  # noqa: BLE001 (as above)
        failed = _end_of(error)
    if failed:  # outside of the handler, so that the cause is not carried along
        raise NoOffices(failed)


def _end_of(error: Exception) -> End:
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return End.TLS if _is_about_tls(error) else End.NOT_CONNECTED
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.ProxyError, httpx.InvalidURL)):
        return End.NOT_CONNECTED
    return End.BROKEN


def _is_about_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return not isinstance(cause, CUT_OFF)
        cause = cause.__cause__ or cause.__context__
    return False


def read_errors(body: bytes) -> tuple[str, ...]:
    """The texts of ``<Errors><Error>…``, or the whole body where it is not of that form."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return (body.decode(errors="replace"),) if body else ()
    errors = [" ".join(str(each.xpath("string()")).split()) for each in root.iter("{*}Error")]
    return tuple(errors) or (body.decode(errors="replace"),)


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """``Retry-After`` as seconds or a date (RFC 9110, 10.2.3); None where it says neither."""
    if value is None:
        return None
    try:
        if value.strip().isascii() and value.strip().isdecimal():
            pause = timedelta(seconds=min(int(value), int(LONGEST_PAUSE.total_seconds())))
        else:
            until = parsedate_to_datetime(value)
            pause = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError):
        return None
    return min(max(pause, timedelta(0)), LONGEST_PAUSE)
