"""All routes of organizers, under one prefix."""

from fastapi import APIRouter

from api.organizers import stats

router = APIRouter(prefix="/api/v1/organizer", tags=["organizers"])
for module in (stats,):
    router.include_router(module.router)
