"""Benchmark accepting submissions against the floor, alternating on the same machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from benchmarks import floor, forms, servers, table
from benchmarks.load import Generator, Load, Measured
from benchmarks.servers import Server
from benchmarks.table import Case

SUBMISSIONS = f"{forms.PATH}/submissions"
COUNTS = f"{forms.PATH}/counts"
WARM_UP = 0.5  # seconds


@dataclass(frozen=True)
class Plan:
    """How long each measurement takes, and how often all of them are repeated."""

    seconds: float
    rounds: int
    preferred: bool = False


@dataclass(frozen=True)
class Target:
    """A server, and what is sent to it; ``expected`` is the status of every good answer."""

    server: Server
    requests: tuple[bytes, ...]
    expected: int = 202


class Bench:
    """Measures targets with its own load generator; every request has its own number."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._generator = Generator()
        self._numbers = count()

    def close(self) -> None:
        self._generator.close()

    def in_turns(self, cases: dict[str, Target]) -> list[Case]:
        """Run each case once per round, so that other load on the machine affects all of them."""
        lines = {name: Case(name) for name in cases}
        for target in cases.values():
            self._run(target, WARM_UP)
            if self.plan.preferred:  # by now PostgreSQL has all its processes
                target.server.prefer()
        for _ in range(self.plan.rounds):
            for name, target in cases.items():
                web, database = target.server.cpu()
                run = self._run(target, self.plan.seconds)
                web_after, database_after = target.server.cpu()
                lines[name].add(run, web_after - web, database_after - database)
        return list(lines.values())

    def _run(self, target: Target, seconds: float) -> Measured:
        first = next(self._numbers) * 1_000_000
        run = self._generator.run(Load(target.server.port, target.requests, seconds, first))
        wrong = {status: n for status, n in run.statuses.items() if status != target.expected}
        if wrong or not run.answered:
            raise SystemExit(f"not answered as expected: {wrong or 'at all'} {run.sample}")
        return run


def accepting(bench: Bench, made: list[forms.Form], workers: int, *, alone: bool = False) -> None:
    """Tables for accepting forms and for reading, with equally many API processes on both sides.

    ``alone``: only forms without approval and key, while the mail worker is paused.
    """
    with servers.floor(workers) as bare, servers.product(workers) as served:
        served.pause_worker()
        base = Target(bare, _posts(floor.PATH, made))
        cases = {
            "floor: parse and answer": base,
            "accepted": Target(served, _posts(SUBMISSIONS, made)),
        }
        if alone:
            _write(bench, f"Accepting, {_processes(workers)}, mail worker paused", cases)
            return
        signed = forms.approved(made, served.url)
        cases |= {
            "accepted, approval": Target(served, _posts(SUBMISSIONS, signed)),
            "accepted, approval and key": Target(served, _posts(SUBMISSIONS, signed, keyed=True)),
        }
        _write(bench, f"Accepting, {_processes(workers)}, mail worker paused", cases)
        served.resume_worker()
        cases = {
            "floor: parse and answer": base,
            "accepted, mails going out": Target(served, _posts(SUBMISSIONS, made)),
        }
        _write(bench, f"Accepting, {_processes(workers)}, mail worker running", cases)
        served.pause_worker()
        _write(bench, f"Reading, {_processes(workers)}", _reads(served, made), floored=False)


def _write(bench: Bench, title: str, cases: dict[str, Target], *, floored: bool = True) -> None:
    lines = bench.in_turns(cases)
    table.write(title, [line.row(lines[0] if floored else None) for line in lines])


def _posts(path: str, made: Iterable[forms.Form], *, keyed: bool = False) -> tuple[bytes, ...]:
    return tuple(forms.post(path, form, keyed=keyed) for form in made)


def _reads(served: Server, made: list[forms.Form]) -> dict[str, Target]:
    places = {(form["supporter"]["zip"], form["district"]) for form in made}
    asked = (f"{forms.PATH}/targets?zip={zip_}&district={district}" for zip_, district in places)
    return {
        "GET targets": Target(served, tuple(map(forms.get, asked)), 200),
        "GET counts": Target(served, (forms.get(COUNTS),), 200),
    }


def _processes(workers: int) -> str:
    return "1 API process" if workers == 1 else f"{workers} API processes"
