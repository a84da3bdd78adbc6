import hashlib
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from api.security.hashing import hash_versions, keyed_hash, nest
from api.security.key import Key, Purpose

OLD, NEW = Key.random(), Key.random()


@given(st.binary(max_size=300))
def test_it_is_hmac_sha256(message: bytes) -> None:
    assert OLD.hmac(message) == hmac.digest(OLD._secret, message, hashlib.sha256)


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_domain_and_value_stay_apart(one: str, first: str, other: str, second: str) -> None:
    assume((one, first) != (other, second))
    assert keyed_hash(OLD, one, first) != keyed_hash(OLD, other, second)


def test_another_key_gives_another_hash() -> None:
    assert keyed_hash(OLD, "contacts", "a") != keyed_hash(NEW, "contacts", "a")
    assert len(keyed_hash(OLD, "contacts", "a")) == 32


def test_a_purpose_of_one_key_hashes_as_the_key() -> None:
    assert keyed_hash(Purpose("contacts", (OLD,)), "d", "a") == keyed_hash(OLD, "d", "a")


def test_stored_hashes_are_brought_forward_without_their_value() -> None:
    before, after = Purpose("contacts", (OLD,)), Purpose("contacts", (OLD, NEW))
    stored = keyed_hash(before, "contacts", "ani@example.org")
    assert nest(NEW, "contacts", stored) == keyed_hash(after, "contacts", "ani@example.org")


def test_both_versions_can_be_looked_up_while_a_rotation_runs() -> None:
    after = Purpose("contacts", (OLD, NEW))
    versions = hash_versions(after, "contacts", "ani@example.org")
    assert list(versions) == [NEW.id, OLD.id]
    assert versions[OLD.id] == keyed_hash(OLD, "contacts", "ani@example.org")
    assert versions[after.id] == keyed_hash(after, "contacts", "ani@example.org")
