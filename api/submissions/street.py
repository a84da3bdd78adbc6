"""The street look-up of a split ZIP code, and the proof that it was done.

Only the operator's geocoder can say which district an address lies in; a browser cannot. So a
look-up is answered with a signed proof for that very address, and a form that brings it back
has ``district_basis`` "geocoded" instead of "stated".
"""

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.errors import DomainError, FieldError, InvalidInput
from api.letters.canonical import canonical_json
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing
from api.submissions.forms import Place, TargetsForm
from api.targets.geocoder import Geocoder
from api.targets.models import Found

GOOD_FOR = timedelta(hours=24)
DOMAIN = "street look-up"
PROOF = re.compile(r"([0-9]{1,12})\.[A-Za-z0-9_-]{43}", re.ASCII)


class LookUpOff(DomainError):
    status = 409
    code = "street_look_up_off"
    title = "There is no street look-up here"


@dataclass(frozen=True, slots=True)
class Located:
    """A district that the geocoder found, and the proof to send along with the form."""

    district: str
    proof: str


async def locate(
    geocoder: Geocoder | None, keys: KeyRing, form: TargetsForm, found: Found, now: datetime
) -> Located:
    """Ask the geocoder for the district of a street in the ZIP code that was ``found``.

    Raises LookUpOff without a geocoder, InvalidInput when the street is in no single district of
    the ZIP code's states, and Unavailable in an outage: the supporter can still choose.
    """
    if geocoder is None:
        raise LookUpOff("Choose your district from the list.")
    if form.street is None:
        raise InvalidInput(FieldError("street", "required", "Write street and house number."))
    address = (form.street, form.city or "", found.zip)
    district = await geocoder.locate(*address, states=found.states, congress=found.congress)
    if district is None:
        message = "This street was not found in this ZIP code: check it, or choose your district."
        raise InvalidInput(FieldError("street", "street_unknown", message))
    return Located(district, _sign(keys, form, found, district, int(now.timestamp())))


def was_located(
    keys: KeyRing, proof: str | None, place: Place, found: Found, now: datetime
) -> bool:
    """Whether a proof is ours, fresh, and for this very address and district."""
    match = PROOF.fullmatch(proof or "")
    if match is None or found.district is None:
        return False
    at = int(match[1])
    signed = _sign(keys, place, found, found.district, at)
    fresh = now.timestamp() - at <= GOOD_FOR.total_seconds()
    return fresh and hmac.compare_digest(signed, match[0])


def _sign(keys: KeyRing, place: Place, found: Found, district: str, at: int) -> str:
    """The proof holds for one Congress: the same number may be another place in the next one."""
    parts = [place.street, place.city, found.zip, found.congress, district, at]
    mac = keyed_hash(keys.purpose("approvals"), DOMAIN, canonical_json(parts))
    return f"{at}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
