"""What staff do with an API token: see, decide, correct. Every route names the scope it needs."""
