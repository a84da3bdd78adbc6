"""The files of ``web/``, served under names with their digest, so that caches may keep them."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.errors import NotFound

PREFIX = "/assets/"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"
# A page of another version may ask for another digest; it gets the present file, briefly cached.
BRIEFLY = "public, max-age=60"
DIGITS = 12
COMMENT = re.compile(rb"^ *//.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. ``name`` is its name in ``web/``, ``served`` the one with the digest in it."""

    name: str
    served: str
    media_type: str
    body: bytes
    packed: bytes

    @property
    def url(self) -> str:
        return PREFIX + self.served


class Assets:
    """All files of one folder, read once."""

    def __init__(self, web_dir: Path) -> None:
        paths = sorted(path for path in web_dir.iterdir() if path.suffix in MEDIA_TYPES)
        self._by_name = {path.name: _asset(path, path.read_bytes()) for path in paths}
        scripts = [path for path in paths if path.suffix == ".js"]
        for path in scripts * 2:  # twice: a script may name another one, whose name changes too
            self._by_name[path.name] = _asset(path, self._with_versions(path.read_bytes()))

    def _with_versions(self, script: bytes) -> bytes:
        """A script names other files plainly, and is served with the names that never go stale,
        without the lines that are comments only."""
        script = COMMENT.sub(b"", script)
        for name, asset in self._by_name.items():
            script = script.replace(f'"{PREFIX}{name}"'.encode(), f'"{asset.url}"'.encode())
        return script

    def url(self, name: str) -> str:
        """Raises KeyError for a file that is not there."""
        return self._by_name[name].url

    def answer(self, served: str, request: Request) -> Response:
        """The file behind ``/assets/<served>``. Raises NotFound."""
        stem, _, rest = served.partition(".")
        asset = self._by_name.get(f"{stem}.{rest.rpartition('.')[2]}")
        if asset is None:
            raise NotFound("There is no such file.")
        caching = FOREVER if served == asset.served else BRIEFLY
        headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, 200, headers, asset.media_type)
        return Response(asset.body, 200, headers, asset.media_type)


@cache
def load_assets(web_dir: Path) -> Assets:
    return Assets(web_dir)


def _asset(path: Path, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:DIGITS]
    served = f"{path.stem}.{digest}{path.suffix}"
    packed = gzip.compress(body, mtime=0)
    return Asset(path.name, served, MEDIA_TYPES[path.suffix], body, packed)
