"""Results of an attempt to hand over a mail. Reasons never contain personal data."""

from dataclasses import dataclass

__all__ = ["Blocked", "Outcome", "Permanent", "Sent", "Temporary", "Unknown"]


@dataclass(frozen=True, slots=True)
class Sent:
    """Accepted by the other server, which is now responsible for it."""


@dataclass(frozen=True, slots=True)
class Temporary:
    """Certainly not accepted; to be tried again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Certainly not accepted, because of us (policy, a block list) and not because of the
    recipient: other mail to this domain would be refused as well. To be tried again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Permanent:
    """Certainly not accepted, now or later. ``address_gone``: the other server says that there is
    no such mailbox."""

    reason: str
    address_gone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection was lost while the mail was sent: it may have been accepted."""

    reason: str


Outcome = Sent | Temporary | Blocked | Permanent | Unknown
