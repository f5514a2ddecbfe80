# SPDX-License-Identifier: MIT
"""SQL of your own with its parameters."""
from .executor_helpers import raw_execute, raw_fetch


async def fetch_with_params(sql, values, alias=None):
    """Rows as dicts."""
    return await raw_fetch(sql, list(values), alias)


async def execute_with_params(sql, values, alias=None):
    """The number of rows that a statement touched."""
    return await raw_execute(sql, list(values), alias)


__all__ = ["execute_with_params", "fetch_with_params"]
