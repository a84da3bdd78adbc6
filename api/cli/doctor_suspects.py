"""``undersigned doctor``'s check for suspects, who wait until an organizer clears them."""

import psycopg

from api.findings import Finding

BY_CLIENT = """
    SELECT campaign, count(*) FROM persons WHERE standing = 'suspect' AND suspect_reason = 'rate'
    GROUP BY campaign ORDER BY campaign
"""
ADVICE = (
    "They came as one too many from one address in a day: a school, an office, or an attack.",
    "Until somebody looks they are not counted and their letters wait. Run for each campaign:",
    "undersigned sign-ons suspects SLUG, then undersigned sign-ons release SLUG",
)


def suspects(connection: psycopg.Connection) -> Finding:
    """Whether many people from one client wait for fraud review; they are never told."""
    rows = connection.execute(BY_CLIENT).fetchall()
    if not rows:
        return Finding("suspects", well=True, seen="nobody waits for having shared an address")
    waiting = ", ".join(f"{count} of {campaign}" for campaign, count in rows)
    return Finding("suspects", well=False, seen=f"{waiting} wait", advice=ADVICE)
