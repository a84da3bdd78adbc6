"""How much one client may ask for: token buckets in PostgreSQL, leased by processes in quanta."""
