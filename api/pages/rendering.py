"""Renders templates to answers, in the visitor's language."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from api.database.session import holds_connection
from api.i18n import ENGLISH, LANGUAGES, formats, translations
from api.mail.promise import IF_MAIL_COMES
from api.pages.assets import load_assets
from api.pages.surface import HOSTED, Surface
from api.security.text import tidy_text
from api.services import Services
from api.settings import Settings

# For pages with typed words or with tokens: nothing may cache them.
NO_STORE = {"Cache-Control": "no-store"}
LEVEL = 6


@dataclass(frozen=True, slots=True)
class View:
    """A request as templates need it: what it may show, and in which language.

    ``offered`` are the languages that there is a switch for; ``path`` is where the switch leads,
    or None on a page that a form was posted to: there it is in the form, so that what was typed
    stays, as it is in every embedded form. ``packs``: whether the browser takes gzip.
    ``surface`` is where it is shown.
    """

    services: Services
    language: str
    offered: tuple[str, ...] = tuple(LANGUAGES)
    path: str | None = None
    query: Mapping[str, str] | None = None
    packs: bool = False
    surface: Surface = HOSTED

    def render(
        self,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
        headers: Mapping[str, str] = NO_STORE,
    ) -> Response:
        """The page of ``templates/pages/<template>``."""
        environment = environment_of(self.services.settings, self.language)
        public = "public" in headers.get("Cache-Control", "")
        shared = {
            "language": self.language,
            "switch": self._switch(),
            "switch_by_form": self.path is None or self.surface.embedded,
            "public_url": self.services.settings.public_url,
            "canonical": in_language(self.path, self.language) if public and self.path else None,
            "alternates": {code: in_language(self.path or "", code) for code in self.offered},
            "path": self.path,
            "surface": self.surface,
            "source_url": self.services.settings.source_url,
        }
        assert not holds_connection(), "give the connection back, then render"
        body = environment.get_template(template).render({**shared, **context})
        headers = {**headers, "Content-Language": self.language}
        if public:
            return self._packed(body, status, headers)
        return HTMLResponse(body, status, headers)

    def _packed(self, body: str, status: int, headers: dict[str, str]) -> Response:
        """A compressed answer, for cacheable pages only: they contain no secret that the compressed
        length could reveal."""
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))
        if not self.packs:
            return HTMLResponse(body, status, headers)
        packed = gzip.compress(body.encode(), LEVEL, mtime=0)
        return HTMLResponse(packed, status, {**headers, "Content-Encoding": "gzip"})

    def _switch(self) -> list[dict[str, str]]:
        return [
            {"code": code, "name": LANGUAGES[code], "href": self._href(code)}
            for code in self.offered
        ]

    def _href(self, code: str) -> str:
        """A link with only a query: a path that begins with two slashes would name another host,
        and a path with a token should be in as few places as possible."""
        return f"?{urlencode({**(self.query or {}), 'lang': code})}"


def in_language(path: str, language: str) -> str:
    """A public page's canonical address in a language; English, the default, has no ``lang``."""
    return path if language == ENGLISH else f"{path}?{urlencode({'lang': language})}"


def environment_of(settings: Settings, language: str) -> Environment:
    return _environment(settings.templates_dir, settings.locale_dir, settings.web_dir, language)


@cache
def _environment(
    templates_dir: Path, locale_dir: Path, web_dir: Path, language: str
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([templates_dir / "pages", templates_dir]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalogue = translations(locale_dir, language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["asset"] = load_assets(web_dir).url
    environment.globals["if_mail_comes"] = catalogue.gettext(IF_MAIL_COMES)
    environment.filters["number"] = partial(formats.number, language=language)
    environment.filters["moment"] = partial(formats.moment, language=language)
    environment.filters["numbered"] = partial(_numbered, language)
    environment.filters["day"] = partial(_day, language)
    environment.filters["paragraphs"] = _paragraphs
    environment.filters["plain"] = _plain
    return environment


def _numbered(language: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its numbers formatted for the language, as in "1,500"."""
    return {
        name: formats.number(value, language) if isinstance(value, int) else value
        for name, value in values.items()
    }


def _day(language: str, value: date | str) -> str:
    return formats.day(value, language)


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which blank lines separate."""
    return [part for part in _plain(text).split("\n\n") if part.strip()]


def _plain(text: str) -> str:
    """The text as it is counted and stored."""
    return tidy_text(text)
