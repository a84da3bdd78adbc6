"""What axe finds in a document, and a copy of a document to ask where no script runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
from playwright.async_api import Frame, Page, Response, Route

AXE: Final = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN: Final = """async ([rules, within]) => {
  const found = await axe.run(within ?? document, {runOnly: rules, resultTypes: ['violations']});
  return found.violations.map(v => [v.id, ...v.nodes.map(n => n.html.slice(0, 120))]);
}"""


async def findings(frame: Page | Frame, within: str | None = None) -> Any:
    """Each broken rule and its place, in the document or in what the selector ``within`` finds."""
    await frame.evaluate(AXE)
    return await frame.evaluate(RUN, [RULES, within])


def documents_of(page: Page) -> list[Response]:
    """Collect the documents loaded from now on in the page or its frames, in their order."""
    kept: list[Response] = []

    def keep(response: Response) -> None:
        if response.request.is_navigation_request() and not response.headers.get("location"):
            kept.append(response)

    page.on("response", keep)
    return kept


@asynccontextmanager
async def copied(page: Page, document: Response) -> AsyncIterator[Page]:
    """Copy the document into a page where axe can run, since it cannot where scripts are off. The
    copy does not fetch the document's own scripts.
    """
    browser = page.context.browser
    assert browser is not None
    body = await document.text()
    context = await browser.new_context(viewport=page.viewport_size, locale="en-US")
    copy = await context.new_page()

    async def answer(route: Route) -> None:
        if route.request.resource_type == "document":
            await route.fulfill(body=body, content_type="text/html; charset=utf-8")
        elif route.request.resource_type == "script":
            await route.abort()
        else:
            await route.continue_()

    await copy.route("**/*", answer)
    await copy.goto(document.url)
    yield copy
    await context.close()
