"""``/w/1.js``: the address that partners paste. It never changes; the script behind it may."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.assets import load_assets
from api.services import services_of

router = APIRouter(include_in_schema=False)

# A new version reaches every partner's page within the hour, without anybody waiting for it.
HOURLY = "public, max-age=3600, stale-while-revalidate=86400"


@router.get("/w/1.js")
async def script(request: Request) -> Response:
    answer = load_assets(services_of(request).settings.web_dir).answer("1.js", request)
    answer.headers["Cache-Control"] = HOURLY
    return answer
