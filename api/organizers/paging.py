"""Pagination, the same for every route of organizers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

PAGE_MAX = 200
T = TypeVar("T")


class Entry(Protocol):
    @property
    def id(self) -> UUID: ...


E = TypeVar("E", bound=Entry)


class Page(BaseModel, Generic[T]):
    """``next`` is the ``cursor`` of the entries after these, null at the end."""

    items: list[T]
    next: str | None = None


Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page: entries behind ``cursor``, at most ``limit``."""

    cursor: UUID | None
    limit: int

    @property
    def one_more(self) -> int:
        """How many rows to read: one more than the page has, to know whether there are more."""
        return self.limit + 1

    def page(self, found: Sequence[E]) -> "Page[E]":
        """The page of what was read with ``one_more``."""
        items = list(found[: self.limit])
        return Page(items=items, next=str(items[-1].id) if len(found) > self.limit else None)


async def _wanted(
    cursor: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Limit = 50,
) -> Wanted:
    return Wanted(cursor, limit)


Paging = Annotated[Wanted, Depends(_wanted)]
