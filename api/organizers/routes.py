"""All routes of organizers."""

from fastapi import APIRouter

from api.organizers import (
    deliveries,
    exports,
    handed_in,
    invalidations,
    organizations,
    records,
    reports,
    signatures,
    stats,
    suspects,
)

MODULES = (
    stats,
    suspects,
    signatures,
    organizations,
    invalidations,
    reports,
    handed_in,
    exports,
    records,
    deliveries,
)

router = APIRouter()
for module in MODULES:
    router.include_router(module.router)
