"""A campaign's counts over time, as open data."""

import csv
import io
from datetime import UTC

from sqlalchemy.ext.asyncio import AsyncConnection

from api.counts import ledger
from api.security.csv import BOM

# What history tells of; how many forms came in is no confirmed count.
TOLD = ("supporters", "letters", "persons", "organizations")


async def history_csv(connection: AsyncConnection, campaign: str) -> str:
    """Lines of hour (UTC), count, change and total (CSV after RFC 4180), the oldest first."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(["hour", "count", "change", "total"])
    totals = dict.fromkeys(TOLD, 0)
    for hour, name, change in await ledger.history(connection, campaign):
        if name in totals:
            totals[name] += change
            writer.writerow(
                [f"{hour.astimezone(UTC):%Y-%m-%dT%H:00:00Z}", name, change, totals[name]]
            )
    return out.getvalue()
