"""Who a supporter would write to on one campaign, in the campaign's own order."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.campaigns.published import PublishedCampaign
from api.errors import FieldError, InvalidInput
from api.letters.places import place_name
from api.submissions.forms import Place
from api.targets.congress import Directory
from api.targets.models import Found, Target

EASTERN = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Targeting:
    """The targets of one address on one campaign; ``found`` says how they were found."""

    found: Found
    targets: tuple[Target, ...]

    @property
    def seats(self) -> tuple[str, ...]:
        return tuple(target.seat for target in self.targets)


def eastern_date(now: datetime) -> date:
    """The day in Washington, by which terms begin and end."""
    return now.astimezone(EASTERN).date()


def find_targets(
    published: PublishedCampaign,
    directory: Directory,
    zip_code: str,
    district: str | None,
    today: date,
) -> Targeting:
    """Raises InvalidInput for a ZIP or a district that nobody can be written to for."""
    wanted = published.campaign.targets
    found = directory.find(zip_code, district, today=today, kinds=published.chambers)
    fixed = {target.seat: target for target in published.fixed_targets}
    ordered: list[Target] = []
    for office in wanted:
        if office in fixed:
            ordered.append(fixed[office])
        else:
            ordered += [target for target in found.targets if target.seat.startswith(f"{office}:")]
    return Targeting(found, tuple(ordered))


def require_complete(targeting: Targeting, place: Place) -> None:
    """Refuse what cannot be stored: an open district, a state that the ZIP is not in, nobody.

    Raises InvalidInput with the fields named.
    """
    found = targeting.found
    if found.needs_district:
        lies = ", ".join(found.districts)
        message = f"ZIP {found.zip} lies in more than one district: choose yours of {lies}."
        raise InvalidInput(
            FieldError("district", "district_needed", message), districts=list(found.districts)
        )
    if place.state and place.state not in (found.state, *found.states):
        message = f"ZIP {found.zip} does not lie in {place.state}: check the ZIP and the state."
        raise InvalidInput(FieldError("supporter.state", "state_elsewhere", message))
    if place.state and found.state and place.state != found.state:
        message = (
            f"{found.district} does not lie in {place.state}: check the district or the state."
        )
        raise InvalidInput(FieldError("supporter.state", "state_elsewhere", message))
    if state_of(targeting, place) is None:
        message = f"ZIP {found.zip} lies in {' and '.join(found.states)}: say which state is yours."
        raise InvalidInput(FieldError("supporter.state", "state_needed", message))
    if not targeting.targets:
        message = "Nobody holds the offices that this campaign writes to for your address today."
        raise InvalidInput(FieldError("supporter.zip", "no_targets", message))


def place_of(targeting: Targeting, place: Place) -> str:
    """What the letters' slot says: the city, or the state where no city was given."""
    state = state_of(targeting, place)
    assert state is not None, "require_complete was not asked"
    return place_name(place.city, state)


def state_of(targeting: Targeting, place: Place) -> str | None:
    """The state, known from district, ZIP or the supporter's own word; never chosen for them."""
    return targeting.found.state or place.state
