"""Health checks for monitoring: is the process alive, and can it do its work?"""

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from api.campaigns.staleness import data_warnings
from api.database.revisions import head_revision
from api.public.dependencies import ServicesDep
from api.services import Published, now
from api.targets.days import eastern_date

router = APIRouter(tags=["health"])

NO_STORE = {"Cache-Control": "no-store"}
DATA = "data"  # the check's name for the data on Congress, which is checked again each time
MOST_WARNINGS = 50


@router.get("/healthz", name="read_health")
async def healthz() -> Response:
    """Check that the process answers."""
    return Response(b'{"status":"ok"}', 200, NO_STORE, "application/json")


@router.get("/readyz", name="read_readiness")
async def readyz(services: ServicesDep) -> Response:
    """Check database, migrations and campaigns; stale data is a warning and not a failure."""
    found = await services.probe.revision()
    checks = {"database": found is not None, "migrations": found == head_revision()}
    checks["campaigns"] = bool(services.published.catalog.campaigns)
    ready = all(checks.values())
    body = {
        "status": "ready" if ready else "not_ready",
        "checks": checks,
        "warnings": _warnings(services.published),
    }
    return Response(orjson.dumps(body), 200 if ready else 503, NO_STORE, "application/json")


def _warnings(published: Published) -> list[str]:
    """What the last check of the campaigns remarked on (facts and demands that want another
    look), and how old the data on Congress is today."""
    found = [warning for warning in published.catalog.warnings if warning.file != DATA]
    found += data_warnings(published.directory, eastern_date(now()))
    return [f"{warning.where}: {warning.message}" for warning in found[:MOST_WARNINGS]]
