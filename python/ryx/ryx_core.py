# SPDX-License-Identifier: MIT
"""The low-level functions under the names of the reference's core; also the module `ryx_core`. Nothing of ryx
is made of it."""
from . import _ryx, context, runtime
from .executor_helpers import raw_execute as _execute, raw_fetch as _fetch
from .lookups import available_lookups, list_lookups, list_transforms, register_lookup
from .pool_ext import execute_with_params, fetch_with_params
from .pools import get_backend, is_connected, list_aliases, pool_stats, setup as _setup
from .query_builder import QueryBuilder, quoted
from .transaction import Transaction, get_active_transaction as _get_active_transaction, transaction

__version__ = _ryx.version

# Parameters that every database takes in one statement.
_PARAMETERS = 30000


async def setup(urls, max_connections=10, min_connections=1, connect_timeout=30, idle_timeout=600, max_lifetime=1800):
    """Names databases by alias."""
    await _setup(urls, max_connections, min_connections, connect_timeout, idle_timeout, max_lifetime)


async def raw_fetch(sql, alias=None):
    """Rows as dicts."""
    return await _fetch(sql, None, alias)


async def raw_execute(sql, alias=None):
    """The number of rows that a statement touched."""
    return await _execute(sql, None, alias)


class TransactionHandle(Transaction):
    """A transaction that ends when it is told to, not with a block."""

    def __init__(self, task, alias):
        super().__init__(alias, task.field("tx"))
        self._task = task

    def enter(self):
        """From here on the calls of this context are in it."""
        runtime.join(self._task, self)

    async def _end(self, end):
        if not self._task.ended:
            await end()
            await runtime.end_block(self._task, None)

    async def commit(self):
        await self._end(super().commit)

    async def rollback(self):
        await self._end(super().rollback)


async def begin_transaction(alias=None):
    """Begins a transaction that nothing is in until _set_active_transaction() says so."""
    task = await runtime.start("transaction", {"alias": alias or "default"})
    if task.ended:
        task.result()
    return TransactionHandle(task, alias or "default")


def _set_active_transaction(tx):
    """From here on the calls of this context are in it; None: in none."""
    if tx is None:
        context.forget()
    else:
        tx.enter()


def _rows_of(table, columns, rows, ignore_conflicts):
    names = ", ".join(quoted(name, "default") for name in columns)
    values = ", ".join(f"({', '.join('?' * len(columns))})" for _ in rows)
    words = ("INSERT", "")
    if ignore_conflicts:
        is_mysql = list_aliases() and get_backend() == "MySQL"
        words = ("INSERT IGNORE", "") if is_mysql else ("INSERT", " ON CONFLICT DO NOTHING")
    return f"{words[0]} INTO {quoted(table, 'default')} ({names}) VALUES {values}{words[1]}"


def _portions(rows, n):
    size = max(1, _PARAMETERS // max(1, n))
    return [rows[i:i + size] for i in range(0, len(rows), size)]


async def bulk_insert(table, columns, rows, returning_id=True, ignore_conflicts=False):
    """Inserts rows, lists of values: their ids where the database tells them, else how many there were."""
    found, n = [], 0
    tells = returning_id and not ignore_conflicts and get_backend() != "MySQL"
    async with transaction():
        for part in _portions(list(rows), len(columns)):
            sql, params = _rows_of(table, columns, part, ignore_conflicts), [v for row in part for v in row]
            if tells:
                found += [row["id"] for row in await _fetch(f"{sql} RETURNING {quoted('id', 'default')} AS id", params)]
            else:
                n += await _execute(sql, params)
    return found if tells else n


async def bulk_update(table, pk_col, columns, pks):
    """Sets columns, a list of (name, list of values), of the rows with these keys; how many rows there were."""
    sets = ", ".join(f"{quoted(name, 'default')} = ?" for name, _ in columns)
    sql, n = f"UPDATE {quoted(table, 'default')} SET {sets} WHERE {quoted(pk_col, 'default')} = ?", 0
    async with transaction():
        for i, pk in enumerate(pks):
            n += await _execute(sql, [*(values[i] for _, values in columns), pk])
    return n


async def bulk_delete(table, pk_col, pks):
    """Deletes the rows with these keys; how many there were."""
    n = 0
    async with transaction():
        for part in _portions(list(pks), 1):
            n += await QueryBuilder(table).add_filter(pk_col, "in", part).execute_delete()
    return n


__all__ = [
    "QueryBuilder", "TransactionHandle", "available_lookups", "begin_transaction", "bulk_delete", "bulk_insert",
    "bulk_update", "execute_with_params", "fetch_with_params", "get_backend", "is_connected", "list_aliases",
    "list_lookups", "list_transforms", "pool_stats", "raw_execute", "raw_fetch", "register_lookup", "setup",
]
