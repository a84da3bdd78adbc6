"""Domain errors. Each has a status, a stable code and a sentence that tells what to do.

``api/problems.py`` renders them as RFC 9457 problem details, ``api/pages`` as a page;
nothing else in the code knows about HTTP bodies of errors.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: ``field`` is a dotted path such as ``supporter.zip``.

    ``params`` are what stands in ``message``, for whoever says it in another language.
    """

    field: str
    code: str
    message: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False)


class DomainError(Exception):
    """An error that the caller can do something about.

    ``detail`` is shown to people and never holds personal data; ``fields`` names what to
    correct; ``extra`` are further members of the problem document, ``headers`` what its answer
    says beside it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be carried out"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, *, fields: Sequence[FieldError] = (), **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = tuple(fields)
        self.extra = extra


class InvalidInput(DomainError):
    """One or more fields are refused; nothing was stored."""

    status = 422
    code = "invalid_input"
    title = "Some answers need another look"

    def __init__(self, *fields: FieldError, **extra: Any) -> None:
        one = len(fields) == 1
        detail = fields[0].message if one else f"{len(fields)} answers need another look."
        super().__init__(detail, fields=fields, **extra)


def unstorable() -> InvalidInput:
    """What the database cannot hold (a NUL, a number out of range), where no check of ours named
    the field: the fault is the request's, and no outage."""
    sentence = "Something in it cannot be stored: look for control characters and huge numbers."
    return InvalidInput(FieldError("request", "cannot_be_stored", sentence))


class NotFound(DomainError):
    status = 404
    code = "not_found"
    title = "There is nothing here"


class CampaignClosed(DomainError):
    status = 409
    code = "campaign_closed"
    title = "This campaign has closed"


class CampaignNotOpen(DomainError):
    """The campaign is being revised, or its file is away for now: nothing is lost by waiting."""

    status = 409
    code = "campaign_not_open"
    title = "This campaign is not open at the moment"


class LetterChanged(DomainError):
    """What was approved is not what would go out; ``letters`` holds the new letters."""

    status = 409
    code = "letter_changed"
    title = "The letters have changed since you read them"


class NotYourTarget(DomainError):
    status = 422
    code = "not_your_target"
    title = "That office does not represent this address"


class NumberChanged(DomainError):
    """More or fewer match than were previewed."""

    status = 409
    code = "number_changed"
    title = "The number has changed"


class IdempotencyConflict(DomainError):
    status = 422
    code = "idempotency_conflict"
    title = "This Idempotency-Key was used for another request"


class TokenGone(DomainError):
    """A mailed link that is used, expired or unknown; the answer does not say which."""

    status = 410
    code = "token_gone"
    title = "This link is no longer good"


class TooLarge(DomainError):
    status = 413
    code = "too_large"
    title = "The request is too large"


class Unavailable(DomainError):
    """An outage, reported as such and never as "not found"."""

    status = 503
    code = "unavailable"
    title = "This does not work at the moment"
