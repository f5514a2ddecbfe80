# SPDX-License-Identifier: MIT
"""SQL of your own, in the transaction of this context. `?` is the parameter on every database, `??` a
question mark."""
from . import runtime


def _sorted(params, alias):
    """raw_fetch(sql, "replica") names a database, raw_fetch(sql, [1]) has parameters."""
    return (None, params) if isinstance(params, str) else (params, alias)


async def raw_fetch(sql, params=None, alias=None):
    """Rows as dicts: raw_fetch("SELECT * FROM posts WHERE views > ?", [5], alias="replica")"""
    return await runtime.run("raw_fetch", sql, *_sorted(params, alias))


async def raw_execute(sql, params=None, alias=None):
    """Runs a statement; the number of rows it touched."""
    return await runtime.run("raw_execute", sql, *_sorted(params, alias))


__all__ = ["raw_execute", "raw_fetch"]
