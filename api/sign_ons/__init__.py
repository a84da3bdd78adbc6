"""Names under a campaign's public statement: people's, and organizations'."""
