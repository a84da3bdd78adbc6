"""``python -m benchmarks.widget``: what the form costs on a phone, on each surface.

Debian's chromium, throttled over its DevTools protocol to 1.6 Mbit/s, 150 ms and a quarter of the
processor's speed, opens a page with the form and an empty cache. Times are medians of the rounds.
"""

import argparse
import asyncio
import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import psutil
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright, expect

from api.settings import ROOT
from benchmarks import table
from benchmarks.servers import Server, product
from tests.browser.axe import findings
from tests.browser.conftest import ARGS, CHROMIUM
from tests.browser.widget import INLINE, Opened, rooted

CAMPAIGN: Final = "reverse-907-waiver"
NETWORK: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER: Final = 4
# One renderer for page and frame, so that one session throttles both.
ONE_RENDERER: Final = (
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
)
SURFACES: Final = ("hosted", "frame", "inline")
HEADINGS: Final = (
    *("surface", "form visible ms", "blocked ms", "requests", "bytes", "fields"),
    *("axe findings", "cookies and stored"),
)
# In every document: when a first field is there to be seen, and how long tasks block the thread.
WATCH: Final = """
  window.blocked = 0;
  new PerformanceObserver(list => { for (const task of list.getEntries())
    window.blocked += task.duration - 50; }).observe({type: 'longtask', buffered: true});
  const look = () => {
    const element = document.querySelector('undersigned-campaign')?.shadowRoot ?? document;
    const field = element.querySelector('#given_name');
    if (field && innerHeight > 100 && field.getBoundingClientRect().height)
      window.visibleAt = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  look();
"""
FIELDS: Final = """() => {
  const root = document.querySelector('undersigned-campaign')?.shadowRoot ?? document;
  return root.querySelectorAll('#flow :is(input:not([type=hidden]), select, textarea)').length;
}"""
STORED: Final = "() => localStorage.length + sessionStorage.length"


@dataclass(frozen=True, slots=True)
class Look:
    """One opening of a page: milliseconds, counts, bytes on the wire with their headers."""

    visible: float
    blocked: float
    requests: int
    size: int
    fields: int
    findings: int
    stored: int


def host_page(site: str, surface: str) -> bytes:
    mode = ' mode="inline"' if surface == "inline" else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>A partner</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><h1>A partner</h1>'
        f'<undersigned-campaign src="{site}/c/{CAMPAIGN}"{mode}>'
        f'<a href="{site}/c/{CAMPAIGN}">Write to your representatives</a></undersigned-campaign>'
        f'<script type="module" src="{site}/w/1.js"></script>'
    ).encode()


@contextmanager
def partner(server: Server) -> Iterator[str]:
    """The origin of a partner's site, registered, with a page for each surface."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(host_page(server.url, self.path.strip("/")))

        def log_message(self, *_: Any) -> None: ...

    site = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    origin = f"http://localhost:{site.server_port}"
    _register(server, origin)
    try:
        yield origin
    finally:
        site.shutdown()


def _register(server: Server, origin: str) -> None:
    command = (sys.executable, "-c", "from api.cli import main; main()", "partner", "add", "bench")
    options = ("--name", "Bench", "--origin", origin, "--inline")
    environment = {**os.environ, "UNDERSIGNED_STATE_DIR": str(server.state)}
    environment.pop("DATABASE_URL", None)
    subprocess.run((*command, *options), env=environment, check=True, stdout=subprocess.DEVNULL)
    url = f"{server.url}/embed/{CAMPAIGN}"
    for _ in range(200):
        if origin in httpx.get(url, trust_env=False).headers["content-security-policy"]:
            return
        threading.Event().wait(0.1)
    raise SystemExit("the server does not know the partner")


async def look(browser: Browser, server: Server, host: str, surface: str) -> Look:
    """Open the page once, throttled, with an empty cache."""
    viewport = {"width": 390, "height": 844}
    context = await browser.new_context(viewport=viewport, locale="en-US")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.add_init_script(WATCH)
    session = await context.new_cdp_session(page)
    seen = await _throttle(session, server.url)
    address = f"{server.url}/c/{CAMPAIGN}" if surface == "hosted" else f"{host}/{surface}"
    await page.goto(address, wait_until="networkidle")
    frame = page.frames[-1]
    began = await page.evaluate("performance.timeOrigin")
    visible = float(await frame.evaluate("window.visibleAt")) - began
    made = Look(
        visible,
        float(await page.evaluate("window.blocked")),
        len(seen),
        sum(seen.values()),
        await frame.evaluate(FIELDS),
        await _findings(page, session, surface),
        await _stored(context, page),
    )
    await context.close()
    return made


async def _throttle(session: CDPSession, site: str) -> dict[str, int]:
    """Slow the page down; returns request -> bytes of what it then fetches from ``site``."""
    seen: dict[str, int] = {}

    def asked(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith(site):
            seen[event["requestId"]] = 0

    def came(event: dict[str, Any]) -> None:
        if event["requestId"] in seen:
            seen[event["requestId"]] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", came)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", NETWORK)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return seen


async def _findings(page: Page, session: CDPSession, surface: str) -> int:
    """What axe finds on the first screen, with errors, where a ZIP is split, and on the letters."""
    await session.send("Network.emulateNetworkConditions", {**NETWORK, "latency": 0})
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    embedded = {"hosted": "link"}.get(surface, surface)
    opened = Opened(page, rooted(page, embedded), inline=surface == "inline")
    total = 0
    for step in (None, opened.press, opened.say_who, opened.press, _chosen(opened)):
        if step is not None:
            await step()
            await page.wait_for_load_state("networkidle")
            await expect(opened.root.locator("[aria-busy=true]")).to_have_count(0)
        total += len(await findings(opened.frame, INLINE if opened.inline else None))
    return total


def _chosen(opened: Opened) -> Any:
    async def choose() -> None:
        await opened.root.locator("[name=district][value='MA-5']").check()
        await opened.press()

    return choose


async def _stored(context: BrowserContext, page: Page) -> int:
    kept = [await frame.evaluate(STORED) for frame in page.frames]
    return len(await context.cookies()) + int(sum(kept))


def _prefer_children() -> None:
    """Give the children priority on this machine (Linux, root): it schedules by session."""
    for process in psutil.Process().children(recursive=True):
        Path(f"/proc/{process.pid}/autogroup").write_text("-18")


async def measure(server: Server, host: str, rounds: int, *, prefer: bool) -> list[list[str]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGS, *ONE_RENDERER]
        )
        if prefer:
            _prefer_children()
        rows = []
        for surface in SURFACES:
            looks = [await look(browser, server, host, surface) for _ in range(rounds)]
            rows.append(_row(surface, looks))
        await browser.close()
    return rows


def _row(surface: str, looks: list[Look]) -> list[str]:
    return [
        surface,
        table.spread([each.visible for each in looks], "{:,.0f}"),
        table.spread([each.blocked for each in looks], "{:.0f}"),
        f"{median(each.requests for each in looks):.0f}",
        f"{median(each.size for each in looks):,.0f}",
        str(looks[0].fields),
        str(max(each.findings for each in looks)),
        str(max(each.stored for each in looks)),
    ]


def sizes() -> str:
    files = {name: (ROOT / "web" / name).read_bytes() for name in ("1.js", "widget.css")}
    packed = {name: len(gzip.compress(body)) for name, body in files.items()}
    return f"JavaScript and CSS of the widget, gzip: {json.dumps(packed)}, {sum(packed.values()):,}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.widget", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--prefer", action="store_true", help="before other work on this machine (Linux, root)"
    )
    chosen = parser.parse_args()
    if not CHROMIUM.exists():
        sys.exit("there is no /usr/bin/chromium: on Debian, install the package chromium")
    print(table.machine())
    print(sizes())
    with product(1) as server, partner(server) as host:
        rows = asyncio.run(measure(server, host, chosen.rounds, prefer=chosen.prefer))
    for row in (HEADINGS, ["---"] * len(HEADINGS), *rows):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
