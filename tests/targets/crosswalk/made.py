"""Invented blocks of three states with known answers, and the official files as they would hold
them: Alaska (one district, a leading zero), Maine and New Hampshire (two each, side by side)."""

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

AK, ME, NH = "02", "23", "33"
CODES = {AK: "AK", ME: "ME", NH: "NH"}
ZCTA_HEADER = (
    "OID_ZCTA5_20|GEOID_ZCTA5_20|NAMELSAD_ZCTA5_20|AREALAND_ZCTA5_20|AREAWATER_ZCTA5_20"
    "|MTFCC_ZCTA5_20|CLASSFP_ZCTA5_20|FUNCSTAT_ZCTA5_20|OID_TABBLOCK_20|GEOID_TABBLOCK_20"
    "|NAMELSAD_TABBLOCK_20|AREALAND_TABBLOCK_20|AREAWATER_TABBLOCK_20|MTFCC_TABBLOCK_20"
    "|FUNCSTAT_TABBLOCK_20|AREALAND_PART|AREAWATER_PART"
)


class Block(NamedTuple):
    """``cd`` as a block equivalency file has it; ``zcta`` is empty where the block is in none."""

    geoid: str
    cd: str
    zcta: str
    people: int
    land: int = 1000


def _numbered(state: str, rows: Iterable[tuple[str, str, int, int]]) -> list[Block]:
    return [Block(f"{state}001000100{n:04d}", *row) for n, row in enumerate(rows, start=1000)]


BLOCKS = [
    *_numbered(AK, [("00", "99501", 500, 9), ("00", "99501", 0, 9), ("00", "99502", 0, 9)]),
    *_numbered(
        ME,
        [
            ("01", "04001", 60, 10),
            ("01", "04001", 40, 10),
            ("01", "04002", 200, 10),
            ("02", "04002", 100, 90_000),  # much land, few people
            ("01", "04002", 100, 10),
            ("01", "04003", 250, 10),
            ("02", "04003", 0, 5_000),  # nobody lives there: no choice
            ("ZZ", "04003", 0, 0),  # water
            ("01", "04004", 0, 3_000),
            ("02", "04004", 0, 1_000),
            ("01", "04005", 0, 0),
            ("02", "04005", 0, 0),
            ("02", "04005", 0, 0),
            ("01", "03900", 50, 10),
            ("02", "", 7, 10),
            ("ZZ", "", 0, 0),
        ],
    ),
    *_numbered(
        NH,
        [
            ("01", "03001", 999, 10),
            ("02", "03001", 1, 10),
            ("02", "03002", 30, 10),
            ("01", "03900", 150, 10),
        ],
    ),
]
# ZIP -> (district, share, basis), the likeliest first.
ANSWERS = {
    "03001": [("NH-1", 0.999, "people"), ("NH-2", 0.001, "people")],
    "03002": [("NH-2", 1.0, "people")],
    "03900": [("NH-1", 0.75, "people"), ("ME-1", 0.25, "people")],
    "04001": [("ME-1", 1.0, "people")],
    "04002": [("ME-1", 0.75, "people"), ("ME-2", 0.25, "people")],
    "04003": [("ME-1", 1.0, "people")],
    "04004": [("ME-1", 0.75, "land"), ("ME-2", 0.25, "land")],
    "04005": [("ME-2", 2 / 3, "blocks"), ("ME-1", 1 / 3, "blocks")],
    "99501": [("AK-0", 1.0, "people")],
    "99502": [("AK-0", 1.0, "land")],
}


def plan(blocks: Iterable[Block], header: str = "GEOID,CDFP") -> str:
    """A block equivalency file."""
    return _lines(header, (f"{block.geoid},{block.cd}" for block in blocks))


def zctas(blocks: Iterable[Block]) -> str:
    """The relationship file, with its byte order mark, sorted by ZCTA as the real one is."""
    rows = (
        f"{f'86{b.zcta}|{b.zcta}|ZCTA5 {b.zcta}|1|0|G6350|B5|S' if b.zcta else '|||||||'}"
        f"|90{b.geoid}|{b.geoid}|Block {b.geoid[-4:]}|{b.land}|0|G5040|S|{b.land}|0"
        for b in sorted(blocks, key=lambda block: block.zcta)
    )
    return "\ufeff" + _lines(ZCTA_HEADER, rows)


def people(blocks: Iterable[Block], header: str = "GEOID20,P0010001") -> str:
    """An extract of PL 94-171."""
    return _lines(header, (f"{block.geoid},{block.people}" for block in blocks))


def geographic_headers(blocks: Iterable[Block]) -> str:
    """A file such as megeo2020.pl: no header line, 97 fields, other summary levels as well."""
    rows = []
    for level, geocode, lives in [("040", "23", 9), *(("750", b.geoid, b.people) for b in blocks)]:
        fields = [""] * 97
        fields[0], fields[2], fields[9], fields[90] = "PLST", level, geocode, str(lives)
        fields[87] = "Cañada"
        rows.append("|".join(fields))
    return "\n".join(rows) + "\n"


def write(folder: Path, blocks: Iterable[Block] = BLOCKS) -> dict[str, Path]:
    """The three files in a folder: plan, zctas, people."""
    found = list(blocks)
    texts = {"plan": plan(found), "zctas": zctas(found), "people": people(found)}
    places = {name: folder / f"{name}.txt" for name in texts}
    for name, text in texts.items():
        places[name].write_text(text, encoding="utf-8")
    return places


def invented(seed: int, count: int) -> list[Block]:
    """Random blocks of the three states: every district has people, many ZIP codes are split."""
    dice = random.Random(seed)
    found = []
    for state, districts in ((AK, ["00"]), (ME, ["01", "02"]), (NH, ["01", "02"])):
        rows = [(cd, f"{int(state):02d}900", 1, 1) for cd in districts]
        for _ in range(count):
            zcta = f"{dice.choice(('0', state[0]))}{dice.randrange(1, 30):04d}"
            lives = dice.choice((0, 0, 0, dice.randrange(2_000)))
            rows.append((dice.choice(districts), zcta, lives, dice.randrange(10**6)))
        found += _numbered(state, rows)
    return found


def expected(blocks: Iterable[Block]) -> dict[str, dict[str, float]]:
    """ZIP -> district -> share, counted in the plainest way."""
    people: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    land: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for block in blocks:
        if block.zcta and block.cd != "ZZ":
            district = f"{CODES[block.geoid[:2]]}-{int(block.cd)}"
            people[block.zcta][district] += block.people
            land[block.zcta][district] += block.land
    found = {}
    for zcta, lives in people.items():
        weights = lives if any(lives.values()) else land[zcta]
        whole = sum(weights.values())
        found[zcta] = {district: w / whole for district, w in weights.items() if w}
    return found


def _lines(header: str, rows: Iterable[str]) -> str:
    return "\n".join([header, *rows]) + "\n"
