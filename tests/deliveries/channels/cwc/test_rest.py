"""When a chamber's system is left alone, and for how long."""

from datetime import UTC, datetime, timedelta

from api.deliveries.channels.cwc.chambers import HOUSE
from api.deliveries.channels.cwc.client import End
from api.deliveries.channels.cwc.rest import MOST_BROKEN, REST, Rest
from tests.deliveries.channels.sandboxed import unreached


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def broken(rest: Rest, times: int) -> list[bool]:
    return [rest.hear(End.BROKEN) for _ in range(times)]


def test_it_rests_after_so_many_in_a_row() -> None:
    rest = Rest(clock=Clock())
    assert rest.send_one()
    assert broken(rest, MOST_BROKEN) == [False] * (MOST_BROKEN - 1) + [True]
    assert rest.left == REST
    assert not rest.send_one()
    assert broken(rest, 3) == [False] * 3, "what was under way ends, too"
    assert rest.left == REST


def test_an_answer_in_between_says_that_it_is_there() -> None:
    rest = Rest(clock=Clock())
    for end in (End.ANSWERED, End.NOT_CONNECTED):  # neither leaves a doubt
        broken(rest, MOST_BROKEN - 1)
        rest.hear(end)
    assert not any(broken(rest, MOST_BROKEN - 1))
    assert not rest.left


def test_after_a_rest_one_message_tries_the_system() -> None:
    clock = Clock()
    rest = Rest(clock=clock)
    broken(rest, MOST_BROKEN)
    for _ in range(2):
        clock.now += REST.total_seconds() + 0.1
        assert rest.send_one()
        assert not rest.send_one(), "only one"
        broken(rest, 1)
        assert rest.left == REST
    clock.now += REST.total_seconds() + 0.1
    assert rest.send_one()
    rest.hear(End.ANSWERED)
    assert rest.send_one()
    assert not any(broken(rest, MOST_BROKEN - 1)), "it is trusted as before"


def test_a_channel_that_rests_is_closed() -> None:
    house, now = unreached(HOUSE), datetime(2026, 3, 2, 12, tzinfo=UTC)
    house.rest = Rest(length=timedelta(seconds=30), clock=Clock())
    assert house.closed_until(now) is None
    broken(house.rest, MOST_BROKEN)
    assert house.closed_until(now) == now + timedelta(seconds=30)
