"""The shipped configuration of nginx, run by a real nginx before the real app."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.edge import MAX_FORM
from api.security.headers import Kind, security_headers
from api.services import Services
from api.settings import ROOT
from tests.app_fixtures import Body
from tests.deploy.running import FORM, LETTERS, SITE, answers, free_port, told_apart
from tests.serving import port_of
from tests.tls import make_contexts
from tests.waiting import until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
SHIPPED = ROOT / "deploy" / "nginx" / "undersigned.conf"
TOKEN = "a-token-that-nobody-may-read"
pytestmark = pytest.mark.skipif(
    NGINX is None, reason="no nginx: on Debian, apt install nginx-light"
)


class Proxy:
    """A running nginx: its ports and its folder."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder, self.plain, self.port = folder, free_port(), free_port()
        _, self.trusting = make_contexts(folder)
        (folder / "shipped.conf").write_text(self._placed(SHIPPED.read_text(), upstream))
        (folder / "nginx.conf").write_text(self._around())
        self.process = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", "nginx.conf"])

    def _placed(self, shipped: str, upstream: int) -> str:
        """The file with this machine's ports and paths, and nothing else changed."""
        places = {
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/letsencrypt/live/act.example.org/fullchain.pem": f"{self.folder}/server.pem",
            "/etc/letsencrypt/live/act.example.org/privkey.pem": f"{self.folder}/server.pem",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
            "/var/log/nginx/": f"{self.folder}/",
        }
        for found, put in places.items():
            assert found in shipped, found
            shipped = shipped.replace(found, put)
        return shipped

    def _around(self) -> str:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        user = "user root;" if os.geteuid() == 0 else ""
        return (
            f"{user} daemon off; pid {self.folder}/pid; error_log {self.folder}/start.log emerg;"
            f"events {{}} http {{ {temporary} include {self.folder}/shipped.conf; }}"
        )

    def client(self, local: str = "127.0.0.9") -> httpx.AsyncClient:
        """A visitor at another address than the proxy's own."""
        transport = httpx.AsyncHTTPTransport(verify=self.trusting, local_address=local)
        headers = {"Host": "act.example.org"}
        url = f"https://127.0.0.1:{self.port}"
        return httpx.AsyncClient(transport=transport, base_url=url, headers=headers, timeout=60)

    def logged(self) -> str:
        """All that it wrote anywhere, apart from its own input."""
        given = {"nginx.conf", "shipped.conf", "server.pem"}
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return "".join(p.read_text(errors="replace") for p in files if p.name not in given)


@pytest.fixture
async def proxy(server: uvicorn.Server, tmp_path: Path) -> AsyncIterator[Proxy]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    made = Proxy(folder, port_of(server))
    await until(lambda: answers(made.port) or made.process.poll() is not None)
    assert made.process.poll() is None, made.logged()
    yield made
    made.process.terminate()
    made.process.wait()


@pytest.fixture
async def visitor(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    async with proxy.client() as made:
        yield made


async def test_the_largest_form_is_taken_and_no_larger(
    visitor: httpx.AsyncClient, proxy: Proxy
) -> None:
    for size, status in ((MAX_FORM, 422), (MAX_FORM + 1, 413)):
        body = b"story=" + b"x" * (size - len(b"story="))
        answer = await visitor.post(LETTERS, headers=FORM, content=body)
        assert answer.status_code == status
    assert not any((proxy.folder / "client_body").rglob("*")), "a form was written to disk"


async def test_a_form_in_pieces_arrives_whole(visitor: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for name in (b"given_name=", b"A", b"ni&zip", b"=82001"):
            yield name
            await asyncio.sleep(0)

    answer = await visitor.post(LETTERS, headers=FORM, content=pieces())
    assert (answer.status_code, 'value="Ani"' in answer.text) == (422, True)


async def test_headers_as_large_as_browsers_send(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/about", headers={"X-Large": "v" * 15_000})).status_code == 200
    assert (await visitor.get("/about", headers={"X-Large": "v" * 20_000})).status_code == 400


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/nowhere", Kind.PAGE), (f"/confirm/{TOKEN}", Kind.TOKEN_PAGE), ("/about", Kind.PAGE)],
)
async def test_the_security_headers_are_those_of_the_app(
    visitor: httpx.AsyncClient, path: str, kind: Kind
) -> None:
    answer = await visitor.get(path)
    for name, value in security_headers(kind, https=True):
        if name != b"cache-control":
            assert answer.headers.get_list(name.decode()) == [value.decode()], name


async def test_no_token_is_in_a_log(
    visitor: httpx.AsyncClient, proxy: Proxy, server: uvicorn.Server
) -> None:
    """Not when all is well, not when nginx refuses, and not when the app is away."""
    paths = [f"/{page}/{TOKEN}" for page in ("confirm", "me", "self-service", "unsubscribe")]
    paths += [f"//confirm/{TOKEN}", f"/%63onfirm/{TOKEN}", f"/confirm%2F{TOKEN}", f"/?t={TOKEN}"]
    paths += [f"/{TOKEN}", f"/{TOKEN}/confirm"]
    for path in paths:
        await visitor.get(path, headers={"Referer": f"{SITE}/me/{TOKEN}"})
        await visitor.post(path, headers=FORM, content=b"x" * (MAX_FORM + 1))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.plain}") as plain:
        await plain.get(f"/confirm/{TOKEN}", headers={"Host": "act.example.org"})
    for listener in server.servers:
        listener.close()
    server.should_exit = True
    while (await visitor.get(f"/confirm/{TOKEN}")).status_code != 502:
        pass
    assert " GET /confirm 410 " in proxy.logged()
    assert " GET /confirm 502 " in proxy.logged()
    assert TOKEN not in proxy.logged()
    assert "127.0.0.9" not in proxy.logged()


async def test_forwarding_headers_of_the_client_count_for_nothing(
    proxy: Proxy, services: Services, form: Callable[..., Body]
) -> None:
    await told_apart(proxy.client, services, form)


async def test_http_leads_to_the_public_url_whatever_the_host(proxy: Proxy) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.plain}") as plain:
        answer = await plain.get("/c/x?lang=hy", headers={"Host": "elsewhere.example.net"})
    assert (answer.status_code, answer.headers["location"]) == (308, f"{SITE}/c/x?lang=hy")


async def test_a_browser_on_the_site_may_post_and_another_site_may_not(
    visitor: httpx.AsyncClient,
) -> None:
    own, other = {"Origin": SITE}, {"Origin": "https://stranger.example.net"}
    assert (await visitor.post(LETTERS, headers={**FORM, **own})).status_code == 422
    assert (await visitor.post(LETTERS, headers={**FORM, **other})).status_code == 403


async def test_old_ciphers_are_not_spoken(proxy: Proxy) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", proxy.port)) as connection,
        pytest.raises(ssl.SSLError),
    ):
        await asyncio.to_thread(old.wrap_socket, connection)
