"""What a page around the form can do, and what it cannot."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.app_fixtures import CAMPAIGN
from tests.browser.hosts import LABEL, STRICT, TRUSTED_TYPES, Hosts, element, plain_frame
from tests.browser.matrix import one_of
from tests.browser.picture import picture
from tests.browser.stage import Stage
from tests.browser.widget import PERSON, SPLIT, Opened, complaints, new_page, rooted
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BLOCKED = "chrome-error://chromewebdata/"


async def shown(opened: Opened, surface: str) -> None:
    opened.root, opened.inline = rooted(opened.page, surface), surface == "inline"
    await expect(opened.root.locator("#given_name")).to_be_visible()


@pytest.mark.parametrize("surface", ["frame", "inline"])
async def test_under_a_strict_policy_and_trusted_types(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    """To the letters and one of them changed, with the letter's place kept in view."""
    site = stage.site
    host = hosts.reader if surface == "inline" else hosts.partner
    policy = (STRICT + TRUSTED_TYPES).format(site=site)
    mode = {"mode": "inline"} if surface == "inline" else {}
    context, opened = await new_page(shared_browser)
    await opened.page.goto(host.put(element(site, **mode), policy))
    await shown(opened, surface)
    await opened.to_letters()
    letter = opened.root.locator("[id='letter:house:MA-5']")
    await letter.locator("summary").click()
    await letter.locator("[id^='subject:']").fill("Something of my own")
    await letter.get_by_role("button", name="Show my changes").click()
    await expect(letter.get_by_role("button", name="Undo my changes")).to_be_visible()
    await expect(letter.locator("summary")).to_be_focused()
    await letter.get_by_role("button", name="Undo my changes").click()
    await expect(letter.get_by_role("button", name="Undo my changes")).to_have_count(0)
    await expect(letter).to_have_attribute("open", "")
    assert complaints(opened.said) == []
    await context.close()


async def test_where_inline_is_not_allowed_there_is_the_frame_and_then_the_link(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    """By us, or by the page's own policy."""
    site = stage.site
    body = element(site, mode="inline")
    no_calls = STRICT.format(site=site).replace(f"connect-src {site}", "connect-src 'none'")
    nothing = no_calls.replace(f"frame-src {site}", "frame-src 'none'")
    context, opened = await new_page(shared_browser)
    for url in (hosts.partner.put(body), hosts.reader.put(body, no_calls)):
        await opened.page.goto(url)
        await shown(opened, "frame")
        await expect(opened.page.get_by_role("link", name=LABEL)).to_be_hidden()
    for url in (hosts.reader.put(body, nothing), hosts.stranger.put(body)):
        await opened.page.goto(url)
        await expect(opened.page.locator("iframe")).to_have_count(1)
        await expect(opened.page.get_by_role("link", name=LABEL)).to_be_visible()
    await context.close()


def addresses(opened: Opened) -> list[str]:
    return [frame.url for frame in opened.page.frames]


async def test_a_stranger_frames_nothing(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    site = stage.site
    nested = f'<iframe src="{hosts.partner.put(plain_frame(site), path="/in")}"></iframe>'
    hosted = f'<iframe src="{site}/c/{CAMPAIGN}"></iframe>'
    context, opened = await new_page(shared_browser)
    for url in (
        hosts.stranger.put(plain_frame(site), path="/plain"),
        hosts.stranger.put(nested, path="/nested"),
        hosts.partner.put(hosted, path="/hosted"),
    ):
        await opened.page.goto(url)
        await until(lambda: BLOCKED in addresses(opened))
        assert not [address for address in addresses(opened) if address.startswith(site)]
    await context.close()


ATTACK = """async site => {
  const frame = document.querySelector('undersigned-campaign').shadowRoot.querySelector('iframe');
  const tries = {};
  for (const [name, attempt] of Object.entries({
    document: () => frame.contentDocument.body,
    window: () => frame.contentWindow.document,
    values: () => frame.contentWindow.document.forms[0].elements.email.value,
    call: () => frame.contentWindow.eval('1'),
  })) try { tries[name] = String(attempt()); } catch (error) { tries[name] = 'refused'; }
  for (const [name, url] of Object.entries({
    page: `${site}/embed/reverse-907-waiver`, hosted: `${site}/c/reverse-907-waiver`,
  })) tries[name] = await fetch(url).then(() => 'read', () => 'refused');
  return tries;
}"""
FORGE = """() => {
  window.postMessage({kind: 'submitted', step: 'sent'}, '*');
  for (const frame of document.querySelectorAll('iframe'))
    frame.contentWindow.postMessage({kind: 'submitted', height: 5}, '*');
}"""
# In a frame of another origin beside ours: messages to the page, and to our frame.
IMPOSTOR = """() => {
  parent.postMessage({kind: 'submitted', step: 'sent', height: 5}, '*');
  for (let i = 0; i < parent.length; i++)
    parent[i].postMessage({kind: 'hello', theme: {scheme: 'dark'}}, '*');
}"""


async def test_a_hostile_page_reads_nothing_and_forges_nothing(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    beside = f'<iframe src="{hosts.stranger.put("<p>An advertisement</p>")}"></iframe>'
    context, opened = await new_page(shared_browser)
    page = opened.page
    await page.goto(hosts.partner.put(element(stage.site, partner="acme") + beside))
    opened.root = page.frame_locator("undersigned-campaign iframe")
    await opened.fill(**PERSON)
    answers = await page.evaluate(ATTACK, stage.site)
    assert set(answers.values()) == {"refused"}, answers
    before = await page.locator("undersigned-campaign iframe").bounding_box()
    await page.evaluate(FORGE)
    impostor = next(frame for frame in page.frames if hosts.stranger.origin in frame.url)
    await impostor.evaluate(IMPOSTOR)
    await page.wait_for_timeout(200)
    assert await opened.heard() == ["ready"]
    assert await page.locator("undersigned-campaign iframe").bounding_box() == before
    assert await opened.root.locator("main").get_attribute("data-scheme") == "light"
    await opened.fill(zip=SPLIT)
    await opened.press()
    await expect(opened.root.locator("[name=district]").first).to_be_visible()
    details = [detail for _, detail in await page.evaluate("heard")]
    assert all(set(detail) == {"campaign", "step", "counts"} for detail in details)
    assert not [word for word in (*PERSON.values(), SPLIT) if word in str(details)]
    await context.close()


# Tries many widths, each for two frames of the screen, and returns the heights it was told.
SCAN = """async ([from, to]) => {
  const frame = document.querySelector('undersigned-campaign').shadowRoot.querySelector('iframe');
  const heights = [];
  const listen = ({data}) => data.height && heights.push(data.height);
  const painted = () => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))));
  addEventListener('message', listen);
  for (let width = from; width < to; width += 15) {
    frame.style.width = `${width}px`;
    await painted();
  }
  removeEventListener('message', listen);
  frame.style.width = '100%';
  await painted();
  return heights.length;
}"""
WIDEN = """width => document.querySelector('undersigned-campaign').shadowRoot
  .querySelector('iframe').style.width = width"""


async def test_heights_at_many_widths_are_not_reported(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    """They would reveal where lines break, and so whom the letters go to. The first screen, the
    same for everybody, fits at any width; later ones fit each window."""
    context, opened = await new_page(shared_browser)
    page = opened.page
    await page.goto(hosts.partner.put(element(stage.site, partner="acme")))
    await shown(opened, "frame")
    for css in ("300px", "400px", "500px", "600px", "700px", "100%"):
        await page.evaluate(WIDEN, css)
        await fits(opened)
    await opened.to_letters()
    told = await page.evaluate(SCAN, [300, 500])
    await opened.root.locator("[id='letter:house:MA-5'] summary").click()
    assert told + await page.evaluate(SCAN, [500, 700]) <= 3
    await page.evaluate(WIDEN, "200px")
    await comes_true(opened, "(scrollTo(0, 1e6), scrollY > 0)")  # it scrolls inside
    for width in (600, 768, 1280):
        await page.set_viewport_size({"width": width, "height": 844})
        await comes_true(opened, f"outerWidth === {width}")
        await page.evaluate(WIDEN, "100%")
        await fits(opened)
    await opened.press()
    await opened.sent()
    await fits(opened)
    assert await page.evaluate(SCAN, [300, 700]) <= 3
    await context.close()


async def fits(opened: Opened) -> None:
    """The frame comes to show the form whole."""
    frame = opened.page.locator("undersigned-campaign iframe")

    async def whole() -> bool:
        width, height = await frame.evaluate("e => [e.clientWidth, e.clientHeight]")
        main = "document.querySelector('main')"
        question = f"innerWidth === {width} && {main}.offsetHeight === {height}"
        return bool(await opened.frame.evaluate(question))

    await until(whole)


async def comes_true(opened: Opened, question: str) -> None:
    """Poll from outside, since the page's policy allows no such code inside."""
    await until(lambda: opened.frame.evaluate(question))


async def test_several_on_a_page_do_not_mix(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    other = "sanction-officials"
    body = element(stage.site, mode="inline") + element(stage.site, other, mode="inline")
    context, opened = await new_page(shared_browser)
    page = opened.page
    await page.goto(hosts.reader.put(body + element(stage.site)))
    first, second = (page.locator("undersigned-campaign").nth(number) for number in (0, 1))
    await first.locator("#given_name").fill("Ani")
    await second.locator("#flow .button").click()
    await expect(second.locator(".summary")).to_be_focused()
    await second.locator(".summary a").first.click()
    await expect(second.locator("#given_name")).to_be_focused()
    await expect(first.locator("#given_name")).to_have_value("Ani")
    await expect(first.locator(".summary")).to_have_count(0)
    await expect(page.frame_locator("iframe").locator("#given_name")).to_be_visible()
    heard = [(kind, detail["campaign"]) for kind, detail in await page.evaluate("heard")]
    assert sorted(heard) == [
        ("invalid", other),
        *[("ready", CAMPAIGN)] * 2,
        ("ready", other),
    ]
    await context.close()


def styled(**values: str) -> str:
    """An element with a theme in its style."""
    theme = ";".join(f"--undersigned-{name}:{value}" for name, value in values.items())
    return f"<style>undersigned-campaign {{{theme}}}</style>"


BUTTON = """e => { const s = getComputedStyle(e);
  return [s.backgroundColor, s.color, s.borderRadius, s.fontFamily]; }"""


@pytest.mark.parametrize("surface", one_of("frame", "inline", few="frame"))
async def test_a_theme_is_taken_where_it_can_be_read(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    host = hosts.reader if surface == "inline" else hosts.partner
    body = element(stage.site, **({"mode": "inline"} if surface == "inline" else {}))
    good = {"accent": "#8b1e3f", "radius": "12px", "font": "Georgia, serif"}
    pale = {"accent": "#ffcc00", "radius": "1px solid", "font": "url(https://stranger.example)"}
    context, opened = await new_page(shared_browser)
    for theme, color, radius in (
        (good, "rgb(139, 30, 63)", "12px"),
        (pale, "rgb(29, 79, 122)", "5px"),
    ):
        await opened.page.goto(host.put(styled(**theme) + body))
        await shown(opened, surface)
        button = opened.root.locator("#flow .button")
        await expect(button).to_have_css("background-color", color)
        _, words, corner, font = await button.evaluate(BUTTON)
        assert (words, corner) == ("rgb(255, 255, 255)", radius)
        assert ("Georgia" in font) is (theme is good)
        await opened.is_right()
    dark = styled(accent="#9cc9ee") + "<style>html {color-scheme: dark; background: #111}</style>"
    await opened.page.goto(host.put(dark + body))
    await shown(opened, surface)
    await expect(opened.root.locator("main[data-step]")).to_have_css(
        "background-color", "rgb(26, 34, 42)"
    )
    await opened.is_right()
    assert surface == "inline" or await corner_is_clear(opened.page)
    await context.close()


async def corner_is_clear(page: Page) -> bool:
    """The page shows around the form's rounded corner: the frame has no canvas of its own."""
    box = await page.locator("iframe").bounding_box()
    assert box
    left, end = box["x"], box["y"] + box["height"]
    corner, below = [
        await picture(page, clip={"x": left, "y": y, "width": 1, "height": 1}, full_page=True)
        for y in (end - 1, end + 4)
    ]
    return corner == below


# What sites' style sheets set at the root, and everything inside inherits.
ROOTED = """<style>html { font-size: 62.5%; direction: rtl; letter-spacing: 0.3em;
  text-transform: uppercase; white-space: nowrap }</style>"""


async def test_inline_takes_neither_size_nor_direction_nor_spacing_from_the_page(
    shared_browser: Browser, stage: Stage, hosts: Hosts
) -> None:
    context, opened = await new_page(shared_browser, width=390)
    await opened.page.goto(hosts.reader.put(ROOTED + element(stage.site, mode="inline")))
    await shown(opened, "inline")
    main = opened.root.locator("main[data-step]")
    for name, value in (
        ("direction", "ltr"),
        ("letter-spacing", "normal"),
        ("text-transform", "none"),
        ("white-space", "normal"),
    ):
        await expect(main).to_have_css(name, value)
    field = await opened.root.locator("#given_name").bounding_box()
    assert field
    assert field["height"] >= 44
    await opened.to_letters()
    await opened.is_right()
    await context.close()


@pytest.mark.parametrize("surface", one_of("frame", "inline", few="inline"))
async def test_answers_behind_the_address_are_filled_in_and_taken_off(
    shared_browser: Browser, stage: Stage, hosts: Hosts, surface: str
) -> None:
    host = hosts.reader if surface == "inline" else hosts.partner
    url = host.put(element(stage.site, **({"mode": "inline"} if surface == "inline" else {})))
    context, opened = await new_page(shared_browser)
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
    await opened.page.goto(
        f"{url}#given_name=Ani+%C3%89&email=ani+x%2By@example.org&zip={SPLIT}&family_name=%zz&story=no"
    )
    await shown(opened, surface)
    await expect(opened.root.locator("#given_name")).to_have_value("Ani \u00c9")
    await expect(opened.root.locator("#email")).to_have_value("ani+x+y@example.org")
    await expect(opened.root.locator("#family_name")).to_have_value("%zz")
    await expect(opened.root.locator("#zip")).to_have_value(SPLIT)
    # What the server would not take is not filled in, and what it would take away is not either.
    again = f"#given_name={'x' * 101}&family_name=A%E2%80%8Bni%0D%0A%EF%BF%BC+Roe&zip={'9' * 11}"
    await opened.page.goto("about:blank")
    await opened.page.goto(url + again)
    await shown(opened, surface)
    await expect(opened.root.locator("#family_name")).to_have_value("Ani Roe")
    await expect(opened.root.locator("#given_name")).to_have_value("")
    await expect(opened.root.locator("#zip")).to_have_value("")
    assert opened.page.url == url
    assert "#" not in await opened.frame.evaluate("location.href")
    assert not [address for address in asked if "Ani" in address or SPLIT in address]
    assert await opened.heard() == ["ready"]
    await context.close()
