"""A campaign's counts over time, as open data."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from api.security.csv import BOM

Change = tuple[datetime, str, int]

# The counts in the history; the number of submitted forms is not a confirmed count.
TOLD = ("supporters", "letters", "persons", "organizations")


def history_csv(changes: Sequence[Change], shown: Mapping[str, int]) -> str:
    """Lines of hour (UTC), count, change and total (CSV after RFC 4180), the oldest first.

    The totals end at ``shown``, the counts that pages and API show at this moment.
    """
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(["hour", "count", "change", "total"])
    totals = dict.fromkeys(TOLD, 0)
    for hour, name, change in _until(changes, shown):
        if name in totals:
            totals[name] += change
            writer.writerow(
                [f"{hour.astimezone(UTC):%Y-%m-%dT%H:00:00Z}", name, change, totals[name]]
            )
    return out.getvalue()


def _until(rows: Sequence[Change], shown: Mapping[str, int]) -> list[Change]:
    """Without what was folded since the shown snapshot, some seconds ago: in the newest hour."""
    newest = {name: place for place, (_, name, _) in enumerate(rows)}
    until = list(rows)
    for name, place in newest.items():
        hour, _, change = rows[place]
        since = sum(delta for _, other, delta in rows if other == name) - shown.get(name, 0)
        until[place] = (hour, name, change - since)
    return [row for row in until if row[2]]
