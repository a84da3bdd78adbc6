"""The types of values in campaign and dossier files."""

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    HttpUrl,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
    create_model,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from api.campaigns.leftovers import INVISIBLE, leftover
from api.i18n import ENGLISH, LANGUAGES
from api.letters.dates import PATTERN, said
from api.security.text import tidy_line, tidy_text
from api.targets.days import EASTERN

_FORBIDDEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufffe\uffff⟦⟧]"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_URL = TypeAdapter(HttpUrl)


class Strict(BaseModel):
    """Frozen, without unknown keys, and without conversions between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def plain(text: str) -> str:
    """Normalize a text like typed input (``security/text.py``), but refuse control and invisible
    characters and placeholders: an author can correct the file."""
    bad = _FORBIDDEN.search(text) or INVISIBLE.search(text)
    if bad:
        raise ValueError(f"has the character U+{ord(bad[0]):04X}, which is not allowed in a text")
    left = leftover(text)
    if left:
        raise ValueError(f'has "{left}" left in it')
    kept = tidy_text(text)
    if not kept:
        raise ValueError("is blank")
    return kept


def one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("must be on one line")
    return tidy_line(text)


def _sentence(text: str) -> str:
    if not text.endswith((".", "?", "!", '."', ".”")):
        raise ValueError("must be a whole sentence that ends with a full stop")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text):
        raise ValueError("is not an email address")
    return text


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise ValueError("must be an address that begins with https:// or http://")
    _URL.validate_python(text)
    return text


def _partial_date(value: Any) -> str:
    """A date as far as a document gives it: ``2020-10-05``, ``2020-10`` or ``2020``."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(PATTERN, text) or "-00" in text:
        raise ValueError("is not a date: write 2020-10-05, or 2020-10 or 2020 where less is known")
    try:
        said(text)
    except ValueError as error:
        raise ValueError(f"is not a date: {error}") from error
    return text


def _day(value: Any) -> date:
    try:
        if isinstance(value, date):
            return value
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"is not a date: {error}") from error
    raise ValueError("is not a date: write it as 2025-08-15")


def _moment(value: Any, of_day: time) -> datetime:
    """A date stands for its moment ``of_day`` in US Eastern; a date-time carries its offset."""
    if isinstance(value, datetime):
        return value
    text = value if isinstance(value, str) else ""
    if _DATE.fullmatch(text):
        return datetime.combine(_day(text), of_day, EASTERN)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = (
            "is neither a date such as 2025-08-15 nor a date-time such as 2025-08-15T09:00-04:00"
        )
        raise ValueError(message) from error
    if moment.tzinfo is None:
        raise ValueError("a date-time carries its offset from UTC: 2025-08-15T09:00-04:00")
    return moment


def _opening(value: Any) -> datetime:
    return _moment(value, time(0, 0, 0))


def _closing(value: Any) -> datetime:
    return _moment(value, time(23, 59, 59))


_MOMENT_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$",
        "description": "A date (US Eastern), or a date-time with its offset",
    }
)
_DAY_SCHEMA = WithJsonSchema({"type": "string", "format": "date"})

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=60)]
Prose = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(plain)]
Line = Annotated[
    str, StringConstraints(max_length=300), AfterValidator(plain), AfterValidator(one_line)
]
Sentence = Annotated[
    str, StringConstraints(max_length=2000), AfterValidator(plain), AfterValidator(_sentence)
]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}-[0-9]{3}-[0-9]{4}$")]
Bioguide = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{6}$")]
Day = Annotated[date, BeforeValidator(_day), _DAY_SCHEMA]
PartialDate = Annotated[
    str,
    BeforeValidator(_partial_date),
    WithJsonSchema({"type": "string", "pattern": f"^{PATTERN}$"}),
]
Opening = Annotated[datetime, BeforeValidator(_opening), _MOMENT_SCHEMA]
Closing = Annotated[datetime, BeforeValidator(_closing), _MOMENT_SCHEMA]


class _Text(Strict):
    en: Prose

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"en": value}
        if isinstance(value, dict | _Text):
            return value
        languages = ", ".join(f"{language}: …" for language in LANGUAGES)
        raise ValueError(f"must be a text, or texts by language: {{{languages}}}")

    @model_serializer
    def _only_known(self) -> dict[str, str]:
        return {language: text for language, text in self if text is not None}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        languages = {language: {"type": "string"} for language in LANGUAGES}
        return {
            "description": "A text in English, or texts by language",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": languages,
                    "required": ["en"],
                    "additionalProperties": False,
                },
            ],
        }

    def get(self, language: str) -> str:
        """The text in ``language``, in English where it is not there."""
        return self.__dict__.get(language) or self.en

    def missing(self, languages: tuple[str, ...]) -> list[str]:
        """The languages that it lacks. A text that is English only stands for all."""
        if not any(text for language, text in self if language != ENGLISH):
            return []
        return [language for language in languages if getattr(self, language, None) is None]


_OTHERS = {code: (Prose | None, None) for code in LANGUAGES if code != ENGLISH}

if TYPE_CHECKING:
    Text = _Text
else:
    Text = create_model(
        "Text",
        __base__=_Text,
        __module__=__name__,
        __doc__="A text in the languages that it has; a string is English and stands for all.",
        **_OTHERS,
    )


def limited(text: Text, longest: int) -> Text:
    for language, words in text:
        if words and len(words) > longest:
            raise ValueError(f"is longer than {longest:,} characters ({language})")
    return text


Title = Annotated[Text, AfterValidator(lambda text: limited(text, 120))]
Short = Annotated[Text, AfterValidator(lambda text: limited(text, 600))]
