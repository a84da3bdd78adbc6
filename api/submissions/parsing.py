"""Parses bytes into a form; errors are reported per field, with a code and a sentence."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from api.errors import DomainError, FieldError, InvalidInput
from api.security.text import TextRefused
from api.submissions.forms import Model

M = TypeVar("M", bound=Model)


class MalformedJson(DomainError):
    status = 400
    code = "malformed_json"
    title = "The body is not JSON"


SENTENCES = {
    "missing": ("required", "This is needed."),
    "extra_forbidden": ("unknown_field", "There is no such field: remove it."),
    "none_required": ("unknown_field", "There is no such field: remove it."),
    "string_type": ("not_text", "This must be text."),
    "bool_type": ("not_a_yes_or_no", "This must be true or false."),
    "string_too_long": ("too_long", "This is too long."),
    "too_long": ("too_many", "There are too many of these."),
    "string_pattern_mismatch": ("malformed", "This does not have the form that is expected."),
    "string_unicode": ("not_text", "This holds characters that are not text."),
}


def parse_json(model: type[M], body: bytes) -> M:
    """A form from a JSON body. Raises MalformedJson or InvalidInput."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise explained(error) from None


def parse_fields(model: type[M], fields: Mapping[str, Any]) -> M:
    """A form from nested plain values, as the pages collect them. Raises InvalidInput."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise explained(error) from None


def explained(error: ValidationError) -> DomainError:
    """What pydantic found, as a domain error; typed values are left out of it."""
    details = error.errors(include_url=False, include_input=False)
    if any(detail["type"] == "json_invalid" for detail in details):
        return malformed()
    return InvalidInput(*(field_error(detail) for detail in details[:20]))


def malformed() -> MalformedJson:
    return MalformedJson("Send one JSON object, encoded as UTF-8.")


def field_error(detail: Mapping[str, Any]) -> FieldError:
    """One of pydantic's complaints; ``loc`` becomes the dotted path of the field."""
    field = ".".join(str(part) for part in detail["loc"]) or "body"
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, TextRefused):
        return FieldError(field, cause.code, cause.message, cause.params)
    code, sentence = SENTENCES.get(detail["type"], (detail["type"], f"{detail['msg']}."))
    return FieldError(field, code, sentence)
