"""What people do in the middle of the flow: go back, reload, press twice, come too late."""

import re

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from api.database.session import transaction
from tests.browser.hosts import Hosts
from tests.browser.stage import SPLIT, Stage
from tests.browser.states import PATHS, PERSON, details, fill, letters, press
from tests.browser.test_pages import opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STORED = text("SELECT count(*) FROM submissions")


async def stored(stage: Stage) -> int:
    async with transaction(stage.services.engine) as session:
        return int(await session.scalar(STORED))


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_back_keeps_what_was_typed(
    shared_browser: Browser, stage: Stage, scripts: bool
) -> None:
    context, page, _ = await opened(shared_browser, scripts=scripts, scheme="light", width=390)
    await letters(page, stage, "en")
    await fill(page, story="Because of my grandmother.")
    await page.locator("button[value=back]").click()
    assert await page.locator("[name=given_name]").input_value() == "Ani"
    await press(page)
    assert await page.locator("[name=story]").input_value() == "Because of my grandmother."
    await context.close()


async def test_the_browsers_back_leads_to_the_form_again(
    shared_browser: Browser, stage: Stage, scripts: bool
) -> None:
    context, page, _ = await opened(shared_browser, scripts=scripts, scheme="light", width=390)
    await details(page, stage, "hy")
    await expect(page.locator("[name=district]")).to_have_count(2)
    await page.wait_for_load_state()
    await page.go_back()
    await fill(page, **PERSON)
    await press(page)
    await expect(page.locator("[name=district]")).to_have_count(2)
    await context.close()


async def test_reloading_a_screen_repeats_it_and_nothing_else(
    shared_browser: Browser, stage: Stage, scripts: bool
) -> None:
    context, page, _ = await opened(shared_browser, scripts=scripts, scheme="light", width=390)
    before = await stored(stage)
    await letters(page, stage, "en")
    await expect(page.locator("h1")).to_have_text("Your 4 letters")
    await page.wait_for_load_state()
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Your 4 letters")
    await press(page)
    await page.wait_for_url("**/sent/**")
    await page.reload()
    assert await stored(stage) == before + 1
    await context.close()


async def test_pressing_send_twice_sends_once(
    shared_browser: Browser, stage: Stage, scripts: bool
) -> None:
    context, page, _ = await opened(shared_browser, scripts=scripts, scheme="light", width=1280)
    before = await stored(stage)
    await letters(page, stage, "es")
    await page.locator(".send > button").dblclick()
    await page.wait_for_url("**/sent/**")
    assert await stored(stage) == before + 1
    await context.close()


async def test_a_step_whose_approval_is_gone_asks_to_read_once_more(
    shared_browser: Browser, stage: Stage
) -> None:
    context, page, _ = await opened(shared_browser, scripts=True, scheme="light", width=390)
    await letters(page, stage, "en")
    await fill(page, story="Because of my grandmother.")
    gone = "document.querySelector('[name=approval]').value = 'a1.0.x.y'"
    await page.evaluate(gone)
    await press(page)
    await expect(page.locator(".notice[role=alert]")).to_contain_text("read them once more")
    assert await page.locator("[name=story]").input_value() == "Because of my grandmother."
    await press(page)
    await page.wait_for_url("**/sent/**")
    await context.close()


async def test_a_link_that_was_used_says_so(shared_browser: Browser, stage: Stage) -> None:
    context, page, _ = await opened(shared_browser, scripts=False, scheme="light", width=390)
    token = await stage.write("em@example.org", **SPLIT)
    await page.goto(f"{stage.site}/confirm/{token}?lang=en")
    await page.locator(".send > button").click()
    await page.wait_for_url("**/me/**")
    await page.goto(f"{stage.site}/confirm/{token}?lang=en")
    await expect(page.locator("h1")).to_have_text("This link has been used")
    await context.close()


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element that fits has the focus."""
    for _ in range(60):
        if await page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"no Tab leads to {selector} on {page.url}")


async def test_the_whole_way_by_keyboard(shared_browser: Browser, stage: Stage) -> None:
    context, page, _ = await opened(shared_browser, scripts=False, scheme="light", width=1280)
    await page.goto(f"{stage.site}{PATHS['campaign']}?lang=en")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to(page, "[name=given_name]")
    for typed in ("Ani", "Petrosyan", "fo@example.org", "02138"):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[name=district]")
    await tab_to(page, "[name=district]")
    await page.keyboard.press("Space")
    await tab_to(page, "form .button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[name=story]")
    await tab_to(page, "[name=story]")
    await page.keyboard.type("Because of my grandmother.")
    await tab_to(page, ".letter:not([open]) > summary")
    await page.keyboard.press("Enter")
    await tab_to(page, ".letter + .letter textarea")
    await tab_to(page, ".send > button")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sent/**")
    await expect(page.locator("h1")).to_have_text("Check your email")
    await context.close()


async def test_errors_are_announced_and_lead_to_their_fields(
    shared_browser: Browser, stage: Stage
) -> None:
    context, page, _ = await opened(shared_browser, scripts=False, scheme="light", width=390)
    await page.goto(f"{stage.site}{PATHS['campaign']}?lang=en")
    await press(page)
    assert (await page.title()).startswith("Error: ")
    summary = page.get_by_role("alert")
    await expect(summary).to_be_focused()
    entries = await summary.get_by_role("link").all_inner_texts()
    assert len(entries) == 4
    for words, link in zip(entries, await summary.get_by_role("link").all(), strict=True):
        target = str(await link.get_attribute("href"))[1:]
        field = page.locator(f"[id='{target}']")
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(re.compile(re.escape(words)))
    await context.close()


async def test_buttons_of_the_script_copy_and_count(shared_browser: Browser, stage: Stage) -> None:
    context, page, _ = await opened(shared_browser, scripts=True, scheme="light", width=390)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(f"{stage.site}{stage.paths['me-troubled']}?lang=en")
    button = page.get_by_role("button", name="Copy the letter").first
    await button.click()
    await expect(button.locator("+ [role=status]")).to_have_text("Copied")
    assert (await page.evaluate("navigator.clipboard.readText()")).startswith("Dear ")
    await details(page, stage, "es")
    await page.locator("[name=district]").first.check()
    await press(page)
    await fill(page, story="ñandú")
    counter = page.locator("[data-counts=story]")
    await expect(counter).to_contain_text("5 de 1.500")
    # As the server counts: an accent with its letter, a family of five characters, one line end.
    await fill(page, story="e\u0301\n\U0001f468\u200d\U0001f469\u200d\U0001f467")
    await expect(counter).to_contain_text("7 de 1.500")
    await fill(page, story="\u200b a\u00adb\ufeff\u2060\u200e ")
    await expect(counter).to_contain_text("2 de 1.500")
    await fill(page, story="x" * 3199)
    await expect(counter).to_have_text("3.199 de 1.500 caracteres: sobran 1.699")
    await expect(counter).to_have_attribute("aria-live", "polite")
    await context.close()


async def test_the_card_reports_its_height_and_asks_the_page_to_follow_its_link(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    """As WordPress frames it: scripts and nothing else, a secret in the fragment."""
    context, page, _ = await opened(shared_browser, scripts=True, scheme="light", width=700)
    source = f"{stage.site}/card/reverse-907-waiver?lang=en#?secret=abc"
    listening = "<script>heard=[];addEventListener('message',e=>heard.push(e.data))</script>"
    frame = f"<iframe sandbox='allow-scripts' width=600 height=260 src='{source}'></iframe>"
    await page.goto(hosts.stranger.put(listening + frame, path="/card"))
    await _listen(page, stage)
    await context.close()


async def _listen(page: Page, stage: Stage) -> None:
    # The last one counts: before its layout a frame is one letter wide, and reports that height.
    told = "window.heard.filter(m => m.message === 'height').at(-1)"
    await page.wait_for_function(f"120 < {told}?.value && {told}.value < 400")
    assert await page.evaluate(f"{told}.secret") == "abc"
    await page.frames[1].locator("a").click()
    await page.wait_for_function("window.heard.some(m => m.message === 'link')")
    link = await page.evaluate("window.heard.find(m => m.message === 'link').value")
    assert link == f"{stage.site}/c/reverse-907-waiver"
