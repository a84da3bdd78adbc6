"""Every state of the hosted pages: layout, accessibility and safety, in pairs of conditions.

``make test`` covers each pair of values once; ``make test-browser`` runs all combinations.
"""

import re
from collections import Counter
from itertools import cycle, product
from typing import Any, Final

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.axe import copied, documents_of, findings
from tests.browser.matrix import WHOLE, cases, name_of
from tests.browser.stage import Stage
from tests.browser.states import STATES, WALKED, reach

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOOK: Final = """() => {
  const root = document.documentElement, found = [];
  if (root.scrollWidth > window.innerWidth) found.push(`wide: ${root.scrollWidth}`);
  const seen = e => e.offsetParent && !e.closest('.unseen, [aria-hidden]');
  const all = selector => [...document.querySelectorAll(selector)].filter(seen);
  const low = (least, selector) => all(selector).forEach(e => {
    const box = e.getBoundingClientRect();
    if (box.height < least) found.push(`${box.height} high: ${e.outerHTML.slice(0, 90)}`);
  });
  low(24, 'button, input:not([type=hidden]), select, textarea, summary, nav a, footer a');
  low(24, '.summary a, .row a, .phones a');
  low(40, '.button, .send > button, input:not([type=checkbox], [type=radio])');
  const doubled = [...document.querySelectorAll('[id]')].map(e => e.id)
    .filter((id, at, all) => all.indexOf(id) !== at);
  if (doubled.length) found.push(`ids twice: ${doubled}`);
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  if (document.querySelector('img, iframe, body script')) found.push('words became markup');
  return found;
}"""
# A field or a button, as a screen reader names it.
NAMED: Final = re.compile(r'- \'?((?:textbox|combobox|checkbox|radio|button) "(?:[^"\\]|\\.)*")')
WIDTHS: Final = ((320, 1280), (390, 768))
# The API's description is English, long, and the same for everybody.
ENGLISH_ONLY: Final = "reference"
LANGUAGES: Final = ("en", "hy", "es")
MODES: Final = tuple(product(LANGUAGES, WIDTHS))
CASES: Final = [
    case
    for case in cases(STATES, LANGUAGES, ("light", "dark"), WIDTHS)
    if case[0] != ENGLISH_ONLY or case[1] == "en"
]
# Of each state and scheme: axe's rules read colors and markup, which no language changes.
FIRST: Final = {(case[0], case[2]): case for case in reversed(CASES)}.values()
# Where one template makes all parts of a long page, axe reads one of them.
PARTS: Final = {ENGLISH_ONLY: "section:has(table):nth-of-type(4)"}
# Of the pages with forms and with buttons that a script shows, each in one mode.
WITH_BUTTONS: Final = [s for s in STATES if s in {*WALKED, "campaign", "me-troubled", "sent"}]
ROTATED: Final = tuple(zip(WITH_BUTTONS, cycle(MODES), strict=False))


async def opened(
    browser: Browser, *, scripts: bool, scheme: Any, width: int
) -> tuple[BrowserContext, Page, list[str]]:
    """A page in a context of its own, and what its console and dialogs say."""
    context = await browser.new_context(
        java_script_enabled=scripts,
        color_scheme=scheme,
        viewport={"width": width, "height": 844},
        locale="en-US",
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    return context, page, said


def worth_a_word(line: str) -> bool:
    """False for a browser's message about an error status, which these states have on purpose."""
    return not line.startswith("Failed to load resource: the server responded with a status of 4")


async def look(
    page: Page, stage: Stage, state: str, language: str, widths: tuple[int, ...]
) -> list[str]:
    """What is wrong with a state at these widths."""
    await reach(page, stage, state, language)
    found = []
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 844})
        found += [f"{width}: {line}" for line in await page.evaluate(LOOK)]
    names = Counter(NAMED.findall(await page.locator("body").aria_snapshot()))
    found += [f"named {times} times: {name}" for name, times in names.items() if times > 1]
    said = await page.evaluate("document.documentElement.lang")
    return [*found, *([] if said == language or state == ENGLISH_ONLY else [f"lang is {said}"])]


@pytest.mark.parametrize(
    ("state", "language", "scheme", "widths"),
    CASES,
    ids=name_of,
)
async def test_a_state_holds(
    shared_browser: Browser,
    stage: Stage,
    state: str,
    language: str,
    scheme: str,
    widths: tuple[int, ...],
) -> None:
    context, page, said = await opened(shared_browser, scripts=True, scheme=scheme, width=widths[0])
    assert await look(page, stage, state, language, widths) == []
    if WHOLE or (state, language, scheme, widths) in FIRST:
        assert await findings(page, None if WHOLE else PARTS.get(state)) == []
    assert [line for line in said if worth_a_word(line)] == []
    assert await context.cookies() == []
    await context.close()


@pytest.mark.parametrize(("state", "mode"), cases(STATES, MODES) if WHOLE else ROTATED, ids=name_of)
async def test_a_state_holds_without_scripts(
    shared_browser: Browser, stage: Stage, state: str, mode: tuple[str, tuple[int, ...]]
) -> None:
    language, widths = mode
    context, page, said = await opened(
        shared_browser, scripts=False, scheme="light", width=widths[0]
    )
    documents = documents_of(page)
    assert await look(page, stage, state, language, widths) == []
    if WHOLE:  # among all tests, axe sees the same markup with scripts
        async with copied(page, documents[-1]) as copy:
            assert await findings(copy) == []
    assert [line for line in said if worth_a_word(line)] == []
    await context.close()
