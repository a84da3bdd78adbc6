"""Whether routes have become slower: two checkouts of this repository in turns.

``python -m benchmarks.routes OLD NEW``: each serves from its own folder (with its own ``.venv``)
with one API process, a state folder of its own, and invented people; five rounds, of which every
second begins with the other. Given are medians over the rounds of the milliseconds until an answer
was there, and of the API process's processor time.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import psutil

from benchmarks.servers import end, free_port, state_folder, wait_for

CAMPAIGN, LETTER = "reverse-907-waiver", "amend-section-907"
PLACE = {"zip": "91204", "city": "Glendale", "street": "1 Main St"}
READS: Final = {
    "campaigns": "/api/v1/campaigns",
    "a campaign": f"/api/v1/campaigns/{CAMPAIGN}",
    "counts": f"/api/v1/campaigns/{CAMPAIGN}/counts",
    "targets of a ZIP": f"/api/v1/campaigns/{CAMPAIGN}/targets?zip={PLACE['zip']}",
    "sign-ons": f"/api/v1/campaigns/{LETTER}/sign-ons",
    "a statement": f"/api/v1/campaigns/{LETTER}/statement",
    "records": "/api/v1/records",
    "the first page": "/",
    "a letter's page": f"/c/{LETTER}",
}
CONFIRM: Final = re.compile(r"/confirm/([\w-]{20,})")
CONFIRMED = 20

Call = tuple[str, str, Any]
Times = dict[str, list[tuple[float, float]]]
"""Milliseconds and processor milliseconds of each round, by what was called."""


@dataclass
class Served:
    """One checkout that is served, and what was measured of it."""

    process: psutil.Process
    state: Path
    client: httpx.Client
    times: Times = field(default_factory=dict)

    def call(self, method: str, url: str, body: Any = None) -> httpx.Response:
        """Each call is another client's, so that no rate limit is reached."""
        address = ".".join(str(random.randint(1, 250)) for _ in range(4))
        answer = self.client.request(method, url, json=body, headers={"X-Forwarded-For": address})
        answer.raise_for_status()
        return answer

    def measure(self, what: str, calls: Sequence[Call]) -> None:
        spent, took = self._cpu(), []
        for call in calls:
            began = time.perf_counter()
            self.call(*call)
            took.append((time.perf_counter() - began) * 1000)
        cpu = (self._cpu() - spent) * 1000 / len(calls)
        self.times.setdefault(what, []).append((median(took), cpu))

    def new_links(self, count: int) -> list[str]:
        """The tokens of the confirmation mails of as many new forms."""
        known = set(self._mails())
        for _ in range(count):
            email = f"a{random.randrange(10**12)}@example.org"
            person = {"prefix": "Ms.", "given_name": "Ani", "family_name": "Example", **PLACE}
            body = {"supporter": {**person, "email": email}, "story": "These words are my own."}
            self.call("POST", f"/api/v1/campaigns/{CAMPAIGN}/submissions", body)
        links: list[str] = []
        while len(links) < count:
            time.sleep(0.1)
            new = set(self._mails()) - known  # receipts of others may be among them
            known |= new
            links += [token for mail in new for token in CONFIRM.findall(_words(mail))]
        return links

    def _mails(self) -> Iterator[Path]:
        return (self.state / "outbox" / "mail").glob("[!.]*.eml")

    def _cpu(self) -> float:
        children = self.process.children()
        api = next(each for each in children if "api" in each.cmdline())
        times = api.cpu_times()
        return times.user + times.system


def _words(mail: Path) -> str:
    """The part in plain text, whose long lines are broken by quoted-printable."""
    whole = mail.read_text("utf-8").replace("=\n", "")
    return whole.partition("text/html")[0]


@contextmanager
def serving(tree: Path, people: int) -> Iterator[Served]:
    """A checkout that is served in development, its mails files in its state folder."""
    command = str(tree / ".venv" / "bin" / "undersigned")
    with state_folder() as state:
        environment = {
            **os.environ,
            "UNDERSIGNED_STATE_DIR": str(state),
            "UNDERSIGNED_TRUSTED_PROXIES": '["127.0.0.1"]',
        }
        environment.pop("DATABASE_URL", None)
        port, log = free_port(), state / "log"
        options = ("--port", str(port), "--workers", "1")
        with log.open("wb") as file:
            process = subprocess.Popen(
                (command, "serve", *options), cwd=tree, env=environment, stdout=file, stderr=file
            )
        try:
            site = f"http://127.0.0.1:{port}"
            wait_for(f"{site}/readyz", process, log)
            demo = (command, "demo", "--people", str(people))
            subprocess.run(demo, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
            with httpx.Client(base_url=site, trust_env=False, timeout=60) as client:
                yield Served(psutil.Process(process.pid), state, client)
        finally:
            end(process)


def one_round(served: Served, calls: int) -> None:
    for what, url in READS.items():
        served.measure(what, [("GET", url, None)] * calls)
    links = served.new_links(CONFIRMED)
    confirm: list[Call] = [("POST", "/api/v1/confirmations", {"token": link}) for link in links]
    served.measure("confirm", confirm)
    asked, confirmed = served.new_links(1)[0], served.new_links(1)[0]
    served.measure("the page to confirm", [("GET", f"/confirm/{asked}", None)] * CONFIRMED)
    page = served.call("POST", "/api/v1/confirmations", {"token": confirmed}).json()["page_url"]
    served.measure("one's own page", [("GET", httpx.URL(page).path, None)] * calls)


def row(what: str, old: Times, new: Times) -> str:
    cells = []
    for part in (0, 1):
        before, after = (median(one[part] for one in times[what]) for times in (old, new))
        cells += [f"{before:.2f}", f"{after:.2f}", f"{after / before:.2f}" if before else ""]
    return f"| {what} | {' | '.join(cells)} |"


def main() -> None:
    asked = argparse.ArgumentParser(prog="benchmarks.routes", description=__doc__)
    asked.add_argument("old", type=Path)
    asked.add_argument("new", type=Path)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--calls", type=int, default=60, help="to each route in a round")
    asked.add_argument("--people", type=int, default=15, help="invented ones of each campaign")
    given = asked.parse_args()
    with ExitStack() as stack:
        old, new = (
            stack.enter_context(serving(tree.resolve(), given.people))
            for tree in (given.old, given.new)
        )
        for number in range(given.rounds):
            for served in (old, new) if number % 2 == 0 else (new, old):
                one_round(served, given.calls)
            print(f"round {number + 1} of {given.rounds}", file=sys.stderr, flush=True)
        print("| route | old, ms | new, ms | ratio | old, CPU ms | new, CPU ms | ratio |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for what in old.times:
            print(row(what, old.times, new.times))


if __name__ == "__main__":
    main()
