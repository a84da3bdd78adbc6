"""How long a form waits for its confirmation: its time runs from its first mail.

A delay of the mail (an outage, a recipient domain that refuses us, the hourly limit) does not
shorten its reader's time. But no form waits longer than ``LONGEST`` after it was submitted.
"""

from datetime import datetime, timedelta
from typing import Final

__all__ = ["FIRST_MAILED", "HELD_UP", "LONGEST", "waits_until"]

LONGEST: Final = timedelta(days=14)

# When the first mail that leads to a form was sent: its own, or one whose list it is in. ``s`` is
# the supporters' row. Asking for further mails does not extend a form's time.
FIRST_MAILED: Final = """
    (SELECT min(f.due_at) FROM mails f WHERE f.supporter_id = s.id
        AND f.kind IN ('confirmation', 'resend', 'reminder')
        AND (f.status = 'sent' OR f.status = 'suppressed' AND f.reason LIKE 'listed%'))
"""
# Whether a form's mail is still queued, for a reason other than its campaign's state.
HELD_UP: Final = """
    EXISTS (SELECT FROM mails h WHERE h.supporter_id = s.id AND h.status IN ('queued', 'sending')
            AND h.reason IS DISTINCT FROM 'campaign_not_open')
"""


def waits_until(hour: datetime, mailed: datetime, lives_hours: int) -> datetime:
    """When a form submitted in this hour expires. ``mailed``: when its first mail left, or now."""
    lives = timedelta(hours=lives_hours)
    return min(mailed + lives, hour + max(LONGEST, lives))
