# SPDX-License-Identifier: MIT
"""Databases by alias: setup, what is known of their pools, close."""
import os

from . import runtime

_DIAL = 10  # seconds, at most, of connect_timeout that one connection may take to be made

_BACKENDS = {
    "postgres": "PostgreSQL", "postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MySQL", "sqlite": "SQLite",
}


def _of_environment():
    """RYX_DATABASE_URL is "default", RYX_DB_REPLICA_URL is "replica"."""
    found = {}
    for name, url in sorted(os.environ.items()):
        if url and name.startswith("RYX_DB_") and name.endswith("_URL") and name != "RYX_DB_URL":
            found[name[len("RYX_DB_"):-len("_URL")].lower()] = url
    if os.environ.get("RYX_DATABASE_URL"):
        found["default"] = os.environ["RYX_DATABASE_URL"]
    return found


def setup(urls=None, max_connections=None, min_connections=None, connect_timeout=None, idle_timeout=None,
          max_lifetime=None, *, acquire_timeout=None):
    """Names databases: a URL, a dict of aliases, or what RYX_DATABASE_URL and RYX_DB_<ALIAS>_URL say. Options
    that are not given are those of the URL, or 10 connections, 1, 30 s, 600 s and 1800 s.

    connect_timeout is how long a call waits for a connection, and at most 10 s of it for one to be made.
    Does no I/O, so the awaitable it gives may be left alone."""
    options = {
        "max_connections": max_connections, "min_connections": min_connections, "idle_timeout": idle_timeout,
        "max_lifetime": max_lifetime, "acquire_timeout": acquire_timeout or connect_timeout,
        "connect_timeout": connect_timeout and min(_DIAL, connect_timeout),
    }
    if urls is None:
        urls = _of_environment()
    elif isinstance(urls, str):
        urls = {"default": urls}
    options = {name: value for name, value in options.items() if value is not None}
    config = {}
    for alias, value in dict(urls).items():
        own = dict(value) if isinstance(value, dict) else {"url": value}
        config[alias] = {**options, **own}
    runtime.call("setup", config)
    return runtime.Done()


def is_connected(db_alias="default"):
    """Is there a database under this alias?"""
    return runtime.call("is_connected", db_alias)


def list_aliases():
    """The names of the databases, in order."""
    return runtime.call("list_aliases")


def get_backend(alias="default"):
    """"PostgreSQL", "MySQL" (MariaDB is one, too) or "SQLite"."""
    return _BACKENDS[runtime.call("scheme", alias)]


def pool_stats(alias="default"):
    """Counts of this loop's pool: size is how many connections there are, available (also idle) how many
    of them wait to be used, in_use how many are; waiting, dials, requests, errors, ..."""
    stats = runtime.call("pool_stats", alias)
    stats["available"] = stats["idle"]
    return stats


async def close():
    """Closes every connection and forgets the databases."""
    runtime.call("close_aliases")
    runtime.close_engines()


__all__ = ["close", "get_backend", "is_connected", "list_aliases", "pool_stats", "setup"]
