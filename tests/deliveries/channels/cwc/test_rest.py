"""When a chamber's system is left alone, and for how long."""

from datetime import UTC, datetime, timedelta

from api.deliveries.channels.cwc.chambers import HOUSE
from api.deliveries.channels.cwc.rest import MOST_DOUBTS, REST, Rest
from tests.deliveries.channels.sandboxed import unreached


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def doubts(rest: Rest, times: int) -> list[bool]:
    return [rest.hear(doubtful=True) for _ in range(times)]


def test_it_rests_after_so_many_in_a_row() -> None:
    rest = Rest(clock=Clock())
    assert rest.send_one()
    assert doubts(rest, MOST_DOUBTS) == [False] * (MOST_DOUBTS - 1) + [True]
    assert rest.left == REST
    assert not rest.send_one()
    assert doubts(rest, 3) == [False] * 3, "what was under way ends, too"
    assert rest.left == REST


def test_an_answer_in_between_says_that_it_is_there() -> None:
    rest = Rest(clock=Clock())
    doubts(rest, MOST_DOUBTS - 1)
    rest.hear(doubtful=False)
    assert not any(doubts(rest, MOST_DOUBTS - 1))
    assert not rest.left


def test_after_a_rest_one_message_tries_the_system() -> None:
    clock = Clock()
    rest = Rest(clock=clock)
    doubts(rest, MOST_DOUBTS)
    for _ in range(2):
        clock.now += REST.total_seconds() + 0.1
        assert rest.send_one()
        assert not rest.send_one(), "only one"
        doubts(rest, 1)
        assert rest.left == REST
    clock.now += REST.total_seconds() + 0.1
    assert rest.send_one()
    rest.hear(doubtful=False)
    assert rest.send_one()
    assert not any(doubts(rest, MOST_DOUBTS - 1)), "it is trusted as before"


def test_a_channel_that_rests_is_closed() -> None:
    house, now = unreached(HOUSE), datetime(2026, 3, 2, 12, tzinfo=UTC)
    house.rest = Rest(length=timedelta(seconds=30), clock=Clock())
    assert house.closed_until(now) is None
    doubts(house.rest, MOST_DOUBTS)
    assert house.closed_until(now) == now + timedelta(seconds=30)
