"""In which file and on which line a block stands, for a refusal."""

from collections.abc import Iterable

from api.targets.crosswalk.files import Source, lines_with


def where(sources: Iterable[Source], block: str) -> str:
    """As in "plan.csv, lines 2 and 7", or the files' names where none of them has the block.

    A spreadsheet may have dropped the block's leading zero.
    """
    found, names = [], []
    for source in sources:
        names.append(source.path.name)
        lines = lines_with(source, block) or lines_with(source, block.lstrip("0"))
        if lines:
            which = " and ".join(f"{line:,}" for line in lines)
            found.append(f"{source.name}, line{'s' if len(lines) > 1 else ''} {which}")
    return "; ".join(found) or ", ".join(dict.fromkeys(names))
