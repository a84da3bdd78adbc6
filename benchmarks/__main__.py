"""``python -m benchmarks``: every figure of ``README.md``, as tables on standard output."""

import argparse
from dataclasses import replace

from api.printing.press import PART
from api.services import Published, load_published
from api.settings import Settings
from benchmarks import forms, letters, table, workers
from benchmarks.accept import Bench, Plan, accepting

WHOLE = Plan(seconds=3.0, rounds=5)
QUICK = Plan(seconds=0.4, rounds=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a second each: does it still run?")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="API processes")
    parser.add_argument(
        "--prefer", action="store_true", help="before other work on this machine (Linux, root)"
    )
    parser.add_argument(
        "--only", choices=["accept"], help="nothing but accepted forms: to compare two versions"
    )
    chosen = parser.parse_args()
    plan = replace(QUICK if chosen.quick else WHOLE, preferred=chosen.prefer)
    print(table.machine())
    published = load_published(Settings())
    bench = Bench(plan)
    try:
        made = forms.make_forms(published.directory)
        for number in chosen.workers:
            accepting(bench, made, number, alone=chosen.only == "accept")
    finally:
        bench.close()
    if chosen.only is None:
        _rest(plan, published, quick=chosen.quick)


def _rest(plan: Plan, published: Published, *, quick: bool) -> None:
    rendered = [letters.rendering(published, plan.seconds) for _ in range(plan.rounds)]
    people = 20 if quick else 500
    on_paper = letters.printing(published, min(people, 4 * PART), plan.rounds)
    delivered = letters.delivering(published, people, plan.rounds)
    rows = [
        table.rate("letters rendered, one core", rendered),
        table.rate("letters printed, one core", on_paper),
        table.rate("letters delivered to files", delivered),
    ]
    table.write("Letters", rows)
    workers.report(workers.emptying(4_000 if quick else 100_000, 2))


if __name__ == "__main__":
    main()
