"""A browser at a partner's page: the form in each way of embedding, and how to walk through it."""

from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import (
    Browser,
    BrowserContext,
    Frame,
    FrameLocator,
    Locator,
    Page,
    Response,
    expect,
)

from tests.browser.axe import copied, documents_of, findings
from tests.browser.hosts import Hosts, element, plain_frame
from tests.browser.stage import Stage

INLINE: Final = "undersigned-campaign"  # where the form is, on a page that has it inline
LOOK: Final = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth) found.push(`wide: ${root.scrollWidth}`);
  const form = document.querySelector('undersigned-campaign')?.shadowRoot ?? document;
  for (const e of form.querySelectorAll('button, input:not([type=hidden]), select, textarea, ' +
      'summary, .summary a, .row a')) {
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
            await _is_right(self.frame, INLINE if self.inline else None)
            return
        async with copied(self.page, self.documents[-1]) as copy:
            await _is_right(copy.main_frame)

    async def heard(self) -> list[str]:
        return [kind for kind, _ in await self.page.evaluate("heard")]


async def _is_right(frame: Frame, within: str | None = None) -> None:
    assert await frame.evaluate(LOOK) == []
    assert await findings(frame, within) == []


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
    opened = Opened(page, page, scripts=scripts, documents=documents_of(page))
    page.on("console", lambda message: opened.said.append(message.text))
    page.on("pageerror", lambda error: opened.said.append(str(error)))
    page.on("dialog", lambda dialog: opened.said.append(f"dialog {dialog.message}"))
    await page.add_init_script(LISTEN)
    return context, opened


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
