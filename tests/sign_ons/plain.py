"""Looking for words in the whole database."""

from collections.abc import Iterable

import psycopg

from api.database.connection import connect_kwargs
from api.services import Services
from tests.promises.searching import forms_of

TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"


def tables_with(services: Services, words: Iterable[str]) -> set[str]:
    """The tables in which any of the words stands, in whatever form."""
    wanted = {form for word in words for form in forms_of(word)}
    found = set()
    with psycopg.connect(**connect_kwargs(services.url)) as owner:
        tables = [table for (table,) in owner.execute(TABLES).fetchall()]
        assert {"organizations", "mails", "procrastinate_jobs"} <= set(tables)
        for table in tables:
            rows = owner.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()
            content = "\n".join(row for (row,) in rows).lower().encode()
            if any(form in content for form in wanted):
                found.add(table)
    return found
