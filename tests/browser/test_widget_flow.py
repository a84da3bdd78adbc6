"""The whole way to "check your email" on partners' sites, however the form is embedded."""

from typing import Final

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import text

from api.database.session import transaction
from tests.browser.hosts import Hosts
from tests.browser.matrix import WHOLE, cases, name_of
from tests.browser.stage import HOSTILE, Stage
from tests.browser.widget import complaints, new_page, open_surface

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FRAME, INLINE, PLAIN = ("frame", True), ("inline", True), ("plain", True)
PLAIN_WITHOUT, LINK_WITHOUT = ("plain", False), ("link", False)
# The hosted pages' tests meet the same fragments in every language, so a few will do here.
CASES: Final = (
    cases(
        (FRAME, INLINE, PLAIN, PLAIN_WITHOUT, LINK_WITHOUT),
        ("en", "hy", "es"),
        (320, 390, 768, 1280),
    )
    if WHOLE
    else [
        (FRAME, "hy", 320),
        (INLINE, "es", 390),
        (INLINE, "en", 1280),
        (PLAIN, "en", 768),
        (PLAIN_WITHOUT, "hy", 1280),
        (LINK_WITHOUT, "es", 320),
    ]
)
CAME: Final = text("SELECT 1 FROM supporters WHERE partner = :partner AND language = :language")
WAY: Final = ["ready", "invalid", "ambiguous", "preview", "preview", "submitted"]


@pytest.mark.parametrize(("surface", "language", "width"), CASES, ids=name_of)
async def test_the_whole_way(
    shared_browser: Browser,
    stage: Stage,
    hosts: Hosts,
    surface: tuple[str, bool],
    language: str,
    width: int,
) -> None:
    way, scripts = surface
    context, opened = await new_page(shared_browser, scripts=scripts, width=width)
    await open_surface(opened, stage, hosts, way, language)
    root = opened.root
    await opened.is_right()

    await opened.fill(given_name=HOSTILE[:40], email="ani@")
    await opened.press()
    await expect(root.locator(".summary a")).to_have_count(3)
    if scripts:
        await expect(root.locator(".summary")).to_be_focused()
    await opened.is_right()
    await root.locator(".summary a").first.click()
    await expect(root.locator("#family_name")).to_be_focused()

    await opened.fill(family_name="Petrosyan", email="ani@example.org", zip="02138")
    await opened.press()
    await expect(root.locator("[name=district]")).not_to_have_count(0)
    await expect(root.locator("[name=district]:checked")).to_have_count(0)
    await opened.is_right()
    await root.locator("[name=district][value='MA-5']").check()
    await opened.press()

    await expect(root.locator(".letter")).to_have_count(4)
    await opened.fill(story=HOSTILE, city="Cambridge")
    await root.locator(".with-button button").click()
    await expect(root.locator(".story").first).to_have_text(HOSTILE)
    await opened.is_right()
    await opened.press()
    await opened.sent()
    await opened.is_right()

    if way in {"frame", "inline"}:
        assert await opened.heard() == WAY
    assert complaints(opened.said) == []
    assert await context.cookies() == []
    async with transaction(stage.services.engine) as session:
        partner = "lake" if way == "inline" else "acme"
        came = await session.execute(CAME, {"partner": partner, "language": language})
    assert came.first() is not None
    await context.close()
