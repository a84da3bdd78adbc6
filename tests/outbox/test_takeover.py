"""What a killed worker held is tried by another within a minute, whatever is slow."""

from datetime import timedelta
from inspect import signature

import pytest

from api.confirmation.mails import MAILS
from api.deliveries.pace import HORIZON_SECONDS
from api.deliveries.schedule import DELIVERIES
from api.mail.smtp import Smtp
from api.outbox.lease import Outbox
from api.settings import ChamberSettings

GOAL = timedelta(seconds=60)
MAIL_SECONDS: float = signature(Smtp).parameters["timeout"].default
CHAMBER_SECONDS: float = ChamberSettings.model_fields["timeout"].default


@pytest.mark.parametrize(
    ("outbox", "seconds"),
    [(MAILS, MAIL_SECONDS), (DELIVERIES, MAIL_SECONDS), (DELIVERIES, CHAMBER_SECONDS)],
)
def test_a_lease_and_a_busy_successor_fit_into_a_minute(outbox: Outbox, seconds: float) -> None:
    """The lease runs out; then somebody has to end what it was just about to send."""
    busy = timedelta(seconds=HORIZON_SECONDS + seconds)
    assert outbox.lease + busy < GOAL
