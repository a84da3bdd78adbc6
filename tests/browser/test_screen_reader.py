"""docs/screen-reader.md, walked in the tree of names and roles that a screen reader is given.

It checks what there is to be read out; only a person can hear how it sounds.
"""

import re
from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.stage import Stage
from tests.browser.states import PATHS, PERSON, fill, press
from tests.browser.test_pages import opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OFFICES: Final = (
    ("Donald J. Trump", "President"),
    ("Katherine M. Clark", "Representative, MA-5"),
    ("Elizabeth Warren", "Senator, MA"),
    ("Edward J. Markey", "Senator, MA"),
)
LIST: Final = """
- link "Skip to the content"
- banner:
  - link "Undersigned"
  - navigation "Language":
    - list:
      - listitem:
        - link "English"
      - listitem:
        - link "Հայերեն"
      - listitem:
        - link "Español"
- main:
  - heading "Write to those who decide for you" [level=1]
- contentinfo
"""
DISTRICTS: Final = """
- group "ZIP code 02138 lies in 2 districts. Which one is yours?":
  - 'radio "MA-5 Massachusetts, district 5: Katherine M. Clark"'
  - 'radio "MA-7 Massachusetts, district 7: Ayanna Pressley"'
"""
SENT: Final = """
- main:
  - heading "Check your email" [level=1]
  - list:
    - listitem: /Look for a mail from us/
    - listitem: /Open its link/
    - listitem: /Press/
"""
CONFIRM: Final = """
- main:
  - heading "Read and confirm your letters" [level=1]
  - term: Name
  - definition: Ani Petrosyan
  - term: Email
  - definition: ro@example.org
  - button "Try out my 4 letters, which go to nobody"
  - heading "The letters" [level=2]
"""
STEPS: Final = """
- region "Katherine M. Clark Representative, MA-5":
  - heading "Katherine M. Clark Representative, MA-5" [level=2]
  - paragraph:
    - strong: Needs a step of yours.
    - text: You send this letter yourself. The steps are below.
  - list:
    - listitem:
      - paragraph: Copy the letter.
      - textbox "Subject (Katherine M. Clark)"
      - paragraph:
        - button "Copy the subject (Katherine M. Clark)"
      - textbox "The letter (Katherine M. Clark)"
      - paragraph:
        - button "Copy the letter (Katherine M. Clark)"
    - listitem:
      - paragraph: /Open the office's/
      - paragraph:
        - link "Write to Katherine M. Clark (opens in a new tab)"
    - listitem:
      - button "I sent it (Katherine M. Clark)"
  - group: Rather print it, or call
"""
SIGN: Final = """
- group "How do you want to appear under the letter?":
  - 'radio "Not at all: I am only counted" [checked]'
  - radio "With my initials and my state or country"
  - radio "With my name and place"
"""


async def opened_at(
    browser: Browser, stage: Stage, path: str, language: str = "en"
) -> tuple[BrowserContext, Page]:
    context, page, _ = await opened(browser, scripts=True, scheme="light", width=1280)
    await page.goto(f"{stage.site}{path}?lang={language}")
    return context, page


async def at_the_letters(
    browser: Browser, stage: Stage, language: str = "en"
) -> tuple[BrowserContext, Page]:
    context, page = await opened_at(browser, stage, PATHS["campaign"], language)
    await fill(page, **PERSON)
    await press(page)
    await page.get_by_label("MA-5").check()
    await press(page)
    return context, page


async def test_the_list(shared_browser: Browser, stage: Stage) -> None:
    context, page = await opened_at(shared_browser, stage, "/")
    await expect(page).to_have_title(re.compile("^Campaigns . Undersigned$"))
    await expect(page.locator("body")).to_match_aria_snapshot(LIST)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for code, name in (("en", "English"), ("hy", "Հայերեն"), ("es", "Español")):
        link = page.get_by_role("navigation").get_by_role("link", name=name)
        await expect(link).to_have_attribute("lang", code)
    campaigns = page.get_by_role("main").get_by_role("listitem")
    assert await campaigns.count() > 5
    for campaign in await campaigns.all():
        await expect(campaign.get_by_role("heading", level=2)).to_have_count(1)
        await expect(campaign.get_by_role("link")).to_have_count(1)
    bar = page.get_by_role("progressbar").first
    await expect(bar).to_have_accessible_name(re.compile(r"^[\d,]+ people of 25,000 have written"))
    await context.close()


async def test_who_you_are(shared_browser: Browser, stage: Stage) -> None:
    context, page = await opened_at(shared_browser, stage, PATHS["campaign"])
    form = page.get_by_role("region", name="Write your letters")
    zip_code = form.get_by_role("textbox", name="ZIP code")
    await expect(zip_code).to_have_accessible_description("It tells who represents you.")
    await press(page)
    await expect(page).to_have_title(re.compile("^Error: "))
    alert = page.get_by_role("alert", name="4 answers need another look")
    await expect(alert).to_be_focused()
    await alert.get_by_role("link").first.click()
    field = page.get_by_role("textbox", name="Given name")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description("Error: Enter your given name")
    await context.close()


async def test_where_you_live(shared_browser: Browser, stage: Stage) -> None:
    context, page = await opened_at(shared_browser, stage, PATHS["campaign"])
    await fill(page, **PERSON)
    await press(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Where do you live?")
    await expect(page.locator("#flow")).to_match_aria_snapshot(DISTRICTS)
    await expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    await press(page)
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(page.get_by_role("radio", name="MA-5")).to_be_focused()
    group = page.get_by_role("group", name="Which one is yours?")
    await expect(group).to_have_accessible_description(
        re.compile("Error: Choose your congressional district")
    )
    await context.close()


async def test_your_letters(shared_browser: Browser, stage: Stage) -> None:
    context, page = await at_the_letters(shared_browser, stage)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your 4 letters")
    for name, title in OFFICES:
        await expect(page.get_by_role("heading", name=f"{name} {title}", level=2)).to_be_visible()
    story = page.get_by_role("textbox", name="Why does this matter to you? (optional)")
    await expect(story).to_have_accessible_description(
        "It stands at the beginning of each letter. 0 of 1,500 characters"
    )
    second, name = page.locator("details.letter").nth(1), OFFICES[1][0]
    await second.locator("summary").press("Enter")
    await second.get_by_role("textbox", name=f"Subject ({name})").fill("Please ask for it")
    await second.get_by_role("button", name=f"Show my changes ({name})").click()
    await expect(second).to_have_attribute("open", "")
    await expect(second.get_by_role("button", name=f"Undo my changes ({name})")).to_be_visible()
    await expect(page.get_by_text("Did you mean gmail.com?")).to_be_visible()
    await expect(page.get_by_role("button", name="Yes, use gmail.com")).to_be_visible()
    await expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    await press(page)
    await expect(page.locator("body")).to_match_aria_snapshot(SENT)
    await context.close()


async def test_letters_are_read_in_english_and_their_labels_in_the_pages_language(
    shared_browser: Browser, stage: Stage
) -> None:
    context, page = await at_the_letters(shared_browser, stage, "hy")
    voice = "e => e.closest('[lang]').lang"
    for kind, own in (("label", "hy"), (".hint", "hy"), ("textarea", "en"), (".close", "en")):
        parts = await page.locator(f".letter[open] {kind}").all()
        assert parts, kind
        assert {await part.evaluate(voice) for part in parts} == {own}, kind
    await context.close()


@pytest.mark.parametrize("clipboard", [True, False])
async def test_check_your_email(shared_browser: Browser, stage: Stage, clipboard: bool) -> None:
    """Also where pages may not write to the clipboard, as on plain HTTP."""
    context, page, _ = await opened(shared_browser, scripts=True, scheme="light", width=1280)
    if clipboard:
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        await page.add_init_script("delete Navigator.prototype.clipboard")
    await page.goto(f"{stage.site}{PATHS['sent']}?lang=en")
    copying = page.get_by_role("button", name="Copy the address")
    await copying.press("Enter")
    await expect(copying).to_be_focused()
    await expect(copying.locator("xpath=following-sibling::*[@role='status']")).to_have_text(
        "Copied"
    )
    await page.get_by_role("button", name="Ask for the mail once more").click()
    notice = page.get_by_role("alert").filter(has_text="once more")
    await expect(notice).to_be_focused()
    await context.close()


async def test_the_mailed_link(shared_browser: Browser, stage: Stage) -> None:
    token = await stage.write("ro@example.org")
    context, page = await opened_at(shared_browser, stage, f"/confirm/{token}")
    await expect(page.locator("body")).to_match_aria_snapshot(CONFIRM)
    for name, _ in OFFICES:
        letter = page.get_by_role("region", name=f"To {name}")
        await expect(letter.get_by_role("article")).to_have_attribute("lang", "en")
    await page.goto(f"{stage.site}{stage.paths['me-troubled']}?lang=en")
    await expect(page.get_by_role("main")).to_match_aria_snapshot(STEPS)
    await context.close()


async def test_the_open_letter(shared_browser: Browser, stage: Stage) -> None:
    context, page = await opened_at(shared_browser, stage, PATHS["open-letter"])
    await expect(page.locator("#flow")).to_match_aria_snapshot(SIGN)
    await page.get_by_role("link", name="See who has signed").click()
    await expect(page.get_by_role("main")).to_contain_text(re.compile(r"\d+ people have signed"))
    await expect(page.get_by_role("heading", name="Organizations", level=2)).to_be_visible()
    people = page.get_by_role("heading", name="People", level=2)
    names = people.locator("xpath=following-sibling::*[1]").get_by_role("listitem")
    assert await names.count() > 10
    name = names.first.locator("bdi[lang='']").first  # of no language that is known
    await expect(name).to_be_visible()
    await context.close()
