"""PostgreSQL: the embedded server, roles, migrations, engine and session."""
