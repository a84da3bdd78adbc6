"""What all HTTP clients of the product share."""

from typing import Final

import httpx

# No queue in the client's pool: whoever is cancelled while waiting there leaves a connection
# behind that is never free again (httpcore issue 1093), until the client can reach nobody. How
# many requests are under way is bounded by whoever makes them.
UNQUEUED: Final = httpx.Limits(max_connections=None, max_keepalive_connections=20)
