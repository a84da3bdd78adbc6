"""``python -m tests.browser.screenshots``: take the pictures of docs/screenshots again.

It starts ``undersigned serve`` with a state folder and a port of its own, walks from a
campaign to the supporter's page in Debian's chromium without scripts, on a desktop (1280 px) and on
a phone (390 px), and puts both views of each screen side by side. Nothing is sent to anyone.
"""

import asyncio
import base64
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from api.database.embedded import EmbeddedPostgres
from api.settings import ROOT
from tests.browser.conftest import ARGS, CHROMIUM
from tests.browser.picture import picture
from tests.waiting import until, wait_until

FOLDER: Final = ROOT / "docs" / "screenshots"
CAMPAIGN: Final = "reverse-907-waiver"
COMMAND: Final = (sys.executable, "-c", "from api.cli import main; main()", "serve")
WINDOWS: Final[dict[str, ViewportSize]] = {
    "desk": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}
EMAILS: Final = {"desk": "ani@example.org", "phone": "ani@example.net"}
STORY: Final = (
    "My grandmother was born in Stepanakert. She taught me its streets from memory, "
    "and I would like my children to hear from people who can still walk them."
)
TO_THE_SECOND_LETTER: Final = (
    "scrollBy(0, document.querySelectorAll('.letter')[1].getBoundingClientRect().top - 24)"
)
LETTERS: Final = 4
READY: Final = re.compile(r"ready on (\S+)")
LARGEST: Final = 300_000  # bytes
SIDE_BY_SIDE: Final = """<!doctype html><style>
  body {{ margin: 0; padding: 28px; display: inline-flex; gap: 28px; align-items: flex-start;
         background: #cfd6dc; }}
  img {{ display: block; border-radius: 10px; box-shadow: 0 6px 22px rgb(20 30 40 / 25%); }}
  .desk {{ width: 896px; }} .phone {{ width: 291px; }}
</style><body><img class="desk" src="data:image/png;base64,{desk}">
<img class="phone" src="data:image/png;base64,{phone}">"""

Shots = dict[str, bytes]


@contextmanager
def served(state: Path) -> Iterator[str]:
    """The address of a whole installation, which is removed with its database afterwards."""
    log = state.with_suffix(".log")
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "UNDERSIGNED_STATE_DIR": str(state),
        "UNDERSIGNED_PUBLIC_URL": "http://127.0.0.1:8000",
    }
    with log.open("w") as file:
        process = subprocess.Popen(
            (*COMMAND, "--port", "0", "--workers", "1"),
            env=environment, stdout=file, stderr=file, cwd=ROOT,
        )  # fmt: skip
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(30)
        if (state / "postgres").exists():
            server = EmbeddedPostgres(state).locate()
            server.stop()
            shutil.rmtree(server.place.home)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    wait_until(lambda: READY.search(log.read_text()) or process.poll() is not None)
    found = READY.search(log.read_text())
    return found[1] if found else sys.exit(f"undersigned serve did not start:\n{log.read_text()}")


async def walk(context: BrowserContext, site: str, state: Path, email: str) -> Shots:
    """The screens that one supporter walks through, as this window shows them."""
    page, shots, before = await context.new_page(), Shots(), len(written(state))

    async def shoot(name: str) -> None:
        shots[name] = await picture(page)

    await page.goto(f"{site}/c/{CAMPAIGN}")
    await shoot("campaign")
    await say_who(page, email)
    await shoot("district")
    await page.get_by_label("MA-5").check()
    await page.get_by_role("button", name="Go to my letters").click()
    await page.get_by_label("Why does this matter to you?").fill(STORY)
    await page.get_by_label("City or town").fill("Cambridge")
    await page.get_by_role("button", name="Put it into the letters").click()
    await page.locator(".letter > summary").nth(1).click()
    await page.evaluate(TO_THE_SECOND_LETTER)
    await shoot("letters")
    await page.get_by_role("button", name="Try out my 4 letters, which go to nobody").click()
    await page.wait_for_url("**/sent/**")
    await shoot("sent")
    await page.goto(f"{site}/confirm/{await confirmation(state, email)}")
    await shoot("confirm")
    await page.get_by_role("button", name="Try out my 4 letters, which go to nobody").click()
    await page.wait_for_url("**/me/**")
    await until(lambda: len(written(state)) == before + LETTERS)
    await page.reload()
    await shoot("me")
    return shots


def written(state: Path) -> list[Path]:
    return list((state / "outbox" / "letters").glob("*.txt"))


async def say_who(page: Page, email: str) -> None:
    answers = {"Given name": "Ani", "Family name": "Petrosyan", "Email": email, "ZIP": "02138"}
    for label, answer in answers.items():
        await page.get_by_label(label).fill(answer)
    await page.get_by_role("button", name="Go to my letters").click()


async def confirmation(state: Path, email: str) -> str:
    """The token of the mailed link, as soon as the worker has written the mail."""
    found: list[str] = []

    def mailed() -> bool:
        for path in (state / "outbox" / "mail").glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            part = mail.get_body(("plain",))
            link = part and re.search(r"/confirm/(\S+)", part.get_content())
            if link and mail["To"] == email:
                found.append(link[1])
        return found != []

    await until(mailed)
    return found[0]


async def join(browser: Browser, shots: dict[str, bytes]) -> bytes:
    """Desktop and phone side by side, as one picture."""
    page = await browser.new_page(viewport={"width": 1300, "height": 700})
    pictures = {name: base64.b64encode(shot).decode() for name, shot in shots.items()}
    await page.set_content(SIDE_BY_SIDE.format(**pictures), wait_until="load")
    joined = await picture(page.locator("body"))
    await page.close()
    return joined


async def take(site: str, state: Path) -> None:
    """Walk in both windows and write every picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        walked: dict[str, Shots] = {}
        for name, window in WINDOWS.items():
            context = await browser.new_context(
                viewport=window, locale="en-US", color_scheme="light"
            )
            walked[name] = await walk(context, site, state, EMAILS[name])
            await context.close()
        FOLDER.mkdir(exist_ok=True)
        for screen in walked["desk"]:
            joined = await join(browser, {name: shots[screen] for name, shots in walked.items()})
            assert len(joined) < LARGEST, f"{screen} has {len(joined):,} bytes"
            (FOLDER / f"{screen}.png").write_bytes(joined)
            sys.stdout.write(f"docs/screenshots/{screen}.png {len(joined) // 1024} kB\n")
        await browser.close()


def main() -> None:
    if not CHROMIUM.exists():
        sys.exit("there is no /usr/bin/chromium: on Debian, install the package chromium")
    with tempfile.TemporaryDirectory(prefix="undersigned-pictures-") as folder:
        state = Path(folder) / "var"
        with served(state) as site:
            asyncio.run(take(site, state))


if __name__ == "__main__":
    main()
