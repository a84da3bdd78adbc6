"""A small app and worker in place of the real ones, for tests of the supervisor alone.

Python imports this at its start, because the folder is on the children's PYTHONPATH.
"""

import asyncio
import os
import sys
import types
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.database import cluster
from api.errors import NotFound
from tests.servers import copy_cluster


def create_app(settings: Any) -> Starlette:
    from sqlalchemy import text

    from api.database.engine import create_engine
    from api.database.session import session_scope
    from api.errors import Unavailable

    engine = create_engine(settings.database_url.get_secret_value())

    async def who(request: Request) -> JSONResponse:
        try:
            async with session_scope(engine) as session:
                role = (await session.execute(text("SELECT current_user"))).scalar()
        except Unavailable:
            return JSONResponse({}, 503)
        return JSONResponse({"pid": os.getpid(), "role": role, "url": settings.public_url})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        check()
        yield
        await engine.dispose()

    return Starlette(routes=[Route("/", who)], lifespan=lifespan)


def check() -> None:
    if os.environ.get("STAND_IN") == "misconfigured":
        raise NotFound("A key is missing.")
    if os.environ.get("STAND_IN") == "broken":
        raise ZeroDivisionError


def note_pid(settings: Any) -> None:
    Path(settings.state_dir, "worker.pid").write_text(str(os.getpid()))


async def run(settings: Any, ready: Callable[[], None]) -> None:
    check()
    ready()
    note_pid(settings)
    await asyncio.Event().wait()


if pattern := os.environ.get("PATTERN"):
    cluster.initialise = partial(copy_cluster, Path(pattern))
for name, function in {"create_app": create_app, "run": run}.items():
    module = types.ModuleType("api.main" if name == "create_app" else "api.worker")
    setattr(module, name, function)
    sys.modules[module.__name__] = module
