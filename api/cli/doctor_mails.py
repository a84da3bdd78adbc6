"""``undersigned doctor``'s checks of mail: open circuit breakers, and the hourly limit."""

from collections.abc import Iterator

import psycopg

from api.findings import Finding
from api.settings import Settings

STOPPED = """
    SELECT domain, reply, since::timestamptz(0), probe_at::timestamptz(0)
    FROM mail_breakers WHERE status = 'open' ORDER BY since, domain
"""
WAITING = "SELECT count(*) FROM mails WHERE status = 'queued' AND reason = %s"
USED = """
    SELECT coalesce(sum(taken), 0) FROM mail_minutes
    WHERE minute >= date_trunc('minute', now()) - interval '60 minutes'
"""
LATE = """
    SELECT count(*) FROM mails
    WHERE status = 'queued' AND due_at < now() - interval '5 minutes'
"""
# Not those that wait for their turn, nor those of one recipient.
HELD_UP = """
    SELECT reason, count(*) FROM mails
    WHERE status = 'queued' AND reason ~ '^(connect|sender|returned)_'
    GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 5
"""
ADVICE = (
    "Their mails wait and go on by themselves. Ask the provider's postmaster page why, and see",
    "docs/operators.md, Mail. Forms whose mail is held up wait for it, two weeks at most.",
)


def mails(connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    """Yield which recipient domains refuse us, and how much of the hour's mail is used."""
    try:
        yield held_up(connection)
        yield refusals(connection)
        yield hour(connection, settings)
    except psycopg.errors.UndefinedTable:
        return  # said by ``migrations``


def held_up(connection: psycopg.Connection) -> Finding:
    rows = connection.execute(HELD_UP).fetchall()
    if not rows:
        return Finding("mail server", well=True, seen="nothing is held up by it")
    seen = ", ".join(f"{count} mails wait: {reason}" for reason, count in rows)
    advice = (
        "connect_ and sender_ are of your own mail server: does it answer, and does it take your",
        "sender? returned_ is of servers that sent mail back since you are not wanted there. All",
        "of it is tried again; see docs/operators.md, Mail.",
    )
    return Finding("mail server", well=False, seen=seen, advice=advice)


def refusals(connection: psycopg.Connection) -> Finding:
    rows = connection.execute(STOPPED).fetchall()
    if not rows:
        return Finding("mail domains", well=True, seen="none refuses our mail")
    named = [
        f"{_shown(name)} ({reply}, since {since}, next try {probe})"
        for name, reply, since, probe in rows
    ]
    waiting = _number(connection, WAITING, "domain_refuses")
    seen = f"{waiting} mails wait for {', '.join(named)}"
    return Finding("mail domains", well=False, seen=seen, advice=ADVICE)


def _shown(name: str) -> str:
    name = name.removeprefix("returned:")
    return "one that is not named here" if name.startswith("#") else name


def hour(connection: psycopg.Connection, settings: Settings) -> Finding:
    used, late = _number(connection, USED), _number(connection, LATE)
    seen = f"{used} of {settings.mail_per_hour} mails in the last 60 minutes, {late} overdue"
    advice = (
        "What is over the cap waits in its order. Is it an attack? Else raise the cap with",
        "UNDERSIGNED_MAIL_PER_HOUR, if your mail server may send more.",
    )
    return Finding("mail cap", well=used < settings.mail_per_hour, seen=seen, advice=advice)


def _number(connection: psycopg.Connection, query: str, *values: str) -> int:
    row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0
