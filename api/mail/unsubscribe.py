"""No more mail to an address: what the link at the end of every mail leads to.

The link carries the address's suppression hash, signed: it works for good, also when nothing
else is kept about that address any more, and it reveals nothing without the key ring.
"""

import base64
import binascii
import hmac

from api.errors import TokenGone
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

HASH_BYTES, MAC_BYTES = 32, 16
DOMAIN = "unsubscribe"


def unsubscribe_token(keys: KeyRing, address_hash: bytes) -> str:
    """The token of a link that stops mail to the address behind ``address_hash``: 64 characters."""
    return base64.urlsafe_b64encode(address_hash + _mac(keys, address_hash)).decode("ascii")


def read_unsubscribe_token(keys: KeyRing, token: str) -> bytes:
    """The suppression hash of a token of ours. Raises TokenGone for any other text."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raw = b""
    address_hash, mac = raw[:HASH_BYTES], raw[HASH_BYTES:]
    if len(raw) != HASH_BYTES + MAC_BYTES or not hmac.compare_digest(mac, _mac(keys, address_hash)):
        raise TokenGone("Use the link as it stands in the mail.")
    return address_hash


def _mac(keys: KeyRing, address_hash: bytes) -> bytes:
    return keyed_hash(keys.purpose("tokens"), DOMAIN, address_hash)[:MAC_BYTES]
