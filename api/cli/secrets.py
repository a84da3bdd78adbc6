"""Secrets that only the worker needs: the mail server's password, the keys of channels.

A web process only says how a letter would be sent, so it is told that a key exists, but not the
key. A setting is secret by its type; the few that web processes need themselves are named here.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, get_args
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from api.settings import Settings

HELD_BY_THE_WORKER: Final = "held-by-the-worker"
NEEDED: Final = {"database_url", "app_database_url", "metrics_token"}
# Of these addresses only the login is secret.
ADDRESSES: Final = {"smtp_url", "proxy"}


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that sends nothing."""
    return {name: _told(name.upper(), value) for name, value in environment.items()}


def _told(name: str, value: str) -> str:
    variables, groups = _secrets()
    if name in groups:
        return _of_group(value, groups[name])
    return _hidden(variables[name], value) if name in variables and value else value


@cache
def _secrets() -> tuple[dict[str, str], dict[str, set[str]]]:
    """The secret fields by their variables, and those of each group of settings, such as a
    chamber's, by the variable that may hold all of them."""
    prefix = Settings.model_config["env_prefix"]
    variables = {f"{prefix}{name}".upper(): name for name in _secret_fields(Settings)}
    groups: dict[str, set[str]] = {}
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            secret = groups[f"{prefix}{name}".upper()] = {*_secret_fields(kind)}
            variables |= {
                f"{kind.model_config['env_prefix']}{each}".upper(): each for each in secret
            }
    return variables, groups


def _secret_fields(settings: type[BaseSettings]) -> Iterator[str]:
    for name, field in settings.model_fields.items():
        if SecretStr in {field.annotation, *get_args(field.annotation)} and name not in NEEDED:
            yield name


def _hidden(field: str, value: str) -> str:
    return _without_login(value) if field in ADDRESSES else HELD_BY_THE_WORKER


def _without_login(url: str) -> str:
    try:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return ""


def _of_group(value: str, secret: set[str]) -> str:
    """All settings of a group in one variable, as JSON."""
    try:
        told = json.loads(value)
    except ValueError:
        return "{}"
    hidden = {
        name: _hidden(name.lower(), str(given))
        for name, given in told.items()
        if name.lower() in secret and given
    }
    return json.dumps({**told, **hidden})
