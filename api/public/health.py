"""Health checks for monitoring: is the process alive, and can it do its work?"""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.campaigns.staleness import data_warnings
from api.database.revisions import head_revision
from api.public.dependencies import ServicesDep
from api.services import Published, now
from api.targets.days import eastern_date

router = APIRouter(tags=["health"])

DATA = "data"  # the check's name for the data on Congress, which is checked again each time
MOST_WARNINGS = 50


class HealthAnswer(BaseModel):
    status: Literal["ok"]


class ChecksAnswer(BaseModel):
    database: bool
    migrations: bool
    campaigns: bool


class ReadinessAnswer(BaseModel):
    status: Literal["ready", "not_ready"]
    checks: ChecksAnswer
    warnings: list[str] = Field(description="What wants another look; no failure.")


ALIVE = HealthAnswer(status="ok")


@router.get("/healthz", name="read_health")
async def healthz() -> HealthAnswer:
    """Check that the process answers."""
    return ALIVE


@router.get(
    "/readyz",
    name="read_readiness",
    responses={503: {"model": ReadinessAnswer, "description": "A check fails."}},
)
async def readyz(response: Response, services: ServicesDep) -> ReadinessAnswer:
    """Check database, migrations and campaigns; stale data is a warning and not a failure."""
    found = await services.probe.revision()
    checks = ChecksAnswer(
        database=found is not None,
        migrations=found == head_revision(),
        campaigns=bool(services.published.catalog.campaigns),
    )
    ready = checks.database and checks.migrations and checks.campaigns
    response.status_code = 200 if ready else 503
    return ReadinessAnswer(
        status="ready" if ready else "not_ready",
        checks=checks,
        warnings=_warnings(services.published),
    )


def _warnings(published: Published) -> list[str]:
    """The warnings of the last check of the campaigns (facts and demands to be reviewed), and how
    old the data on Congress is today."""
    found = [warning for warning in published.catalog.warnings if warning.file != DATA]
    found += data_warnings(published.directory, eastern_date(now()))
    return [f"{warning.where}: {warning.message}" for warning in found[:MOST_WARNINGS]]
