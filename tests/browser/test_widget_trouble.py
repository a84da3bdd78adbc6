"""Networks that fail, buttons pressed twice, ways back, steps that have expired."""

import asyncio
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Route, expect
from sqlalchemy import text

from api.database.session import transaction
from tests.app_fixtures import CAMPAIGN
from tests.browser.hosts import Hosts, element
from tests.browser.matrix import one_of
from tests.browser.stage import Stage
from tests.browser.widget import complaints, new_page, open_surface, rooted
from tests.sign_ons.signing import LETTER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SURFACES = ["frame", "inline"]
STORY = "My grandmother was born in Stepanakert."
TOO_MANY = """form => { for (let n = 0; n < 250; n++) {
  const field = form.appendChild(document.createElement('input'));
  [field.type, field.name] = ['hidden', 'updates'];
} }"""
COUNT = text("SELECT count(*) FROM submissions")


async def submissions(stage: Stage) -> int:
    async with transaction(stage.services.engine) as session:
        return int(await session.scalar(COUNT) or 0)


@pytest.mark.parametrize("surface", SURFACES)
async def test_a_failing_network_loses_nothing_and_leaves_a_way_to_go_on(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, surface, "en")
    await opened.to_letters()
    await opened.fill(story=STORY)
    before = await submissions(stage)
    await context.route("**/send", lambda route: route.abort())
    await opened.press()
    away = opened.root.locator(".away")
    await expect(away).to_be_visible()
    await expect(away).to_be_focused()
    await expect(opened.root.locator("#story")).to_have_value(STORY)
    assert (await opened.heard())[-1] == "error"
    await opened.is_right()
    async with context.expect_page() as coming:
        await away.get_by_role("button", name="Go on there").click()
    hosted = await coming.value
    await expect(hosted.locator("#story")).to_have_value(STORY)
    assert urlsplit(hosted.url).path == f"/c/{CAMPAIGN}/letters"
    await context.unroute("**/send")
    await opened.press()
    await opened.sent()
    assert await submissions(stage) == before + 1
    await context.close()


@pytest.mark.parametrize("surface", one_of(*SURFACES, few="frame"))
async def test_pressed_twice_on_a_slow_network_is_pressed_once(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    asked, pressed = 0, asyncio.Event()

    async def slowly(route: Route) -> None:
        nonlocal asked
        asked += 1
        await pressed.wait()
        await route.continue_()

    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, surface, "en")
    await opened.to_letters()
    before = await submissions(stage)
    await context.route("**/send", slowly)
    button = opened.root.locator("#flow button.button:not(.quiet)").last
    await button.dblclick()
    await expect(opened.root.locator("main[data-step]")).to_have_attribute("aria-busy", "true")
    pressed.set()
    await opened.sent()
    assert (asked, await submissions(stage)) == (1, before + 1)
    assert complaints(opened.said) == []
    await context.close()


async def test_in_a_frame_the_back_button_leads_through_the_screens(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, "frame", "en")
    url = opened.page.url
    await opened.to_letters()
    await opened.fill(story=STORY)
    await opened.page.evaluate("history.back()")
    await expect(opened.root.locator("[name=district]:checked")).to_have_value("MA-5")
    await opened.page.evaluate("history.back()")
    await expect(opened.root.locator("#given_name")).to_have_value("Ani")
    await opened.page.evaluate("history.go(2)")
    await expect(opened.root.locator("#story")).to_have_value(STORY)
    assert opened.page.url == url
    await opened.page.reload()
    await expect(opened.root.locator("#given_name")).to_be_visible()
    await opened.to_letters()
    await context.close()


@pytest.mark.parametrize("surface", one_of(*SURFACES, few="inline"))
async def test_an_expired_step_is_shown_again_with_what_was_written(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, surface, "en")
    await opened.to_letters()
    await opened.fill(story=STORY)
    stale = opened.root.locator("[name=approval]")
    await stale.evaluate("e => { e.value = e.value.replace(/^.../, 'old') }")
    await opened.press()
    await expect(opened.root.locator(".notice[role=alert]:not(.away)")).to_be_focused()
    await expect(opened.root.locator("#story")).to_have_value(STORY)
    await opened.press()
    await opened.sent()
    await context.close()


async def test_an_error_without_a_form_is_said_beside_what_was_typed(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    """Such as a form that cannot be read, or a campaign that closed meanwhile."""
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, "frame", "en")
    await opened.to_letters()
    await opened.fill(story=STORY)
    await opened.root.locator("#flow").evaluate(TOO_MANY)
    await opened.press()
    await expect(opened.root.locator(".away")).to_contain_text("send it again")
    await expect(opened.root.locator("#story")).to_have_value(STORY)
    await context.close()


async def test_by_keyboard_alone(shared_browser: Browser, stage: Stage, hosts: Hosts) -> None:
    """Tab, space, arrows and enter, from the first field to the last screen."""
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, "frame", "en")
    root, keys = opened.root, opened.page.keyboard

    async def tab_to(selector: str) -> None:
        for _ in range(80):
            await keys.press("Tab")
            if await root.locator(f"{selector}:focus").count():
                return
        raise AssertionError(selector)

    await tab_to("#given_name")
    for typed in ("Ani", "Petrosyan", "ani@example.org", "02138"):
        await keys.type(typed)
        await keys.press("Tab")
    await keys.press("Enter")
    await expect(root.locator("h1:focus")).to_have_text("Where do you live?")
    await tab_to("[name=district]")
    await keys.press("Space")
    await tab_to("button.button:not(.quiet)")
    await keys.press("Enter")
    await expect(root.locator("h1:focus")).to_have_text("Your 4 letters")
    await tab_to("#story")
    await keys.type(STORY)
    await tab_to(".send > button")
    await keys.press("Enter")
    await expect(root.locator("h1:focus")).to_have_text("Check your email")
    await context.close()


@pytest.mark.parametrize("surface", one_of(*SURFACES, few="frame"))
async def test_changing_the_language_loses_nothing_and_a_share_is_an_event(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, surface, "en")
    root = opened.root
    await opened.fill(given_name="Ani", zip="82001")
    await root.get_by_role("button", name="Español").click()
    await expect(root.locator("main[data-step]")).to_have_attribute("lang", "es")
    await expect(root.locator("#given_name")).to_have_value("Ani")
    await opened.fill(family_name="Petrosyan", email="ani@example.org")
    await opened.press()
    await expect(root.locator(".letter").first).to_be_visible()
    await opened.press()
    await opened.sent()
    assert "ref=" in await root.locator("#share-url").input_value()
    await root.locator("[data-copy]").click()
    await expect(root.locator("[data-said]").first).not_to_be_empty()
    await expect(root.locator("[data-copy]")).to_be_focused()
    assert (await opened.heard())[-2:] == ["submitted", "share"]
    await context.close()


CHOSEN = "form => [...new FormData(form)].filter(([name]) => !['lang', 'digest'].includes(name))"


@pytest.mark.parametrize("surface", one_of(*SURFACES, few="frame"))
async def test_changing_the_language_keeps_the_choices(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    """The way to sign, and the demands: one that was left out would return to the letters."""
    host = hosts.reader if surface == "inline" else hosts.partner
    mode = {"mode": "inline"} if surface == "inline" else {}
    context, opened = await new_page(shared_browser)
    for slug in (LETTER, "real-peace"):
        await opened.page.goto(host.put(element(stage.site, slug, **mode)))
        root = opened.root = rooted(opened.page, surface)
        await opened.fill(given_name="Ani")
        if slug == LETTER:
            await opened.fill(comment=STORY)
            await root.locator("[name=country]").select_option("FR")
            await root.locator("[name=display][value=name]").check()
            await root.locator("[name=updates]").check()
        else:
            await root.locator("#demands").select_option("out")
        chosen = await root.locator("#flow").evaluate(CHOSEN)
        await root.get_by_role("button", name="Español").click()
        await expect(root.locator("main[data-step]")).to_have_attribute("lang", "es")
        assert await root.locator("#flow").evaluate(CHOSEN) == chosen
    await context.close()


FIRST_SCREEN = """
- main:
  - heading "Reverse the Section 907 waiver" [level=1]
  - paragraph: /American law/
  - heading "Write your letters" [level=2]
  - paragraph: /Nothing is sent before/
  - text: Given name
  - textbox "Given name"
  - text: Family name
  - textbox "Family name"
  - text: Email
  - textbox "Email"
  - text: ZIP code
  - paragraph: It tells who represents you.
  - textbox "ZIP code"
  - button "Go to my letters"
"""


async def test_what_a_screen_reader_finds(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    context, opened = await new_page(shared_browser)
    await open_surface(opened, stage, hosts, "frame", "en")
    assert await opened.page.locator("iframe").get_attribute("title")
    root = opened.root.locator("main[data-step]")
    await expect(root).to_match_aria_snapshot(FIRST_SCREEN)
    await opened.press()
    alert = root.get_by_role("alert")
    await expect(alert).to_have_accessible_name("4 answers need another look")
    field = root.get_by_role("textbox", name="Given name")
    await expect(field).to_have_accessible_description("Error: Enter your given name")
    assert await field.get_attribute("aria-invalid") == "true"
    await context.close()
