from datetime import timedelta

from api.outbox.retry import DELAYS, next_delay


def test_each_pause_is_near_its_place_in_the_table_and_there_is_an_end() -> None:
    for attempts, delay in enumerate(DELAYS, start=1):
        pauses = {next_delay(attempts) for _ in range(100)}
        assert len(pauses) > 1, "jitter"
        assert all(p is not None and 0.8 * delay <= p <= 1.2 * delay for p in pauses)
    assert next_delay(len(DELAYS) + 1) is None
    assert next_delay(2, (timedelta(seconds=1),)) is None
