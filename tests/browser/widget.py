"""A browser at a partner's page: the form in each way of embedding, and how to walk through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import axe_playwright_python
from playwright.async_api import (
    Browser,
    BrowserContext,
    Frame,
    FrameLocator,
    Locator,
    Page,
    Response,
    Route,
    expect,
)

from tests.browser.hosts import Hosts, element, plain_frame
from tests.browser.stage import Stage

AXE: Final = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE: Final = """async ([rules, inline]) => {
  const where = inline ? 'undersigned-campaign' : document;
  const found = await axe.run(where, {runOnly: rules});
  return found.violations.map(v => [v.id, ...v.nodes.map(n => n.html.slice(0, 120))]);
}"""
LOOK: Final = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth) found.push(`wide: ${root.scrollWidth}`);
  const form = document.querySelector('undersigned-campaign')?.shadowRoot ?? document;
  for (const e of form.querySelectorAll('button, input:not([type=hidden]), select, textarea, ' +
      'summary, .summary a, .row a, .languages a')) {
    const box = e.getBoundingClientRect();
    if (box.height && box.height < 24 && !e.closest('.unseen'))
      found.push(`${box.height} high: ${e.outerHTML.slice(0, 90)}`);
  }
  return found;
}"""
LISTEN: Final = """
  window.heard = [];
  for (const kind of ['ready', 'invalid', 'ambiguous', 'preview', 'submitted', 'share', 'error'])
    addEventListener('undersigned:' + kind, event => heard.push([kind, event.detail]));
"""
PERSON: Final = {"given_name": "Ani", "family_name": "Petrosyan", "email": "ani@example.org"}
SPLIT: Final = "02138"
# As docs/partners.md tells it: behind a partner's address.
FIELDS_FILLED: Final = f"#given_name=Ani&zip={SPLIT}"


@dataclass
class Opened:
    """The form as it stands on a page: ``root`` finds what is in it, ``frame`` evaluates there."""

    page: Page
    root: Page | Locator | FrameLocator
    inline: bool = False
    scripts: bool = True
    said: list[str] = field(default_factory=list)
    documents: list[Response] = field(default_factory=list)

    @property
    def frame(self) -> Frame:
        embedded = [frame for frame in self.page.frames if "/embed/" in frame.url]
        return embedded[0] if embedded else self.page.main_frame

    async def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            await self.root.locator(f"[name='{name}']").first.fill(value)

    async def press(self) -> None:
        """The form's own button, which leads on."""
        await self.root.locator("#flow button.button:not(.quiet)").last.click()

    async def say_who(self, zip_code: str = SPLIT) -> None:
        await self.fill(**PERSON, zip=zip_code)
        await self.press()

    async def to_letters(self) -> None:
        await self.say_who()
        await self.root.locator("[name=district][value='MA-5']").check()
        await self.press()
        await expect(self.root.locator(".letter")).to_have_count(4)

    async def sent(self) -> None:
        await expect(self.root.locator("form[action*='/resend']")).to_be_visible()

    async def is_right(self) -> None:
        """No finding of axe, nothing too wide, nothing too small to hit."""
        if self.scripts:
            await _is_right(self.frame, inline=self.inline)
            return
        async with self._copy() as copy:
            await _is_right(copy.main_frame, inline=False)

    @asynccontextmanager
    async def _copy(self) -> AsyncIterator[Page]:
        """The last document in a page of its own: where no script runs, none can ask either.

        There only what asks runs, since the form's own scripts are not fetched.
        """
        document, browser = self.documents[-1], self.page.context.browser
        assert browser is not None
        body = await document.text()
        context = await browser.new_context(viewport=self.page.viewport_size, locale="en-US")
        page = await context.new_page()

        async def answer(route: Route) -> None:
            if route.request.resource_type == "document":
                await route.fulfill(body=body, content_type="text/html; charset=utf-8")
            elif route.request.resource_type == "script":
                await route.abort()
            else:
                await route.continue_()

        await page.route("**/*", answer)
        await page.goto(document.url)
        yield page
        await context.close()

    async def heard(self) -> list[str]:
        return [kind for kind, _ in await self.page.evaluate("heard")]


async def _is_right(frame: Frame, *, inline: bool) -> None:
    assert await frame.evaluate(LOOK) == []
    await frame.evaluate(AXE)
    assert await frame.evaluate(RUN_AXE, [RULES, inline]) == []


async def new_page(
    browser: Browser, *, scripts: bool = True, width: int = 1280, language: str = "en"
) -> tuple[BrowserContext, Opened]:
    """A page in a context of its own; ``said`` is what its console and dialogs say."""
    context = await browser.new_context(
        java_script_enabled=scripts,
        viewport={"width": width, "height": 844},
        locale="en-US",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    opened = Opened(page, page, scripts=scripts)
    page.on("console", lambda message: opened.said.append(message.text))
    page.on("pageerror", lambda error: opened.said.append(str(error)))
    page.on("dialog", lambda dialog: opened.said.append(f"dialog {dialog.message}"))
    page.on("response", lambda response: _keep(opened, response))
    await page.add_init_script(LISTEN)
    return context, opened


def _keep(opened: Opened, response: Response) -> None:
    if response.request.is_navigation_request() and not response.headers.get("location"):
        opened.documents.append(response)


def rooted(page: Page, surface: str) -> Page | Locator | FrameLocator:
    if surface == "inline":
        return page.locator("undersigned-campaign")
    return page if surface == "link" else page.frame_locator("iframe")


async def open_surface(
    opened: Opened, stage: Stage, hosts: Hosts, surface: str, language: str
) -> None:
    """Go to a partner's page whose form is in a "frame" or "inline" by the element, in a "plain"
    frame, or behind a "link"."""
    site = stage.site
    host = hosts.reader if surface == "inline" else hosts.partner
    partner = "lake" if surface == "inline" else "acme"
    if surface == "plain":
        body = plain_frame(site, partner=partner, lang=language)
    elif surface == "inline":
        body = element(site, partner=partner, lang=language, mode="inline")
    else:
        body = element(site, partner=partner, lang=language)
    await opened.page.goto(host.put(body))
    if surface == "link":
        await opened.page.locator("undersigned-campaign a").click()
        await opened.page.goto(f"{opened.page.url}?lang={language}&partner={partner}")
    opened.root, opened.inline = rooted(opened.page, surface), surface == "inline"
    await expect(opened.root.locator("#given_name")).to_be_visible()


# What a browser says of answers with errors, of the frame's policy, and of focus that it withholds.
REMARKS: Final = (
    "Failed to load resource: the server responded with a status of 4",
    "Unrecognized feature",
    "Blocked autofocusing",
    "Autofocus processing was blocked",
)


def complaints(said: list[str]) -> list[str]:
    return [line for line in said if not line.startswith(REMARKS)]
