"""The office-holders that letters go to, and the answer to "who represents this ZIP code?"."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlmodel import SQLModel

from api.database.columns import Retention, column, moment, sealed

Basis = Literal["zip", "stated"]
VacancyReason = Literal["vacant", "term_ended"]


@dataclass(frozen=True, slots=True)
class Membership:
    """A seat on a committee ("HSFA") or subcommittee ("HSAP04")."""

    committee: str
    name: str
    role: str | None  # "chair" | "ranking" | "vice_chair" | None


@dataclass(frozen=True, slots=True)
class DistrictOffice:
    """An office in the district. Hours and coordinates are not kept; what is unknown is None."""

    city: str
    state: str
    phone: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Target:
    """One office-holder.

    ``seat`` is ``house:CA-30``, ``house:WY-0`` (at large), ``senate:MA:1`` (the number is the
    class), or a fixed office such as ``president``. ``postal_address`` has its lines separated
    by newlines and no name; ``salutation`` is whole, with its comma.
    """

    seat: str
    id: str | None
    kind: str
    name: str
    last_name: str
    title: str
    state: str | None
    district: str | None
    phone: str | None
    contact_url: str | None
    site_url: str | None
    postal_address: str | None
    salutation: str
    committees: tuple[Membership, ...] = ()
    offices: tuple[DistrictOffice, ...] = ()
    party: str | None = None
    term_start: date | None = None
    term_end: date | None = None


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A seat that nobody holds as far as the data knows. ``since`` is the last day of a term."""

    seat: str
    reason: VacancyReason
    since: date | None


@dataclass(frozen=True, slots=True)
class Found:
    """Who represents a ZIP code.

    ``states`` and ``districts`` are the ZIP code's own, the states sorted, the districts with the
    likeliest first where that is known. ``district`` is the one that the
    targets were found for (the ZIP code's only one, or the stated one), else None; ``state`` is
    its state, or the ZIP code's only state. ``vacant`` has the seats that would be written to.
    ``congress`` is the one that sits on that day; ``unknown`` are those of ``states`` whose
    district lines in it are not known, so that all their districts are in ``districts``.
    """

    zip: str
    states: tuple[str, ...]
    districts: tuple[str, ...]
    needs_district: bool
    targets: tuple[Target, ...]
    vacant: tuple[Vacancy, ...]
    basis: Basis
    state: str | None
    district: str | None
    congress: int
    unknown: tuple[str, ...] = ()


class StoredData(SQLModel, table=True):
    """A data set that was imported, for every process of every node: ``content`` are the bytes of
    its file, compressed. The newest is the one with the last ``as_of``, ``made``, ``digest``."""

    __tablename__ = "data_sets"

    digest: str = column(Retention.KEPT, primary_key=True)
    congress: int = column(Retention.KEPT)
    as_of: date = column(Retention.KEPT)
    made: str = column(Retention.KEPT)
    content: bytes = sealed(Retention.KEPT)
    stored_at: datetime = moment(Retention.KEPT)
