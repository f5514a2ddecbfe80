# SPDX-License-Identifier: MIT
"""ryx: an ORM whose models and queries are Lua's, run by a C core on libuv."""
from . import _ryx, runtime
from .exceptions import (
    CancelledError, CheckViolation, CommitUnknown, ConnectionError, DatabaseError, DeadlockError, DoesNotExist,
    FieldError, ForeignKeyViolation, IntegrityError, MisuseError, MultipleObjectsReturned, NotNullViolation,
    OperationalError, PoolNotInitialized, ProtectedError, RyxError, SQLSyntaxError, SerializationError, TimeoutError,
    TransactionBroken, UniqueViolation, UnsupportedError, ValidationError,
)
from . import expressions, fields, functions, signals, validators
from .advisory_lock import advisory_lock
from .cte import CTE
from .expressions import *  # noqa: F403
from .fields import *  # noqa: F403
from .functions import *  # noqa: F403
from .models import Constraint, Index, Model, load, migrate
from .page import Page
from .q import Q
from .queryset import Manager, QuerySet
from .related import Prefetch
from .relations import apply_prefetch_related, apply_select_related
from .runtime import run_sync
from .signals import *  # noqa: F403
from .transaction import get_active_transaction, transaction
from .validators import *  # noqa: F403

__version__ = _ryx.version


def setup(urls, *, max_connections=None, min_connections=None, connect_timeout=None, acquire_timeout=None,
          idle_timeout=None, max_lifetime=None):
    """Names databases: a URL, or a dict of aliases. Options that are not given are
    those of the URL, or 10 connections, 1, 10 s, 30 s, 600 s and 1800 s.

    Does no I/O, so the awaitable it gives may be left alone."""
    options = {k: v for k, v in locals().items() if k != "urls" and v is not None}
    if isinstance(urls, str):
        urls = {"default": urls}
    config = {}
    for alias, value in dict(urls).items():
        own = dict(value) if isinstance(value, dict) else {"url": value}
        config[alias] = {**options, **own}
    runtime.call("setup", config)
    return runtime.Done()


def is_connected(db_alias="default"):
    """Is there a database under this alias?"""
    return runtime.call("is_connected", db_alias)


def pool_stats(alias="default"):
    """Counts of this loop's pool: size, idle, available, in_use, waiting, ..."""
    return runtime.call("pool_stats", alias)


async def raw_fetch(sql, params=None, alias=None):
    """Rows as dicts; `?` is the parameter on every database, `??` a question mark."""
    return await runtime.run("raw_fetch", sql, params, alias)


async def raw_execute(sql, params=None, alias=None):
    """Runs a statement; the number of rows it touched."""
    return await runtime.run("raw_execute", sql, params, alias)


async def close():
    """Closes every connection and forgets the databases."""
    runtime.call("close_aliases")
    runtime.close_engines()


__all__ = [
    *expressions.__all__, *fields.__all__, *functions.__all__, *signals.__all__, *validators.__all__,
    "CTE", "CancelledError", "CheckViolation", "CommitUnknown", "ConnectionError", "Constraint", "DatabaseError",
    "DeadlockError", "DoesNotExist", "FieldError", "ForeignKeyViolation", "Index", "IntegrityError", "Manager",
    "MisuseError", "Model", "MultipleObjectsReturned", "NotNullViolation", "OperationalError", "Page",
    "PoolNotInitialized", "Prefetch", "ProtectedError", "Q", "QuerySet", "RyxError", "SQLSyntaxError",
    "SerializationError", "TimeoutError", "TransactionBroken", "UniqueViolation", "UnsupportedError",
    "ValidationError", "advisory_lock", "apply_prefetch_related", "apply_select_related", "close", "get_active_transaction", "is_connected", "load", "migrate", "pool_stats", "raw_execute",
    "raw_fetch", "run_sync", "setup", "transaction",
]
