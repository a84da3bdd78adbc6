"""The states of the hosted pages, and how a browser reaches each of them."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from playwright.async_api import Locator, Page

from tests.app_fixtures import CAMPAIGN
from tests.browser.matrix import WHOLE
from tests.browser.stage import HALF_OUT, HOSTILE, NOBODY, Stage
from tests.sign_ons.signing import LETTER

Way = Callable[[Page, Stage, str], Awaitable[object]]

FORM = "#flow"
PERSON = {
    "given_name": "Ani",
    "family_name": "Petrosyan",
    "email": "ani@gmial.com",
    "zip": "02138",
}
NUMBERS: Final = count()
PATHS: Final = {
    "list": "/",
    "campaign": f"/c/{CAMPAIGN}",
    "demands": "/c/real-peace",
    "officials": "/c/sanction-officials",
    "sent": f"/c/{CAMPAIGN}/sent/{NOBODY}",
    "resent": f"/c/{CAMPAIGN}/sent/{NOBODY}?again=1",
    "open-letter": f"/c/{LETTER}",
    "organization": f"/c/{LETTER}/sign/organization",
    "signed": f"/c/{LETTER}/signed/{NOBODY}",
    "statement": f"/c/{LETTER}/statement",
    "about": "/about",
    "privacy": "/privacy",
    "own-ask": f"/self-service?campaign={LETTER}",
    "reference": "/docs",
    "discarded": "/discarded",
    "too-late": "/too-late",
    "not-found": "/nothing",
    "gone": "/me/a-token-that-nobody-minted",
    "card": f"/card/{CAMPAIGN}",
    "records": "/records",
}
# Those of the stage, whose tokens it knows.
PREPARED: Final = (
    "me",
    "me-troubled",
    "me-moving",
    "me-signature",
    "letter-paper",
    "confirm",
    "confirm-shared",
    "confirm-signature",
    "link-used",
    "own-link",
    "unsubscribe",
    "partner",
)


async def open_path(page: Page, stage: Stage, path: str, language: str) -> None:
    joined = "&" if "?" in path else "?"
    await page.goto(f"{stage.site}{path}{joined}lang={language}")


async def press(page: Page, form: str = FORM) -> None:
    """The form's own button, which has no name."""
    button = page.locator(f"{form} button:not([name]):not([formaction]):not([type=button])")
    await follow(page, button.last)


async def follow(page: Page, button: Locator) -> None:
    """Press a button and wait for the page that it leads to: a click alone waits for none."""
    async with page.expect_navigation():
        await button.click()


async def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.locator(f"[name='{name}']").first.fill(value)


async def details(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, PATHS["campaign"], language)
    await fill(page, **PERSON)
    await press(page)


async def details_errors(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, PATHS["demands"], language)
    await fill(page, given_name=HOSTILE, email="ani", zip="00000")
    await press(page)


async def place(page: Page, stage: Stage, language: str) -> None:
    await details(page, stage, language)


async def place_errors(page: Page, stage: Stage, language: str) -> None:
    await details(page, stage, language)
    await press(page)


async def letters(page: Page, stage: Stage, language: str) -> None:
    await details(page, stage, language)
    await page.locator("[name=district]").first.check()
    await press(page)


async def letters_own(page: Page, stage: Stage, language: str) -> None:
    """With a story in them, one letter edited, all of them open."""
    await letters(page, stage, language)
    await fill(page, story=HOSTILE, city="Cambridge")
    await page.locator("[name='subject:president']").fill(HOSTILE)
    await page.locator(".letter[open] .row button").first.click()
    closed = page.locator(".letter:not([open]) > summary")
    while await closed.count():
        await closed.first.click()


async def letters_errors(page: Page, stage: Stage, language: str) -> None:
    await letters(page, stage, language)
    await fill(page, story="too long " * 300)
    await page.locator("[name='subject:president']").fill("no")
    await press(page)


async def sign_errors(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, PATHS["open-letter"], language)
    await fill(page, given_name=HOSTILE, email="ani", comment=HOSTILE)
    await press(page)


async def organization_errors(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, PATHS["organization"], language)
    await fill(page, organization=HOSTILE, website="none")
    await press(page)


async def unsubscribed(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, stage.paths["unsubscribe"], language)
    await follow(page, page.locator("main button"))


async def own_errors(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, PATHS["own-ask"], language)
    await fill(page, email="ani")
    await follow(page, page.locator("main button"))


async def own_asked(page: Page, stage: Stage, language: str) -> None:
    await open_path(page, stage, PATHS["own-ask"], language)
    await fill(page, email="nobody@example.org")
    await follow(page, page.locator("main button"))


async def own_data(page: Page, stage: Stage, language: str) -> None:
    """Of somebody who wrote letters, all of them open."""
    await open_own(page, stage, stage.paths["me"], language)
    for letter in await page.locator("details > summary").all():
        await letter.click()


async def own_signature(page: Page, stage: Stage, language: str) -> None:
    await open_own(page, stage, stage.paths["me-signature"], language)


async def erase(page: Page, stage: Stage, language: str) -> None:
    await open_own(page, stage, stage.paths["me"], language)
    await follow(page, page.locator("[formaction*='/own-data/erase']"))


async def erased(page: Page, stage: Stage, language: str) -> None:
    """Of somebody new each time, two of whose letters have gone out."""
    token = await stage.write(f"erased{next(NUMBERS)}@example.org")
    await open_own(page, stage, await stage.confirm(token, HALF_OUT), language)
    await follow(page, page.locator("[formaction*='/own-data/erase']"))
    await follow(page, page.locator("[value=erase]"))


async def open_own(page: Page, stage: Stage, whose: str, language: str) -> None:
    """Press the button behind a link to the data of the person whose page this is."""
    await open_path(page, stage, await stage.own_link(whose), language)
    await follow(page, page.locator("main button"))


WALKED: Final[dict[str, Way]] = {
    "details-errors": details_errors,
    "place": place,
    "place-errors": place_errors,
    "letters": letters,
    "letters-own": letters_own,
    "letters-errors": letters_errors,
    "sign-errors": sign_errors,
    "organization-errors": organization_errors,
    "unsubscribed": unsubscribed,
    "own-errors": own_errors,
    "own-asked": own_asked,
    "own-data": own_data,
    "own-signature": own_signature,
    "erase": erase,
    "erased": erased,
}
EVERY: Final = (*PATHS, *PREPARED, *WALKED)
# Each is much like another one, so they run in the whole matrix only.
ALIKE: Final = frozenset(
    ("resent", "signed", "officials", "too-late", "discarded", "me-moving", "place", "letters")
)
STATES: Final = EVERY if WHOLE else tuple(state for state in EVERY if state not in ALIKE)


async def reach(page: Page, stage: Stage, state: str, language: str) -> None:
    """Bring the page into a state."""
    if state in WALKED:
        await WALKED[state](page, stage, language)
        return
    path = PATHS.get(state) or stage.paths[state]
    await open_path(page, stage, path, language)
