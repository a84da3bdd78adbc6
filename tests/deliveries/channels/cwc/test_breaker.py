"""When the circuit of a chamber opens, and for how long."""

from datetime import UTC, datetime, timedelta

from api.deliveries.channels.cwc.breaker import MOST_DOUBTS, OPEN_FOR, CircuitBreaker
from api.deliveries.channels.cwc.chambers import HOUSE
from tests.deliveries.channels.sandboxed import unreached


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def doubts(breaker: CircuitBreaker, times: int) -> list[bool]:
    return [breaker.record(doubtful=True) for _ in range(times)]


def test_it_opens_after_so_many_in_a_row() -> None:
    breaker = CircuitBreaker(clock=Clock())
    assert breaker.admits()
    assert doubts(breaker, MOST_DOUBTS) == [False] * (MOST_DOUBTS - 1) + [True]
    assert breaker.left == OPEN_FOR
    assert not breaker.admits()
    assert doubts(breaker, 3) == [False] * 3, "what was under way ends, too"
    assert breaker.left == OPEN_FOR


def test_an_answer_in_between_says_that_it_is_there() -> None:
    breaker = CircuitBreaker(clock=Clock())
    doubts(breaker, MOST_DOUBTS - 1)
    breaker.record(doubtful=False)
    assert not any(doubts(breaker, MOST_DOUBTS - 1))
    assert not breaker.left


def test_after_a_pause_one_message_tries_the_system() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    doubts(breaker, MOST_DOUBTS)
    for _ in range(2):
        clock.now += OPEN_FOR.total_seconds() + 0.1
        assert breaker.admits()
        assert not breaker.admits(), "only one"
        doubts(breaker, 1)
        assert breaker.left == OPEN_FOR
    clock.now += OPEN_FOR.total_seconds() + 0.1
    assert breaker.admits()
    breaker.record(doubtful=False)
    assert breaker.admits()
    assert not any(doubts(breaker, MOST_DOUBTS - 1)), "it is trusted as before"


def test_a_channel_whose_circuit_is_open_is_closed() -> None:
    house, now = unreached(HOUSE), datetime(2026, 3, 2, 12, tzinfo=UTC)
    house.breaker = CircuitBreaker(length=timedelta(seconds=30), clock=Clock())
    assert house.closed_until(now) is None
    doubts(house.breaker, MOST_DOUBTS)
    assert house.closed_until(now) == now + timedelta(seconds=30)
