"""What was measured, as lines of a table."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median

from benchmarks.load import Measured

HEADINGS = ("what", "a second", "of the floor", "p50 ms", "p99 ms", "CPU ms", "PostgreSQL ms")


@dataclass
class Case:
    """One line: its measurements, one per round, with CPU milliseconds per request."""

    name: str
    runs: list[Measured] = field(default_factory=list)
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def add(self, run: Measured, web: float, database: float) -> None:
        """``web`` and ``database`` are the processors' seconds over the whole run."""
        self.runs.append(run)
        self.web.append(1000 * web / max(run.answered, 1))
        self.database.append(1000 * database / max(run.answered, 1))

    @property
    def rates(self) -> list[float]:
        return [run.per_second for run in self.runs]

    def row(self, floor: "Case | None" = None) -> list[str]:
        """Medians over the rounds, with the spread; a ratio is taken within each round."""
        ratios = [a / b for a, b in zip(self.rates, floor.rates, strict=True)] if floor else []
        return [
            self.name,
            spread(self.rates, "{:,.0f}"),
            spread(ratios, "{:.2f}") if floor and floor is not self else "",
            f"{median(run.percentile(50) for run in self.runs):.1f}",
            spread([run.percentile(99) for run in self.runs], "{:.0f}"),
            f"{median(self.web):.3f}",
            f"{median(self.database):.3f}" if max(self.database) > 0.001 else "",
        ]


def spread(values: Sequence[float], form: str) -> str:
    """The median, and the least and the greatest where there are several."""
    middle = form.format(median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({form.format(min(values))} to {form.format(max(values))})"


def rate(name: str, rates: Sequence[float]) -> list[str]:
    return [name, spread(rates, "{:,.0f}"), "", "", "", "", ""]


def write(title: str, rows: Iterable[Sequence[str]]) -> None:
    """A table in Markdown, aligned for a terminal."""
    lines = [HEADINGS, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    rule = ["-" * width for width in widths]
    print(f"\n### {title}\n")
    for line in (HEADINGS, rule, *lines[1:]):
        cells = " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {cells} |", flush=True)


def machine() -> str:
    """When and on what, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"{os.cpu_count()} CPUs ({platform.machine()}), {memory:.0f} GiB",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"FastAPI {version('fastapi')}",
        f"load average before {os.getloadavg()[0]:.1f}",
    ]
    return ", ".join(parts)
