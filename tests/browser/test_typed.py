"""The counter of a page counts what the server keeps, whatever is typed or pasted."""

import random

import pytest
from playwright.async_api import Browser

from api.security.text import tidy_text
from tests.browser.stage import Stage
from tests.browser.test_pages import opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROUNDS = 4000
LONGEST = 12
# At least one of each class that the server tells apart, at its bounds; and what they stand beside.
PIECES = [
    *"aZé1.- \n\t\r\v\f\x00\x07\x1c\x1f\x7f\x85\x9f\xa0\xad\ufdd0\ufffe\uffff\ufffd\ufffb\ufffc",
    *"\u0301\u034f\u061c\u115f\u1160\u1680\u17b4\u180b\u1820\u200a\u200b\u200c\u200d\u200e\u200f",
    *"\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2064\u2065\u2066\u2067\u2068\u2069\u206f",
    *"\u2800\u3000\u3164\ufe00\ufe0f\ufeff\uffa0\u05d0\u0645\u0915\u094d\u0571\u4e2d\u1ea4\u212b\u2764",
    *"\U0001f468\U0001f3f4\U0001f1e6\U000e0067\U000e0062\U000e007f\U000e0001\U000e0080\U000e0100\U000e01ef",
    *"\U000e01f0\U0001d159\U0001d173\U0001bca0\U00013000\U00013430\U00010a00\U0010ffff\U0001fbff",
    "\r\n",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e007f",
    "\U0001f468\u200d\U0001f469",
]


def texts() -> list[str]:
    chance = random.Random(11)
    mixed = ["".join(chance.choices(PIECES, k=chance.randint(1, LONGEST))) for _ in range(ROUNDS)]
    return [
        *PIECES,
        *(f"a{piece}b" for piece in PIECES),
        *mixed,
        "\u200b" * 9,
        " \ufeff \u2800 ",
        "",
    ]


async def test_the_counter_agrees_with_the_server(shared_browser: Browser, stage: Stage) -> None:
    context, page, _ = await opened(shared_browser, scripts=True, scheme="light", width=390)
    await page.goto(stage.site)
    typed = texts()
    tidied = "async (typed) => typed.map((await import('/assets/typed.js')).tidy)"
    kept = await page.evaluate(tidied, typed)
    differ = [
        (text, here) for text, here in zip(typed, kept, strict=True) if here != tidy_text(text)
    ]
    assert differ == []
    await context.close()


async def test_the_scripts_name_the_module_as_it_is_served(
    shared_browser: Browser, stage: Stage
) -> None:
    context, page, _ = await opened(shared_browser, scripts=True, scheme="light", width=390)
    for script in ("/assets/page.js", "/w/1.js"):
        source = await (await page.request.get(stage.site + script)).text()
        module = next(part for part in source.split('"') if part.startswith("/assets/typed."))
        answer = await page.request.get(stage.site + module)
        assert "immutable" in answer.headers["cache-control"], "the name with its digest"
    await context.close()
