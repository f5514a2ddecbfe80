# SPDX-License-Identifier: MIT
"""The transactions that the calls of a context are in."""
import contextvars

from .exceptions import MisuseError

# (engine, table of Lua's by alias, handle of the innermost block), or None.
_transactions = contextvars.ContextVar("ryx_transactions", default=None)


def enter(engine, txs, handle=None):
    """From here on the calls of this context are in these transactions."""
    state = _transactions.get()
    return _transactions.set((engine, txs, handle or (state and state[2])))


def leave(token):
    """Back to where enter, which gave the token, was called."""
    _transactions.reset(token)


def forget():
    _transactions.set(None)


def handle():
    """The handle of the innermost `async with transaction()` of this context, or None."""
    state = _transactions.get()
    return state and state[2]


def transactions(engine):
    """Those of this context, for a call on this engine."""
    state = _transactions.get()
    if state is None:
        return None
    if state[0] is not engine:
        raise MisuseError("the current transaction belongs to another event loop or thread: "
                          "start one here, or end that one first")
    return state[1]
