"""Settings that all HTTP clients of the product share."""

from typing import Final

import httpx

# No limit in the client's pool: a request that is cancelled while it waits there leaves a
# connection that is never free again (httpcore issue 1093), until no request gets one. The callers
# limit how many requests run at once.
UNQUEUED: Final = httpx.Limits(max_connections=None, max_keepalive_connections=20)
