"""What a supporter is told whose district the ZIP code does not say, since its lines are new."""

from collections.abc import Callable
from typing import Final

from api.i18n import N_
from api.targets.models import Found
from api.targets.states import STATES

# The page of the form (place.html.j2) says the same.
UNKNOWN_LINES: Final = N_(
    "District lines in %(states)s may have changed with the new Congress, and no public table says "
    "yet which ZIP codes lie in which district. Please say which one is yours."
)


def states_of(found: Found) -> str | None:
    """The names of the states whose lines are not known; None where there are none."""
    return ", ".join(STATES[state].name for state in found.unknown) or None


def why_asked(found: Found, gettext: Callable[[str], str]) -> str | None:
    """The whole sentence; None where the lines are known."""
    states = states_of(found)
    return gettext(UNKNOWN_LINES) % {"states": states} if states else None
