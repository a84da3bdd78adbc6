"""What the supervisor's children are started with."""

import os
import socket

import pytest
import uvicorn

from api.cli.child import serve_api
from api.settings import Settings

PROXY_KEEPS_IDLE_SECONDS = 120  # Caddy's default; nginx's is 60


def test_idle_connections_outlive_those_of_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that writes to a connection which is just being closed loses a POST."""
    started: list[uvicorn.Config] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: started.append(self.config))
    with socket.socket() as listener:
        serve_api(Settings(), os.dup(listener.fileno()))
    assert started[0].timeout_keep_alive > PROXY_KEEPS_IDLE_SECONDS
