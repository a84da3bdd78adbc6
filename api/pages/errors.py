"""The words of errors on pages: by field, in the visitor's language, with what to do next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.campaigns.schema import TEXT_FIELDS
from api.errors import DomainError, FieldError
from api.i18n import N_


class BadForm(DomainError):
    status = 400
    code = "malformed_form"
    title = "This form cannot be read"


@dataclass(frozen=True, slots=True)
class PageError:
    """What is wrong with one field: ``target`` is the field's id, ``message`` a msgid, in which
    ``params`` are put."""

    target: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


OWN_WORDS = (*TEXT_FIELDS, "own_words")
# By field and code first, then by code alone.
SENTENCES = {
    ("given_name", "required"): N_("Enter your given name"),
    ("family_name", "required"): N_("Enter your family name"),
    ("email", "required"): N_("Enter your email address"),
    ("zip", "required"): N_("Enter your ZIP code"),
    ("city", "required"): N_("Enter your city or town"),
    ("street", "required"): N_("Enter your street and house number"),
    ("prefix", "required"): N_("Choose a form of address, or none"),
    ("organization", "required"): N_("Enter the organization's name"),
    ("website", "required"): N_("Enter the organization's web address"),
    ("role", "required"): N_("Enter your role in the organization"),
    ("", "website_malformed"): N_("Enter a web address such as https://example.org"),
    ("", "website_scheme"): N_("Enter a web address that begins with https:// or http://"),
    ("", "website_login"): N_(
        "Enter the web address without a name or password, and no email address"
    ),
    ("", "website_port"): N_(
        "Enter the web address without a port, which is the number behind the colon"
    ),
    ("", "website_space"): N_(
        "Enter the web address without spaces, quotes, angle brackets or backslashes"
    ),
    ("", "website_long"): N_("Enter a shorter web address, such as that of the first page"),
    ("", "country_unknown"): N_("Choose a country"),
    ("", "required"): N_("Fill in this field"),
    ("", "email_malformed"): N_("Enter an email address such as name@example.org"),
    ("", "zip_malformed"): N_("Enter a ZIP code of five digits, such as 02138"),
    ("", "zip_unknown"): N_("There is no such ZIP code: check its five digits"),
    ("", "zip_military"): N_(
        "A military address belongs to no district: enter the ZIP code of the address in your "
        "home state at which you are registered to vote"
    ),
    ("", "zip_freely_associated"): N_(
        "This ZIP code has no seat in Congress: if you vote in a state, enter the ZIP code of "
        "your address there"
    ),
    ("", "no_targets"): N_(
        "Nobody holds the offices that this campaign writes to for your address today"
    ),
    ("", "not_represented"): N_(
        "None of your own representatives is among those whom this campaign writes to, and members "
        "of Congress answer their own constituents: no letter can go from your address"
    ),
    ("", "street_unknown"): N_(
        "This street was not found in your ZIP code: check it, or choose your district"
    ),
    ("", "district_needed"): N_("Choose your congressional district"),
    ("", "district_malformed"): N_("Choose one of the districts on this page"),
    ("", "district_unknown"): N_("Choose one of the districts on this page"),
    ("", "district_elsewhere"): N_("Choose one of the districts on this page"),
    ("", "state_needed"): N_("Choose your state"),
    ("", "state_elsewhere"): N_("Your ZIP code does not lie in this state: check both"),
    ("", "phone_malformed"): N_("Enter the ten digits of a US phone number, or leave it empty"),
    ("", "phone_extension"): N_(
        "Leave out the extension: the offices' message systems take only the ten digits"
    ),
    ("", "no_letter"): N_("Use at least one letter here"),
    ("", "line_break"): N_("Write this on one line"),
    ("", "control_character"): N_(
        "Remove the invisible control characters here: they cannot be sent on"
    ),
    ("", "hidden_direction"): N_("Remove the invisible characters here: they cannot be sent on"),
    ("city", "too_short"): N_(
        "Enter a city of three letters or more: the offices' message systems take no shorter one"
    ),
    ("street", "too_short"): N_(
        "Enter a street of three characters or more: the offices' message systems take no shorter "
        "one"
    ),
    **{
        (name, "too_short"): N_("Write at least six characters here, or leave it empty")
        for name in OWN_WORDS
    },
    ("", "too_short"): N_("Write at least six characters here, or undo your changes"),
    **{
        (name, "too_long"): N_("What you wrote is longer than fits: shorten it")
        for name in OWN_WORDS
    },
    ("subject", "too_long"): N_("This subject is longer than the office takes: shorten it"),
    ("statement", "too_long"): N_("This text is longer than the office takes: shorten it"),
    ("", "too_long"): N_("This is too long: shorten it"),
    ("demands", "not_offered"): N_("Choose at least one demand"),
}

# Sentences with numbers or places, for when these are known.
COUNTED = {
    "too_long": N_("This has %(used)s characters, and %(max)s fit: shorten it by %(over)s"),
    "control_character": N_(
        "Remove the invisible character (%(which)s) in line %(line)s, at character %(character)s: "
        "it cannot be sent on"
    ),
}


def page_errors(
    fields: Iterable[FieldError], edits: Sequence[Mapping[str, str]] = ()
) -> list[PageError]:
    """The errors of the JSON contract's fields as errors of the page's fields.

    ``edits`` are the letters' edits as they were handed in.
    """
    found: dict[str, PageError] = {}
    for error in fields:
        target, name = _target(error, edits)
        found.setdefault(target, PageError(target, *_sentence(name, error)))
    return list(found.values())


def _sentence(name: str, error: FieldError) -> tuple[str, Mapping[str, Any]]:
    """A msgid, and what stands in it; without one the API's own sentence."""
    counted = COUNTED.get(error.code)
    if counted and error.params:
        return counted, error.params
    message = SENTENCES.get((name, error.code)) or SENTENCES.get(("", error.code))
    return message or error.message.replace("%", "%%"), {}


def _target(error: FieldError, edits: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """The id of the field on the page, and its plain name."""
    first, *rest = error.field.split(".")
    name = rest[-1] if rest else first
    if first == "letters" and rest:
        seat = _seat(rest[0], edits)
        return f"{name}:{seat}", name
    return name, name


def _seat(number: str, edits: Sequence[Mapping[str, str]]) -> str:
    """Whose letter it is, by its number among the edits."""
    known = number.isdecimal() and int(number) < len(edits)
    return edits[int(number)]["seat"] if known else ""


# How an error page says what happened, by the error's code: (title, sentence).
TOLD = {
    "not_found": (
        N_("There is nothing here"),
        N_(
            "The address may be mistyped, the page may be gone, or its campaign may not be open at "
            "the moment. Begin at the list of campaigns."
        ),
    ),
    "campaign_closed": (
        N_("This campaign has closed"),
        N_("It takes no more letters. It can still be read."),
    ),
    "campaign_not_open": (
        N_("This campaign is not open at the moment"),
        N_("Nothing was sent or signed. Open the link again later."),
    ),
    "open_letter": (
        N_("This campaign is an open letter"),
        N_("It takes names under its statement, and no letters."),
    ),
    "statement_changed": (
        N_("The letter has changed since you read it"),
        N_("Go back, load the page again, and read it once more before you sign."),
    ),
    "token_gone": (
        N_("This link is no longer good"),
        N_(
            "We do not know it, or not any more: a mail program may have cut it short, it may be "
            "too old, or what it led to was erased. Open it from the mail once more, fill in the "
            "form again, or ask for a new link."
        ),
    ),
    "too_large": (
        N_("This is more than fits"),
        N_("Go back, shorten what you wrote, and send it again."),
    ),
    "malformed_form": (
        N_("This form cannot be read"),
        N_("Go back to the page with the form, and send it again."),
    ),
    "cross_site": (
        N_("This was sent from another site"),
        N_(
            "Nothing was stored: no other site may send anything in your name. Open the campaign "
            "on this site, and send it from here. If you go back, you may find what you typed."
        ),
    ),
    "wrong_host": (
        N_("This is another site's name"),
        N_("Open the address that the organization gave you."),
    ),
    "malformed_request": (
        N_("This address cannot be read"),
        N_("It may have been cut or changed on its way. Begin at the list of campaigns."),
    ),
    "address_too_long": (
        N_("This address is too long"),
        N_("It may have been cut or changed on its way. Begin at the list of campaigns."),
    ),
    "invalid_input": (
        N_("Some answers need another look"),
        N_("Go back to the page with the form, correct it, and send it again."),
    ),
    "method_not_allowed": (
        N_("This page cannot be opened like that"),
        N_("It belongs to a form. Begin at the list of campaigns."),
    ),
    "unavailable": (
        N_("This does not work at the moment"),
        N_("The fault is ours. Nothing was lost or half done: try again in a minute."),
    ),
    "rate_limited": (
        N_("Too many requests came from here"),
        N_("Many may share one connection. Open this address again in a minute."),
    ),
    "busy": (
        N_("Too much is being printed at the moment"),
        N_("Nothing is lost. Open this address again in ten seconds."),
    ),
    "too_long_to_print": (
        N_("This letter cannot be made into a PDF here"),
        N_("Go back, and print the letter from its page in your browser instead."),
    ),
    "internal_error": (
        N_("Something went wrong here"),
        N_("The fault is ours. Nothing was lost or half done: try again in a minute."),
    ),
}

# Under the title of an error page that keeps what was posted.
KEPT = N_(
    "Nothing was done yet, and nothing that you typed is lost: this page keeps it. Many may share "
    "one connection. Press the button in a minute."
)


def told(error: DomainError) -> tuple[str, str]:
    """Title and sentence (msgids) of an error page."""
    return TOLD.get(error.code, (error.title, error.detail))
