"""The shipped Caddyfile, run by a real Caddy before the real app."""

import os
import shutil
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

CADDY = shutil.which("caddy")
SHIPPED = ROOT / "deploy" / "Caddyfile"
TOKEN = "a-token-that-nobody-may-read"
needs_caddy = pytest.mark.skipif(CADDY is None, reason="no caddy: on Debian, apt install caddy")


def environment(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "PATH": os.environ["PATH"]}


@needs_caddy
def test_caddy_takes_it(tmp_path: Path) -> None:
    command = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(SHIPPED)]
    told = subprocess.run(
        command, capture_output=True, text=True, env=environment(tmp_path), timeout=60, check=False
    )
    assert told.returncode == 0, told.stderr


def test_it_bounds_what_the_documents_promise() -> None:
    """Checked even where there is no Caddy to run it."""
    text = SHIPPED.read_text()
    for needed in ("max_header_size 32KiB", "read_header", "read_body", "-Forwarded", "exclude"):
        assert needed in text
    assert "request_body" not in text


class Proxy:
    """A running Caddy: its port and its folder."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder, self.port = folder, free_port()
        _, self.trusting = make_contexts(folder)
        (folder / "Caddyfile").write_text(self._placed(SHIPPED.read_text(), upstream))
        command = [str(CADDY), "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=self.log, stderr=self.log
        )

    def _placed(self, shipped: str, upstream: int) -> str:
        """The file with this machine's ports and certificate, and nothing else changed."""
        certificate = f"tls {self.folder}/server.pem {self.folder}/server.pem"
        places = {
            "\tservers {": "\tadmin off\n\tauto_https off\n\tservers {",
            "act.example.org {": f"https://act.example.org:{self.port} {{\n\t{certificate}",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        }
        for found, put in places.items():
            assert found in shipped, found
            shipped = shipped.replace(found, put)
        return shipped

    def client(self, local: str = "127.0.0.9") -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(verify=self.trusting, local_address=local)
        url = f"https://act.example.org:{self.port}"
        hook = {"request": [self._to_this_machine]}
        return httpx.AsyncClient(transport=transport, base_url=url, timeout=60, event_hooks=hook)

    async def _to_this_machine(self, request: httpx.Request) -> None:
        request.headers["Host"] = "act.example.org"
        request.extensions["sni_hostname"] = "act.example.org"
        request.url = request.url.copy_with(host="127.0.0.1")


@pytest.fixture
async def proxy(server: uvicorn.Server, tmp_path: Path) -> AsyncIterator[Proxy]:
    folder = tmp_path / "caddy"
    folder.mkdir()
    made = Proxy(folder, port_of(server))
    await until(lambda: answers(made.port) or made.process.poll() is not None)
    assert made.process.poll() is None, (folder / "log").read_text()
    yield made
    made.process.terminate()
    made.process.wait()
    made.log.close()


@needs_caddy
class TestRunning:
    async def test_the_largest_form_is_taken_and_no_larger(self, proxy: Proxy) -> None:
        async with proxy.client() as visitor:
            for size, status in ((MAX_FORM, 422), (MAX_FORM + 1, 413)):
                body = b"story=" + b"x" * (size - len(b"story="))
                answer = await visitor.post(LETTERS, headers=FORM, content=body)
                assert answer.status_code == status

    async def test_headers_as_large_as_browsers_send(self, proxy: Proxy) -> None:
        async with proxy.client() as visitor:
            small, large = {"X-Large": "v" * 15_000}, {"X-Large": "v" * 40_000}
            assert (await visitor.get("/about", headers=small)).status_code == 200
            assert (await visitor.get("/about", headers=large)).status_code == 431

    async def test_the_security_headers_are_those_of_the_app(self, proxy: Proxy) -> None:
        async with proxy.client() as visitor:
            answer = await visitor.get("/about")
        for name, value in security_headers(Kind.PAGE, https=True):
            if name != b"cache-control":
                assert answer.headers.get_list(name.decode()) == [value.decode()], name

    async def test_forwarding_headers_of_the_client_count_for_nothing(
        self, proxy: Proxy, services: Services, form: Callable[..., Body]
    ) -> None:
        await told_apart(proxy.client, services, form)

    async def test_no_token_is_in_a_log(self, proxy: Proxy, server: uvicorn.Server) -> None:
        async with proxy.client() as visitor:
            for path in (f"/confirm/{TOKEN}", f"/me/{TOKEN}", f"/{TOKEN}"):
                await visitor.get(path, headers={"Referer": f"{SITE}{path}"})
                await visitor.post(path, headers=FORM, content=b"x" * (MAX_FORM + 1))
            for listener in server.servers:
                listener.close()
            server.should_exit = True
            while (await visitor.get(f"/confirm/{TOKEN}")).status_code != 502:
                pass
        logged = (proxy.folder / "log").read_text()
        assert TOKEN not in logged
        assert "127.0.0.9" not in logged
