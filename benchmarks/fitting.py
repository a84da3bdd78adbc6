"""``python -m benchmarks.fitting``: which size a letter fits in, counted and measured by typst.

The same letters are printed in turns: with the sizes that ``api/printing/fitting.py`` counts, and
with those that the template measures.
"""

import argparse
from unittest.mock import patch

from api.printing import values
from api.printing.fitting import TO_BE_MEASURED, fit
from api.printing.press import Press
from api.services import load_published
from api.settings import Settings
from benchmarks import letters, table

WAYS = {"counted": fit, "measured by typst": lambda _: TO_BE_MEASURED}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fitting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--letters", type=int, default=100, help="in each round")
    chosen = parser.parse_args()
    print(table.machine())
    published = load_published(Settings())
    press = Press(Settings().templates_dir / "print")
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(chosen.rounds + 1):
        made = letters.on_paper(published, number * chosen.letters, chosen.letters)
        for way in [*WAYS] if number % 2 else reversed(WAYS):
            with patch.object(values, "fit", WAYS[way]):
                seconds = letters.seconds_to_print(press, made)
            if number:  # the first round also loads the fonts
                taken[way].append(1000 * seconds / chosen.letters)
    for way, figures in taken.items():
        print(f"{way}: {table.spread(figures, '{:.2f}')} ms of processor time a letter")
    counted, measured = taken.values()
    ratios = [b / a for a, b in zip(counted, measured, strict=True)]
    print(f"measured / counted: {table.spread(ratios, '{:.2f}')}")


if __name__ == "__main__":
    main()
