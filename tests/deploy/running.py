"""What the tests of both proxies share."""

import socket
from collections.abc import Callable

import httpx
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body

SITE = "https://act.example.org"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LETTERS = f"/c/{CAMPAIGN}/letters"
FORGED: list[dict[str, str]] = [
    {},
    {"X-Forwarded-For": "6.6.6.6"},
    {"X-Forwarded-For": "127.0.0.1, 5.5.5.5:1"},
    {"Forwarded": "for=4.4.4.4"},
    {"X-Real-IP": "3.3.3.3"},
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def told_apart(
    client: Callable[[str], httpx.AsyncClient], services: Services, form: Callable[..., Body]
) -> None:
    """Two visitors are told apart, whatever addresses they claim."""
    for address in ("127.0.0.9", "127.0.0.10"):
        async with client(address) as visitor:
            for headers in FORGED:
                path = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
                answer = await visitor.post(path, json=form(), headers=headers)
                assert answer.status_code == 202, answer.text
    async with transaction(services.engine) as session:
        counted = await session.execute(
            text("SELECT count(*) FROM supporters GROUP BY client_hash")
        )
        assert [row[0] for row in counted] == [len(FORGED)] * 2
