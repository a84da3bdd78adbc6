"""The forms that are sent: invented people all over the country, each with a fresh address."""

import json
import random
from typing import Any

import httpx

from api.errors import InvalidInput
from api.targets.congress import Directory

CAMPAIGN = "reverse-907-waiver"
PATH = f"/api/v1/campaigns/{CAMPAIGN}"
KINDS = 200  # of forms; every request of each kind has an address of its own
GIVEN = ("Ani", "Marta", "José", "Lusine", "Thomas", "Mary Ann", "Davit", "Nora", "Li", "Samuel")
FAMILY = ("Petrosyan", "O'Neill", "Smith-Jones", "García", "Baker", "Sarkissian", "Nguyen", "Fox")
CITIES = ("Springfield", "Fairview", "Riverside", "Lake View", "Georgetown")
STORY = "My grandmother was born there, and what happens to her village matters to all of us. "

Form = dict[str, Any]


def make_forms(directory: Directory, count: int = KINDS) -> list[Form]:
    """Forms that the campaign accepts, the same in each run, with ``%d`` in the address."""
    chance = random.Random(907)
    forms: list[Form] = []
    while len(forms) < count:
        form = _form(directory, chance, f"{chance.randrange(1000, 99950):05d}")
        if form is not None:
            forms.append(form)
    return forms


def _form(directory: Directory, chance: random.Random, zip_code: str) -> Form | None:
    try:
        found = directory.find(zip_code, today=directory.as_of)
    except InvalidInput:
        return None
    if not found.districts:
        return None
    district = chance.choice(found.districts)
    supporter = {
        "given_name": chance.choice(GIVEN),
        "family_name": chance.choice(FAMILY),
        "email": f"{chance.choice('abcdefgh')}.person%d@mail{chance.randrange(40)}.example.org",
        "zip": zip_code,
        "city": chance.choice(CITIES),
        "state": district[:2],
    }
    form: Form = {"supporter": supporter, "district": district}
    if chance.random() < 0.3:
        form["story"] = STORY * chance.randrange(1, 6)
    return form


def approved(forms: list[Form], base_url: str) -> list[Form]:
    """The same forms, each with the approval that its writer got with the letters."""
    with httpx.Client(base_url=base_url, trust_env=False, timeout=30) as client:
        return [form | {"approval": _approval(client, form)} for form in forms]


def _approval(client: httpx.Client, form: Form) -> str:
    person = {key: value for key, value in form["supporter"].items() if key != "email"}
    answer = client.post(f"{PATH}/letters", json=form | {"supporter": person})
    answer.raise_for_status()
    approval: str = answer.json()["approval"]
    return approval


def body(form: Form, number: int) -> bytes:
    """The JSON of one person's form. Numbers have nine digits, so that lengths are equal."""
    return _json(form).replace(b"%d", b"%09d" % number)


def _json(form: Form) -> bytes:
    return json.dumps(form, ensure_ascii=False).encode()


def post(path: str, form: Form, *, keyed: bool = False) -> bytes:
    """A whole request, with ``%d`` where the number goes."""
    key = b"Idempotency-Key: bench-%d\r\n" if keyed else b""
    length = len(body(form, 0))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
        "X-Forwarded-For: %a\r\n"  # limits are by client: see load.py
    )
    return head.encode() + key + b"\r\n" + _json(form)


def get(path: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
    return f"{head}X-Forwarded-For: %a\r\n\r\n".encode()
