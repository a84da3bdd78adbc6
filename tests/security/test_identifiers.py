import time

from api.security.identifiers import HOUR_MS, hour_of, new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    for _ in range(1000):
        identifier = new_id()
        assert identifier.version == 7
        assert identifier.variant == "specified in RFC 4122"


def test_an_id_tells_the_hour_and_no_more() -> None:
    before = int(time.time() * 1000)
    hours = {hour_of(new_id()) for _ in range(1000)}
    after = int(time.time() * 1000)
    assert hours <= {before - before % HOUR_MS, after - after % HOUR_MS}


def test_ids_do_not_repeat_and_do_not_tell_their_order() -> None:
    identifiers = [new_id() for _ in range(10_000)]
    assert len(set(identifiers)) == 10_000
    assert identifiers != sorted(identifiers)
    bits = [sum(identifier.int >> bit & 1 for identifier in identifiers) for bit in range(62)]
    assert all(4500 < count < 5500 for count in bits)
