"""What is told beside a table of ours, read back at its import."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.targets.crosswalk.output import sidecar
from api.targets.dataset import BrokenData

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class TableEdition:
    """The Congress and the states of a table, the day it was made, and from which plans."""

    congress: int
    states: tuple[str, ...]
    made: str
    plans: tuple[str, ...]

    def require(self, congress: int) -> None:
        """Raises BrokenData where the table is for another Congress."""
        if self.congress != congress:
            which = f"Congress {self.congress}, not {congress}"
            raise BrokenData(f"The ZIP table was built for {which}.")

    @property
    def origin(self) -> str:
        """For ORIGIN.md."""
        more = ", …" if len(self.plans) > _MOST_NAMED else ""
        named = ", ".join(self.plans[:_MOST_NAMED])
        return f"made on {self.made} by `undersigned data crosswalk` from {named}{more}"


def beside(place: str | None, raw: bytes | None) -> TableEdition | None:
    """The edition of the table ``raw`` that was read from ``place``; None for a table that is not
    ours. Raises BrokenData where the two files do not belong together."""
    if place is None or raw is None or place.startswith(("http://", "https://")):
        return None
    path = sidecar(Path(place))
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_bytes())
        found, checksum = _edition(told), told["table"]["sha256"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BrokenData(f"{path} is damaged ({type(error).__name__}): build it anew.") from error
    if checksum != hashlib.sha256(raw).hexdigest():
        raise BrokenData(f"{path} tells of another table than {place}: build them anew.")
    return found


def _edition(told: Mapping[str, Any]) -> TableEdition:
    plans = dict.fromkeys(name for state in told["by_state"].values() for name in state["plan"])
    return TableEdition(
        int(told["congress"]), tuple(map(str, told["states"])), str(told["made"]), tuple(plans)
    )
