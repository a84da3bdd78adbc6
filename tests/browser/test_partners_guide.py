"""What partners are told to paste does what they are told."""

import re
from typing import Final

import pytest
from playwright.async_api import Browser, expect

from api.settings import ROOT
from tests.browser.hosts import LABEL, Hosts
from tests.browser.stage import Stage
from tests.browser.widget import FIELDS_FILLED, complaints, new_page, rooted

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GUIDE: Final = (ROOT / "docs" / "partners.md").read_text("utf-8")
SERVER: Final = "https://campaigns.example.org"


def pasted(site: str) -> list[str]:
    """The guide's HTML, in its order, with the address of a server that is there."""
    blocks = re.findall(r"^```html\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return [block.replace(SERVER, site) for block in blocks]


async def test_each_snippet_works_as_it_stands(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    element, style, events, frame, link = pasted(stage.site)
    context, opened = await new_page(shared_browser)
    page = opened.page
    body = f'{style}{element}<p id="thanks" hidden>Thanks</p>{events}'
    await page.goto(hosts.partner.put(body) + FIELDS_FILLED)
    opened.root = rooted(page, "frame")
    await expect(opened.root.locator("#given_name")).to_have_value("Ani")
    await expect(opened.root.locator("#flow .button")).to_have_css(
        "background-color", "rgb(139, 30, 63)"
    )
    await opened.to_letters()
    await opened.press()
    await expect(page.locator("#thanks")).to_be_visible()
    assert complaints(opened.said) == ["reverse-907-waiver"]
    await page.goto(hosts.partner.put(frame))
    await expect(rooted(page, "plain").locator("#given_name")).to_be_visible()
    await page.goto(hosts.partner.put(link))
    await page.get_by_role("link", name=LABEL).click()
    await expect(page.locator("#given_name")).to_be_visible()
    assert await page.locator("[name=partner]").input_value() == "acme"
    await context.close()


async def test_the_policy_is_enough(shared_browser: Browser, stage: Stage, hosts: Hosts) -> None:
    told = re.search(r"^```text\n(.*?)\n```", GUIDE, re.MULTILINE | re.DOTALL)
    assert told is not None
    policy = f"default-src 'none'; {told[1].replace(SERVER, stage.site)}"
    context, opened = await new_page(shared_browser)
    await opened.page.goto(hosts.partner.put(pasted(stage.site)[0], policy))
    await expect(rooted(opened.page, "frame").locator("#given_name")).to_be_visible()
    assert complaints(opened.said) == []
    await context.close()


async def test_the_events_and_attributes_are_those_of_the_script() -> None:
    source = (ROOT / "web" / "1.js").read_text("utf-8")
    events = set(re.findall(r"^\| `undersigned:(\w+)` ", GUIDE, re.MULTILINE))
    assert events == {"ready", "invalid", "ambiguous", "preview", "submitted", "share", "error"}
    assert all(f'"{event}"' in source for event in events)
    attributes = re.findall(r"^\| `(src|partner|lang|ref|mode|label)` ", GUIDE, re.MULTILINE)
    assert len(attributes) == 6
    assert all(f'"{attribute}"' in source for attribute in attributes)
