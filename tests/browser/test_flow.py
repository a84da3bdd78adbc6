"""The main path in a real browser with scripts switched off, on a phone and on a desktop."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.app_fixtures import CAMPAIGN, Outbox

pytestmark = pytest.mark.browser

WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth > window.innerWidth"
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button:not([aria-hidden]), input:not([type=hidden]), select, textarea, summary, .button,' +
    'nav a, footer a, .summary a')]
  .filter(e => e.offsetParent && Math.min(e.offsetHeight, e.offsetWidth) < 24)
  .map(e => e.outerHTML.slice(0, 80))"""
OWN = "My grandmother was born in Stepanakert.\n\nShe left in 2023."


async def looks_right(page: Page) -> None:
    """Nothing is wider than the window, and everything can be hit (WCAG 2.2, 2.5.8)."""
    assert not await page.evaluate(WIDER_THAN_WINDOW), page.url
    assert await page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_from_the_list_to_the_letters(
    browser: Browser, site: str, outbox: Outbox, width: int
) -> None:
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 844}, locale="en-US"
    )
    page = await context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))

    await page.goto(site)
    await page.get_by_role("link", name="Reverse the Section 907 waiver").click()
    await say_who_and_where(page)
    await write(page)
    await outbox.work()
    assert len(outbox.mails) == 1
    await page.goto(f"{site}/confirm/{outbox.tokens('confirm')[0]}")
    await looks_right(page)
    await page.get_by_role("button", name="Try out my 4 letters, which go to nobody").click()
    await outbox.work()
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your letters")
    await looks_right(page)

    assert set(outbox.letters) == {"president", "house:MA-5", "senate:MA:1", "senate:MA:2"}
    assert all(OWN in letter for letter in outbox.letters.values())
    # The one page with errors was answered 422, which the browser logs.
    assert [line for line in refused if "422" not in line] == []
    assert await context.cookies() == []
    await context.close()


async def say_who_and_where(page: Page) -> None:
    """Screen 1, first with errors, then by keyboard alone; then the district of a split ZIP."""
    await looks_right(page)
    await page.get_by_label("Given name").fill("Ani")
    await page.get_by_role("button", name="Go to my letters").click()

    assert (await page.title()).startswith("Error: Reverse the Section 907 waiver")
    await expect(page.locator(".summary")).to_be_focused()
    await looks_right(page)
    await page.get_by_role("link", name="Enter your family name").click()
    await expect(page.get_by_label("Family name")).to_be_focused()
    for typed in ("Petrosyan", "ani@example.org", "02138"):
        await page.keyboard.type(typed)
        await page.keyboard.press("Enter" if typed.isdecimal() else "Tab")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Where do you live?")
    await looks_right(page)
    await expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    await page.get_by_label("MA-5").check()
    await page.get_by_role("button", name="Go to my letters").click()


async def write(page: Page) -> None:
    """Screen 2, and the button pressed twice; then screen 3."""
    await looks_right(page)
    await page.get_by_label("Why does this matter to you?").fill(OWN)
    await page.get_by_label("City or town").fill("Cambridge")
    await page.get_by_role("button", name="Put it into the letters").click()
    await expect(page.locator(".story").first).to_contain_text("Stepanakert")
    await looks_right(page)
    await page.get_by_role("button", name="Try out my 4 letters, which go to nobody").dblclick()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    assert f"/c/{CAMPAIGN}/sent/" in page.url
    await looks_right(page)
