import hashlib
import json

import pytest

from api.letters.canonical import canonical_json, digest


def test_keys_are_sorted_and_nothing_is_escaped() -> None:
    value = {"ё": [1, None, True], "a": {"z": "é", "b": "\n"}}
    assert canonical_json(value) == '{"a":{"b":"\\n","z":"é"},"ё":[1,null,true]}'.encode()
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_json(value) == plain.encode()


def test_a_digest_is_sha_256_behind_its_format() -> None:
    assert digest("x1", {"b": 1, "a": 2}) == "x1:" + hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": object()})
