"""How long the whole country's crosswalk takes, and how much memory: 8.1 million invented blocks.

Writes the three files as the Census Bureau lays them out (a national block equivalency file, the
relationship file of blocks and ZCTAs, one population file for each state), runs `undersigned data
crosswalk` on them in a process of its own, and prints seconds, processor time and peak memory.
"""

import argparse
import contextlib
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from api.targets.apportionment import SEATS
from api.targets.states import STATES

BLOCKS = 8_132_968  # of the 50 states, the District of Columbia and Puerto Rico, 2020
ZIPS_A_SEAT = 76  # 33,000 in all
_SPLIT = 0.12  # how many ZIP codes reach into the next district
_HEADER = (
    "OID_ZCTA5_20|GEOID_ZCTA5_20|NAMELSAD_ZCTA5_20|AREALAND_ZCTA5_20|AREAWATER_ZCTA5_20"
    "|MTFCC_ZCTA5_20|CLASSFP_ZCTA5_20|FUNCSTAT_ZCTA5_20|OID_TABBLOCK_20|GEOID_TABBLOCK_20"
    "|NAMELSAD_TABBLOCK_20|AREALAND_TABBLOCK_20|AREAWATER_TABBLOCK_20|MTFCC_TABBLOCK_20"
    "|FUNCSTAT_TABBLOCK_20|AREALAND_PART|AREAWATER_PART\n"
)


class Block(NamedTuple):
    geoid: str
    cd: str
    zcta: str
    people: int
    land: int


def main() -> None:
    """`python -m benchmarks.crosswalk [--blocks N] [--headers]`."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--blocks", type=int, default=BLOCKS, help="how many blocks to invent")
    options.add_argument(
        "--headers", action="store_true", help="population as PL 94-171 geographic headers"
    )
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="crosswalk-") as folder:
        began = time.monotonic()
        people = write(Path(folder), wanted.blocks, headers=wanted.headers)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**30
        print(f"wrote {size:.2f} GiB in {time.monotonic() - began:.0f} s")
        measure(Path(folder), people)


def measure(folder: Path, people: list[Path]) -> None:
    """Run the command once; print what it took."""
    command = [sys.executable, "-c", "from api.cli import main; main()", "data", "crosswalk"]
    command += [str(folder / "zccd.csv"), "--congress", "120"]
    command += ["--plan", str(folder / "NationalCD120.txt")]
    command += ["--zcta", str(folder / "tab20_zcta520_tabblock20_natl.txt")]
    command += [word for path in people for word in ("--people", str(path))]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = sum(1 for _ in (folder / "zccd.csv").open()) - 1
    print(f"seconds {seconds:.0f}")
    print(f"processor seconds {used.ru_utime + used.ru_stime:.0f}")
    print(f"peak memory MiB {used.ru_maxrss / 1024:.0f}")
    print(f"rows {rows:,}; load average {os.getloadavg()[0]:.1f}")


def write(folder: Path, count: int, *, headers: bool) -> list[Path]:
    """The files; returns those of the population."""
    counted = {code: state for code, state in STATES.items() if code not in _ISLANDS}
    seats = sum(SEATS[code] for code in counted)
    people = []
    with contextlib.ExitStack() as stack:
        plan = stack.enter_context((folder / "NationalCD120.txt").open("w"))
        zctas = stack.enter_context((folder / "tab20_zcta520_tabblock20_natl.txt").open("w"))
        plan.write("GEOID,CDFP\n")
        zctas.write("\ufeff" + _HEADER)
        first_zip = 1000
        for code, state in counted.items():
            place = folder / (f"{code.lower()}geo2020.pl" if headers else f"{code}.csv")
            people.append(place)
            blocks = invented(code, count * SEATS[code] // seats, first_zip)
            with place.open("w") as file:
                _write_state(blocks, plan, zctas, file, headers=headers, fips=state.fips)
            first_zip += SEATS[code] * ZIPS_A_SEAT
    return people


_ISLANDS = frozenset({"AS", "GU", "MP", "VI"})


def _write_state(  # noqa: PLR0913 the three files and what goes into them
    blocks: Iterator[Block],
    plan: TextIO,
    zctas: TextIO,
    people: TextIO,
    *,
    headers: bool,
    fips: str,
) -> None:
    if not headers:
        people.write("GEO_ID,NAME,P1_001N\n")
    between = "|" * 81  # of the fields from GEOCODE to POP100
    for block in blocks:
        geoid = f"{fips}{block.geoid}"
        plan.write(f"{geoid},{block.cd}\n")
        zcta = f"86{block.zcta}|{block.zcta}|ZCTA5 {block.zcta}|125000000|350000|G6350|B5|S"
        zctas.write(
            f"{zcta if block.zcta else '|||||||'}|2087040{geoid}|{geoid}|Block {geoid[-4:]}"
            f"|{block.land}|0|G5040|S|{block.land}|0\n"
        )
        if headers:
            people.write(
                f"PLST|{fips}|750|00|00|000|00|{geoid[8:]}|7500000US{geoid}|{geoid}{between}"
                f"{block.people}|9|+41.1234567|-093.1234567|BK||\n"
            )
        else:
            people.write(f'1000000US{geoid},"Block {geoid[-4:]}, Tract 1",{block.people}\n')


def invented(code: str, count: int, first_zip: int) -> Iterator[Block]:
    """A state's blocks: in runs of a ZIP code each, some of which reach into the next district."""
    dice = random.Random(code)
    seats = SEATS[code]
    zips = seats * ZIPS_A_SEAT
    for number in range(count):
        at = number * zips // count
        district = at * seats // zips
        if seats > 1 and dice.random() < _SPLIT / 10 and at % 8 == 0:
            district = (district + 1) % seats
        cd = f"{district + 1:02d}" if seats > 1 else ("98" if code in {"DC", "PR"} else "00")
        lives = 0 if dice.random() < 0.3 else dice.randrange(140)  # 30 % are empty
        zcta = "" if dice.random() < 0.01 else f"{first_zip + at:05d}"
        block = f"{number // 6000 * 2 + 1:03d}{number // 40 % 150 * 100 + 100:06d}"
        yield Block(f"{block}{1000 + number % 40:04d}", cd, zcta, lives, dice.randrange(10**6))


if __name__ == "__main__":
    main()
