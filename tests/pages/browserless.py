"""A page read as a browser without scripts reads it: its words, links, and forms to fill in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import httpx

HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """``fields`` holds what a browser would send; ``choices`` the unchosen radios and boxes."""

    action: str
    fields: Pairs = field(default_factory=list)
    choices: Pairs = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return dict(self.fields)[name]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]


class Page(HTMLParser):
    """Parses an answer; ``client`` submits what is filled in."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer, self.html = answer, answer.text
        self.words = ""
        self.titles: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.forms: list[Form] = []
        self._open: list[str] = []
        self._select: str | None = None
        self._area: str | None = None
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag == "form":
            self.forms.append(Form(attributes["action"]))
        elif tag == "input":
            self._input(attributes)
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = attributes["name"]
        elif tag == "option" and self._select and "selected" in attributes:
            value = attributes.get("value")
            assert value is not None
            self.forms[-1].fields.append((self._select, value))
        elif tag == "button" and attributes.get("type") != "button" and "form" not in attributes:
            self.forms[-1].buttons.append(attributes)
        if tag in {"title", "h1", "style", "script"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            attributes = next(a for t, a in reversed(self.tags) if t == "textarea")
            if "name" in attributes:
                text = self._area.removeprefix("\n").replace("\n", "\r\n")
                self.forms[-1].fields.append((attributes["name"], text))
            self._area = None
        elif tag == "select":
            self._select = None
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data
            return
        for tag in self._open:
            self.titles[tag] = self.titles.get(tag, "") + data
        self.words += data

    def _input(self, attributes: dict[str, str]) -> None:
        if not self.forms or "name" not in attributes:
            return
        pair = (attributes["name"], attributes.get("value", "on"))
        unchosen = attributes.get("type") in {"radio", "checkbox"} and "checked" not in attributes
        (self.forms[-1].choices if unchosen else self.forms[-1].fields).append(pair)

    @property
    def form(self) -> Form:
        """The page's main form."""
        return self.forms[0]

    def by_id(self, name: str) -> dict[str, str]:
        return next(attributes for _, attributes in self.tags if attributes.get("id") == name)

    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]

    async def submit(
        self,
        client: httpx.AsyncClient,
        values: dict[str, str] | None = None,
        *,
        button: dict[str, str] | None = None,
        form: int = 0,
    ) -> "Page":
        """Send a form with some fields replaced, by one of its buttons; redirects are followed."""
        sent, values = self.forms[form], dict(values or {})
        pairs = [(name, values.pop(name, value)) for name, value in sent.fields]
        pairs += values.items()
        pressed = button or {}
        if "name" in pressed:
            pairs.append((pressed["name"], pressed["value"]))
        action = urlsplit(pressed.get("formaction", sent.action))
        url = f"{action.path}?{action.query}" if action.query else action.path
        answer = await client.post(url, content=urlencode(pairs), headers=HEADERS)
        return Page(await follow(client, answer))

    def button(self, value: str) -> dict[str, str]:
        """The button that sends ``value``, such as "back" or "undo:president"."""
        found = [b for form in self.forms for b in form.buttons if b.get("value") == value]
        return found[0]


async def follow(client: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    while answer.status_code == httpx.codes.SEE_OTHER:
        answer = await client.get(answer.headers["location"])
    return answer


async def get(client: httpx.AsyncClient, url: str) -> Page:
    return Page(await follow(client, await client.get(url)))
