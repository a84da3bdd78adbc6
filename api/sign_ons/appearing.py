"""A sign-on as its owner chose to appear."""

from dataclasses import dataclass

from api.sign_ons.countries import country_name
from api.sign_ons.models import Display
from api.sign_ons.names import full_name, initials, initials_key, person_key
from api.supporters.vault import Address, Identity, SignOnWords


@dataclass(frozen=True, slots=True)
class Appearance:
    """All that would be shown; everything is blank for who is only counted."""

    name: str | None = None
    place: str | None = None
    affiliation: str | None = None
    comment: str | None = None
    sort_key: bytes | None = None

    @property
    def line(self) -> tuple[str | None, ...]:
        """What is passed or refused as one: the name with what stands beside it."""
        return self.name, self.place, self.affiliation


def appearance(
    display: Display, identity: Identity, address: Address, country: str, words: SignOnWords
) -> Appearance:
    """What a form would show. A comment stands only beside a name."""
    given, family = identity.given_name, identity.family_name
    if display is Display.HIDDEN:
        return Appearance()
    if display is Display.INITIALS:
        shown = initials(given, family)
        return Appearance(shown, address.state or _abroad(country), sort_key=initials_key(shown))
    return Appearance(
        full_name(given, family),
        place(address, country),
        words.affiliation,
        words.comment,
        person_key(given, family),
    )


def place(address: Address, country: str) -> str | None:
    """Such as "Glendale, CA"; outside the United States the country in English."""
    parts = (address.city, address.state or _abroad(country))
    return ", ".join(part for part in parts if part) or None


def _abroad(country: str) -> str | None:
    return None if country == "US" else country_name(country)
