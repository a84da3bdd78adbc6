import json
import os
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from api.security.key import Key, Purpose, daily_key
from api.security.keys import (
    PURPOSES,
    KeyMissing,
    KeyRing,
    KeyRingError,
    MadeFor,
    open_key_ring,
)
from tests.clocks import Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.json"


@pytest.fixture
def ring(path: Path) -> KeyRing:
    return KeyRing.create(path)


def test_a_new_ring_is_private_and_has_every_purpose(path: Path, ring: KeyRing) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert json.loads(path.read_bytes())["format"] == 1
    ids = {ring.purpose(name).id for name in PURPOSES}
    assert len(ids) == len(PURPOSES)
    assert sorted(each.name for each in path.parent.iterdir()) == [".keys.json.lock", "keys.json"]


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    KeyRing.create(tmp_path / "keys.json")
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_creating_again_keeps_the_ring(path: Path, ring: KeyRing) -> None:
    assert KeyRing.create(path, "production").purpose("tokens").id == ring.purpose("tokens").id
    assert KeyRing.create(path).made_for == "development"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_a_ring_that_others_can_reach_is_refused(path: Path, ring: KeyRing, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyRingError, match="chmod 600"):
        KeyRing.load(path)


def test_a_missing_ring_says_what_to_run(path: Path) -> None:
    with pytest.raises(KeyRingError, match="undersigned keys add"):
        KeyRing.load(path)


def test_a_folder_is_no_ring(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError):
        KeyRing.load(tmp_path)


def _damaged(raw: bytes) -> list[bytes]:
    document = json.loads(raw)
    secret = document["purposes"]["tokens"][0]["secret"]
    entry = {"id": "00" * 8, "secret": secret}
    return [
        b"",
        b"{}",
        b"[]",
        b"null",
        raw[:-40],
        b"[" * 100_000,
        json.dumps(document | {"format": 2}).encode(),
        json.dumps(document | {"made_for": "testing"}).encode(),
        json.dumps(document | {"campaigns": {"a": [entry | {"secret": secret[:-4]}]}}).encode(),
        json.dumps(document | {"campaigns": {"a": [entry | {"secret": "!" * 44}]}}).encode(),
        json.dumps(document | {"campaigns": {"a": [entry | {"id": "xx"}]}}).encode(),
        json.dumps(document | {"campaigns": {"a": [entry], "b": [entry]}}).encode(),
        json.dumps(document | {"campaigns": {"a": secret}}).encode(),
    ]


def test_a_damaged_ring_is_refused_without_showing_it(path: Path, ring: KeyRing) -> None:
    raw = path.read_bytes()
    secret = json.loads(raw)["purposes"]["tokens"][0]["secret"]
    for damaged in _damaged(raw):
        path.write_bytes(damaged)
        with pytest.raises(KeyRingError, match="damaged") as caught:
            KeyRing.load(path)
        assert caught.value.__cause__ is None
        assert secret[:20] not in str(caught.value)


def test_the_running_process_sees_an_added_campaign_at_once(path: Path, ring: KeyRing) -> None:
    with pytest.raises(KeyMissing, match="undersigned keys add new"):
        ring.campaign("new")
    KeyRing.load(path).add_campaign("new")
    key = ring.campaign("new")
    assert ring.by_id(key.id) is key
    assert ring.slugs == ("new",)


def test_adding_a_campaign_twice_keeps_its_key(ring: KeyRing) -> None:
    assert ring.add_campaign("one")
    first = ring.campaign("one").id
    assert not ring.add_campaign("one")
    assert ring.campaign("one").id == first


def test_rotation_keeps_the_old_key_by_its_id(path: Path, ring: KeyRing) -> None:
    ring.add_campaign("one")
    old_campaign, old_purpose = ring.campaign("one").id, ring.purpose("addresses").id
    other = KeyRing.load(path)
    other.rotate_campaign("one")
    other.rotate_purpose("addresses")
    assert ring.refresh()
    assert ring.campaign("one").id != old_campaign
    assert ring.purpose("addresses").id != old_purpose
    assert ring.purpose("addresses").keys[0].id == old_purpose
    assert ring.by_id(old_campaign).id == old_campaign


def test_a_rotated_key_is_used_within_a_second_without_being_told(
    path: Path, ring: KeyRing
) -> None:
    ring.clock = clock = Clock()
    ring.refresh()
    before = ring.purpose("addresses").id
    KeyRing.load(path).rotate_purpose("addresses")
    assert ring.purpose("addresses").id == before, "the file is not looked at all the time"
    clock.go_on(1)
    assert ring.purpose("addresses").id != before


def test_a_destroyed_key_is_gone_from_memory_and_file(path: Path, ring: KeyRing) -> None:
    ring.add_campaign("one")
    key, secret = ring.campaign("one"), ring.campaign("one").encode()
    KeyRing.load(path).destroy_campaign("one")
    ring.refresh()
    with pytest.raises(KeyMissing):
        ring.by_id(key.id)
    with pytest.raises(KeyMissing):
        ring.campaign("one")
    assert secret.encode() not in path.read_bytes()


def test_a_ring_that_vanishes_while_running_stays_in_use(path: Path, ring: KeyRing) -> None:
    ring.add_campaign("one")
    path.unlink()
    assert not ring.refresh()
    assert ring.campaign("one").id


def test_nothing_shows_a_secret(ring: KeyRing) -> None:
    ring.add_campaign("one")
    key = ring.campaign("one")
    shown = f"{key!r} {key} {ring!r} {ring.purpose('tokens')!r} {ring._contents!r}"
    for secret in (key.encode(), ring.purpose("tokens").current.encode()):
        assert secret not in shown
    assert repr(key._secret) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_development_makes_what_is_missing(path: Path) -> None:
    ring = open_key_ring(path, production=False, campaigns=["a", "b"])
    assert set(ring.slugs) == {"a", "b"}
    again = open_key_ring(path, production=False, campaigns=["b", "c"])
    assert set(again.slugs) == {"a", "b", "c"}
    assert again.campaign("a").id == ring.campaign("a").id


def test_development_fills_in_a_purpose_that_an_older_version_did_not_know(path: Path) -> None:
    KeyRing.create(path)
    document = json.loads(path.read_bytes())
    del document["purposes"]["clients"]
    path.write_text(json.dumps(document))
    with pytest.raises(KeyMissing, match="clients"):
        KeyRing.load(path).purpose("clients")
    assert open_key_ring(path, production=False, campaigns=[]).purpose("clients").id


def test_production_makes_nothing(path: Path) -> None:
    with pytest.raises(KeyRingError):
        open_key_ring(path, production=True, campaigns=[])
    assert not path.parent.exists()


def test_production_refuses_development_keys(path: Path, ring: KeyRing) -> None:
    with pytest.raises(KeyRingError, match="made for development"):
        open_key_ring(path, production=True, campaigns=[])


def test_production_names_every_campaign_without_a_key(path: Path) -> None:
    KeyRing.create(path, "production").add_campaign("b")
    with pytest.raises(KeyMissing, match="a, c"):
        open_key_ring(path, production=True, campaigns=["a", "b", "c"])
    assert open_key_ring(path, production=True, campaigns=["b"]).made_for == "production"


def test_hashes_of_two_days_cannot_be_joined() -> None:
    key = Key.random()
    today, tomorrow = daily_key(key, date(2026, 3, 1)), daily_key(key, date(2026, 3, 2))
    assert today.hmac(b"x") != tomorrow.hmac(b"x") != key.hmac(b"x")
    again = daily_key(Purpose("clients", (key,)), date(2026, 3, 1))
    assert again.hmac(b"x") == today.hmac(b"x")


_START = """
import sys
from pathlib import Path
from api.security.keys import KeyRing, open_key_ring
path, number = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
ring = open_key_ring(path, production=False, campaigns=["shared", f"own-{number}"])
print(ring.campaign("shared").id, *(ring.purpose(n).id for n in ("addresses", "tokens")))
"""


def test_processes_that_start_together_end_with_one_ring(path: Path) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", _START, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        for number in range(8)
    ]
    for starter in starters:  # they have imported all and wait for this
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    answers = {starter.communicate(timeout=60)[0] for starter in starters}
    assert len(answers) == 1
    assert all(starter.returncode == 0 for starter in starters)
    assert set(KeyRing.load(path).slugs) == {"shared", *(f"own-{n}" for n in range(8))}
    assert not list(path.parent.glob("*.new"))


def test_what_a_killed_writer_left_behind_is_removed(path: Path, ring: KeyRing) -> None:
    left_over = path.with_name(".keys.json.0123.new")
    left_over.write_bytes(path.read_bytes())
    ring.add_campaign("one")
    assert not left_over.exists()


def test_rings_are_for_one_of_two_uses() -> None:
    assert get_args(MadeFor) == ("development", "production")
