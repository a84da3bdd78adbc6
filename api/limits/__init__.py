"""Rate limits for clients: token buckets in PostgreSQL, from which processes lease tokens."""
