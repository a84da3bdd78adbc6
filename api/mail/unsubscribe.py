"""The link at the end of every mail, which stops all mail to an address.

The link contains the hashes by which the suppression list knows the address, signed. So it works
forever, even if nothing else is stored about that address any more, and it reveals nothing
without the key ring. Links from before the present version of canonical forms contain only the
owner's hash by the old version: they can stop and allow mail, but cannot show what was stopped
under another form.
"""

import base64
import binascii
import hmac
from typing import Final, NamedTuple

from api.errors import TokenGone
from api.mail.suppressions import Recipient
from api.security.addresses import CANONICAL_VERSION
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = ["Link", "read_unsubscribe_token", "unsubscribe_token"]

HASH_BYTES, MAC_BYTES = 32, 16
MOST_HASHES: Final = 1 + CANONICAL_VERSION


class Link(NamedTuple):
    """Whom a token is of. ``of_today``: it knows the address by every form that it ever had."""

    whom: Recipient
    of_today: bool


def unsubscribe_token(keys: KeyRing, whom: Recipient) -> str:
    """The token of a link that stops mail to an address: 107 characters, or 150 where its canonical
    form has changed. ``whom`` is of an address, as ``recipient`` makes it."""
    raw = b"".join((whom.mailbox or b"", *whom.owners))
    signed = raw + _mac(keys, CANONICAL_VERSION, raw)
    return base64.urlsafe_b64encode(signed).decode("ascii").rstrip("=")


def read_unsubscribe_token(keys: KeyRing, token: str) -> Link:
    """What a token of ours says. Raises TokenGone for any other text."""
    raw = _decoded(token)
    body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    hashes = [body[at : at + HASH_BYTES] for at in range(0, len(body), HASH_BYTES)]
    for version in range(CANONICAL_VERSION, 0, -1):
        if hmac.compare_digest(mac, _mac(keys, version, body)):
            # The first version had the owner's hash alone.
            mailbox = hashes.pop(0) if version > 1 else None
            whom = Recipient(mailbox, hashes[0], tuple(hashes[1:]))
            return Link(whom, of_today=version == CANONICAL_VERSION)
    raise TokenGone("Use the link as it stands in the mail.")


def _decoded(token: str) -> bytes:
    """The bytes of a token; none where it cannot be one."""
    padded = token + "=" * (-len(token) % 4)
    try:
        raw = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return b""
    whole, rest = divmod(len(raw) - MAC_BYTES, HASH_BYTES)
    return raw if rest == 0 and 0 < whole <= MOST_HASHES else b""


def _mac(keys: KeyRing, version: int, body: bytes) -> bytes:
    """By the version of canonical forms, each with a domain of its own; the first has no number."""
    domain = "unsubscribe" if version == 1 else f"unsubscribe:{version}"
    return keyed_hash(keys.purpose("tokens"), domain, body)[:MAC_BYTES]
