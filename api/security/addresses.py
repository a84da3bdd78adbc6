"""Email addresses: which are taken, and which of them are one mailbox.

email-validator decides, without a DNS look-up. Most addresses take a faster path to the same
answer, since the library's own costs more than sealing the whole form.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES, EMAIL_MAX_LENGTH

from api.security.domain_hints import suggest_domain
from api.security.mailboxes import RULES, Rule
from api.security.text import TextRefused, tidy_email

__all__ = [
    "CANONICAL_VERSION",
    "Address",
    "canonical_address",
    "check_address",
    "earlier_forms",
    "read_address",
    "suggest_domain",
]

# Raised with each change of the rules; see docs/decisions/0024.
CANONICAL_VERSION: Final = RULES[-1][0]

# An ASCII dot-atom (RFC 5322, 3.2.3) of at most 64 characters, and what may be a domain.
_ATOM: Final = r"[\w!#$%&'*+\-/=?^`{|}~]+"
_PLAIN: Final = re.compile(
    rf"(?=[^@]{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.\-]{{1,253}})", re.ASCII
)
_ENCODED_DOMAIN: Final = "xn--"
_ANY_CASE: Final = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)  # RFC 2142: info, postmaster …
_MESSAGE: Final = "Write an email address such as name@example.org."


class Address(NamedTuple):
    """An address as mail is sent to it, and the form that is hashed."""

    delivery: str
    canonical: str


def read_address(value: str) -> Address:
    """Both forms of a typed address. Raises TextRefused as ``check_address``."""
    local, domain = _parts(value)
    return Address(f"{local}@{domain}", _canonical(local, domain))


def check_address(value: str) -> str:
    """The address to send to: tidy, its name in NFC, its domain in ASCII and lower case.

    Raises TextRefused with code ``email_malformed`` or ``too_long``; the address is not in its
    text. A local part beyond ASCII is taken, and needs a server that speaks SMTPUTF8.
    """
    return "@".join(_parts(value))


def canonical_address(value: str) -> str:
    """The form that all addresses of one mailbox share; only hashes of it are kept.

    Lower case, NFC, domain in ASCII, without a plus tag, and without what its provider ignores.
    Raises as ``check_address``.
    """
    return _canonical(*_parts(value))


def earlier_forms(value: str) -> tuple[str, ...]:
    """The canonical forms by earlier versions of the rules that differ from today's. Hashes of them
    may be stored for this address. Raises as ``check_address``."""
    parts = _parts(value)
    now = _canonical(*parts)
    forms = dict.fromkeys(_canonical(*parts, rule) for _, rule in RULES[:-1])
    return tuple(form for form in forms if form != now)


def _canonical(local: str, domain: str, rule: Rule = RULES[-1][1]) -> str:
    local = local.lower()
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)
    return rule(local.partition("+")[0] or local, domain)


def _parts(value: str) -> tuple[str, str]:
    """Local part and ASCII domain of an address that is taken."""
    value = tidy_email(value)
    if len(value) > EMAIL_MAX_LENGTH:
        raise TextRefused("too_long", _MESSAGE)
    if "=?" in value:  # mail programs would decode an encoded word in a header
        raise TextRefused("email_malformed", _MESSAGE)
    match = _PLAIN.fullmatch(value)
    if match is None or _ENCODED_DOMAIN in value.lower():
        return _parts_slowly(value)
    local, domain = match.groups()
    domain = _domain(domain.lower())
    if local.lower() in _ANY_CASE:
        local = local.lower()
    return local, domain


def _parts_slowly(value: str) -> tuple[str, str]:
    try:
        found = validate_email(value, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise TextRefused("email_malformed", _MESSAGE) from None
    return found.local_part, found.ascii_domain


@lru_cache(maxsize=4096)
def _domain_or_none(domain: str) -> str | None:
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return None


def _domain(domain: str) -> str:
    known = _domain_or_none(domain)
    if known is None:
        raise TextRefused("email_malformed", _MESSAGE)
    return known
