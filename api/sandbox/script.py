"""How the stand-in is told to misbehave: refuse, be slow, break off, be down."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Rule(BaseModel):
    """For a ``share`` of the requests that no rule before it took, at most ``times``.

    ``answer``: as usual, after ``seconds``; ``accept_and_hang``, ``accept_and_break``: keep the
    letter, and never say so; ``status``: answer with ``status`` and ``retry_after`` instead.
    """

    model_config = ConfigDict(extra="forbid")

    share: float = Field(default=1.0, ge=0, le=1)
    act: Literal["answer", "accept_and_hang", "accept_and_break", "hang", "break", "status"]
    status: int = Field(default=500, ge=200, le=599)
    seconds: float = Field(default=0.0, ge=0)
    retry_after: int | None = None
    times: int | None = Field(default=None, ge=0)
    text: str | None = None


class ChamberScript(BaseModel):
    """One chamber. ``deduplicates``: it answers 409 to an id that it has; ``offices``: the codes
    that it takes letters for (None: all that look like one)."""

    model_config = ConfigDict(extra="forbid")

    keys: tuple[str, ...] = ("sandbox",)
    agent: str | None = None
    deduplicates: bool = True
    offices: tuple[str, ...] | None = None
    objects: bool = False
    rules: tuple[Rule, ...] = ()
    outage_seconds: float = 0.0


@dataclass
class Playing:
    """A script at work; ``clock`` gives seconds."""

    script: ChamberScript
    used: dict[int, int] = field(default_factory=dict)
    down_until: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.down_until = self.clock() + self.script.outage_seconds

    @property
    def down(self) -> bool:
        return self.clock() < self.down_until

    def next_rule(self) -> Rule | None:
        """The rule for one request: each with its own chance, skipping rules that are used up."""
        for number, rule in enumerate(self.script.rules):
            used = self.used.get(number, 0)
            spent = rule.times is not None and used >= rule.times
            if not spent and self.chance.random() < rule.share:
                self.used[number] = used + 1
                return rule
        return None

    def as_json(self) -> dict[str, Any]:
        used = {str(number): times for number, times in self.used.items()}
        return {"script": self.script.model_dump(), "used": used, "down": self.down}
