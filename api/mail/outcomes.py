"""What became of an attempt to hand a mail over. Reasons never hold personal data."""

from dataclasses import dataclass

__all__ = ["Blocked", "Outcome", "Permanent", "Sent", "Temporary", "Unknown"]


@dataclass(frozen=True, slots=True)
class Sent:
    """Taken by the other side, which now is in charge of it."""


@dataclass(frozen=True, slots=True)
class Temporary:
    """Certainly not taken; to be tried again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Certainly not taken, for what we are (policy, a block list), not for whom it is to: other
    mail to this domain would be refused as well. To be tried again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Permanent:
    """Certainly not taken, now or later. ``address_gone``: the other side says that there is no
    such mailbox."""

    reason: str
    address_gone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection was lost when the mail was on its way: it may have been taken."""

    reason: str


Outcome = Sent | Temporary | Blocked | Permanent | Unknown
