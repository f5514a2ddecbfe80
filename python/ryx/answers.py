# SPDX-License-Identifier: MIT
"""Answers to what Lua wants called: hooks, receivers of signals. They run in the task and
the context of whoever made the call, in the transactions that Lua is in."""
import inspect

from . import context
from .exceptions import MisuseError
from .rows import Instance


def _instances(args):
    # Lua takes from them what was changed.
    return [arg for arg in args if isinstance(arg, Instance)]


async def answer(engine, task, asked):
    """Calls what a task asks for and steps it on with what comes of it."""
    fn, txs, args = asked
    token = context.enter(engine, txs)
    try:
        value = fn(*args)
        if inspect.isawaitable(value):
            value = await value
    except BaseException as e:
        task.go(e)
        if isinstance(e, GeneratorExit):
            raise
        return e
    finally:
        context.leave(token)
    task.go(None, value, *_instances(args))


def answer_now(engine, task, asked):
    """The same where nothing may wait."""
    steps = answer(engine, task, asked)
    try:
        steps.send(None)
    except StopIteration:
        return
    fn = getattr(asked[0], "__qualname__", asked[0])
    try:
        steps.throw(MisuseError(f"{fn} waits, and what calls it blocks the event loop: await the call that needs it"))
    except StopIteration:
        pass
