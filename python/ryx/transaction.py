# SPDX-License-Identifier: MIT
"""Transactions: `async with ryx.transaction():`, nested ones are savepoints."""
from . import context, runtime
from ._ryx import hold


class Transaction:
    """The handle of a transaction or savepoint: what `as tx` gives."""

    def __init__(self, alias, ref):
        self._alias = alias
        self._lua = ref

    def get_alias(self):
        return self._alias

    async def is_active(self):
        return runtime.call("is_active", self._lua)

    async def rollback(self):
        """Undoes the block's work now; the block may do nothing more with it."""
        await runtime.run("rollback", self._lua)

    async def commit(self):
        """Commits the block's work now; the block may do nothing more with it."""
        await runtime.run("commit", self._lua)

    async def savepoint(self, name):
        """What is done from here on can be undone by rollback_to(name)."""
        await runtime.run("savepoint", self._lua, name)

    async def rollback_to(self, name):
        """Undoes what was done since the savepoint, which stays."""
        await runtime.run("rollback_to", self._lua, name)

    async def release_savepoint(self, name):
        """Keeps what was done since the savepoint, which is forgotten."""
        await runtime.run("release_savepoint", self._lua, name)

    def on_commit(self, fn):
        """Calls fn(), async or plain, after the outermost commit; not at all when something rolls back."""
        runtime.call("on_end", self._lua, "on_commit", hold(fn))

    def on_rollback(self, fn):
        """Calls fn() when the block, or one around it, was undone."""
        runtime.call("on_end", self._lua, "on_rollback", hold(fn))

    def __repr__(self):
        return f"<Transaction on {self._alias}>"


class TransactionContext:
    def __init__(self, options):
        self._options = options
        self._task = self._token = None

    async def __aenter__(self):
        self._task = await runtime.start("transaction", self._options)
        if self._task.ended:
            self._task.result()
        handle = Transaction(self._options["alias"], self._task.field("tx"))
        self._token = runtime.join(self._task, handle)
        return handle

    async def __aexit__(self, kind, exception, trace):
        context.leave(self._token)
        return await runtime.end_block(self._task, exception)


def get_active_transaction():
    """The handle of the innermost block that this is in, or None."""
    return context.handle()


def transaction(alias=None, isolation=None, read_only=False):
    """Commits at the end of the block, rolls back when an exception leaves it.

    async with ryx.transaction() as tx: ...
    """
    options = {"alias": alias or "default"}
    if isolation:
        options["isolation"] = isolation
    if read_only:
        options["read_only"] = True
    return TransactionContext(options)
