"""Who a supporter would write to on one campaign, in the campaign's own order."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from api.campaigns.published import PublishedCampaign
from api.campaigns.targets import selects, selects_seat
from api.errors import FieldError, InvalidInput
from api.letters.places import place_name
from api.submissions.forms import Place
from api.targets.congress import Directory
from api.targets.models import Found, Target
from api.targets.unknown_lines import why_asked

KEPT_PLACES = 8192  # ZIP codes whose targets are kept, about 1 kB each


@dataclass(frozen=True, slots=True)
class Targeting:
    """The targets of one address on one campaign; ``found`` says how they were found.

    ``elsewhere`` are the committees and members, by name, whom the campaign writes to as well
    and among whom none of this address's own representatives is.
    """

    found: Found
    targets: tuple[Target, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def seats(self) -> tuple[str, ...]:
        return tuple(target.seat for target in self.targets)


@lru_cache(KEPT_PLACES)
def find_targets(
    published: PublishedCampaign,
    directory: Directory,
    zip_code: str,
    district: str | None,
    today: date,
) -> Targeting:
    """Raises InvalidInput for a ZIP code or a district that has nobody to write to.

    Cached by version of campaign and directory, which do not change, and by the day.
    """
    wanted = published.campaign.targets
    found = directory.find(zip_code, district, today=today, kinds=published.chambers)
    fixed = {target.seat: target for target in published.fixed_targets}
    ordered: dict[str, Target] = {}
    elsewhere: list[str] = []
    for name, said in zip(wanted, published.target_names, strict=True):
        own = [fixed[name]] if name in fixed else [t for t in found.targets if selects(name, t)]
        ordered |= {target.seat: target for target in own if target.seat not in ordered}
        if not own and ":" in name and not found.needs_district:
            elsewhere.append(said)
    vacant = [v for v in found.vacant if any(selects_seat(name, v.seat) for name in wanted)]
    found = replace(found, vacant=tuple(vacant))
    return Targeting(found, tuple(ordered.values()), tuple(elsewhere))


def require_complete(targeting: Targeting, place: Place) -> None:
    """Refuse what cannot be stored: no district, a state that the ZIP is not in, or no target.

    Raises InvalidInput with the fields named.
    """
    found = targeting.found
    if found.needs_district:
        lies = ", ".join(found.districts)
        message = f"ZIP {found.zip} lies in more than one district: choose yours of {lies}."
        if told := why_asked(found, str):
            message = f"{told} ZIP {found.zip} may lie in {lies}."
        raise InvalidInput(
            FieldError("district", "district_needed", message), districts=list(found.districts)
        )
    require_state(found, place.state, "supporter.state")
    if state_of(targeting, place) is None:
        message = f"ZIP {found.zip} lies in {' and '.join(found.states)}: say which state is yours."
        raise InvalidInput(FieldError("supporter.state", "state_needed", message))
    if not targeting.targets and not found.vacant:
        raise InvalidInput(FieldError("supporter.zip", "not_represented", _not_yours(targeting)))
    if not targeting.targets:
        message = "Nobody holds the offices that this campaign writes to for your address today."
        raise InvalidInput(FieldError("supporter.zip", "no_targets", message))


def require_state(found: Found, state: str | None, field: str) -> None:
    """Refuse a state that ZIP code or district are not in. Raises InvalidInput on ``field``."""
    if state and state not in (found.state, *found.states):
        message = f"ZIP {found.zip} does not lie in {state}: check the ZIP and the state."
        raise InvalidInput(FieldError(field, "state_elsewhere", message))
    if state and found.state and state != found.state:
        message = f"{found.district} does not lie in {state}: check the district or the state."
        raise InvalidInput(FieldError(field, "state_elsewhere", message))


def _not_yours(targeting: Targeting) -> str:
    groups = " or ".join(targeting.elsewhere)
    if not groups:
        return (
            "Your address has none of the offices that this campaign writes to: the District of "
            "Columbia and the territories elect no senators."
        )
    return (
        f"This campaign writes to {groups}, and none of your own representatives is there. "
        "Members of Congress answer their own constituents, so no letter goes to anyone else's."
    )


def place_of(targeting: Targeting, place: Place) -> str:
    """What the letters' slot says: the city, or the state where no city was given."""
    state = state_of(targeting, place)
    assert state is not None, "require_complete was not asked"
    return place_name(place.city, state)


def state_of(targeting: Targeting, place: Place) -> str | None:
    """The state, known from district, ZIP or the supporter's own word; never chosen for them."""
    return targeting.found.state or place.state
