"""A block that stands twice with different values is refused, with the lines on which it stands."""

from api.targets.crosswalk import codes
from api.targets.crosswalk.blocks import Entries
from api.targets.crosswalk.places import where

_MOST = 3


def by_block(entries: Entries, fips: int, what: str, problems: list[str]) -> dict[int, int]:
    """A state's blocks with their values; the same value twice is no contradiction."""
    found: dict[int, int] = {}
    keep, refused = found.setdefault, []
    for block, value in entries.pairs(fips):
        if keep(block, value) != value:
            refused.append(block)
    for block in refused[:_MOST]:
        text = codes.block_text(fips, block)
        problems.append(f"block {text} {what}: {where(entries.sources, text)}")
    if len(refused) > _MOST:
        problems.append(f"{len(refused) - _MOST:,} more blocks of {codes.state_of(fips).name} do")
    return found


def repeated(entries: Entries, fips: int, found: dict[int, int]) -> list[str]:
    """The problem where a state's file has rows of one block more than once."""
    excess = len(entries.by_state.get(fips, ())) - len(found)
    if not excess:
        return []
    seen: set[int] = set()
    for block, _ in entries.pairs(fips):
        if block in seen:
            break
        seen.add(block)
    text = codes.block_text(fips, block)
    return [f"{excess:,} rows repeat a block, such as {text}: {where(entries.sources, text)}"]
