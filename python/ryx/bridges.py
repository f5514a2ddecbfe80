# SPDX-License-Identifier: MIT
"""Between code that awaits and code that does not."""
import asyncio
import concurrent.futures
import contextvars
import functools
import inspect
import os
from collections.abc import Iterator

from .runtime import run_sync

# Functions that want one thread for all of them are in it, or wait for one that is.
_is_sensitive = contextvars.ContextVar("ryx_is_sensitive", default=False)


@functools.lru_cache(maxsize=None)
def _one_thread():
    return concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="ryx-sensitive")


os.register_at_fork(after_in_child=_one_thread.cache_clear)


class _Steps:
    """What `__await__` of something gave, to be awaited."""

    def __init__(self, steps):
        self._steps = steps

    def __await__(self):
        return self._steps


def async_to_sync(fn):
    """The function for code that does not await; an awaitable is awaited at once."""
    if inspect.isawaitable(fn):
        return run_sync(fn)
    if not callable(fn):
        raise TypeError(f"async_to_sync takes an async function, not {fn!r}")

    @functools.wraps(fn)
    def run(*args, **kwargs):
        made = fn(*args, **kwargs)
        return run_sync(_Steps(made) if isinstance(made, Iterator) and not inspect.isawaitable(made) else made)

    return run


def sync_to_async(fn, *, thread_sensitive=True):
    """The function as one to await. It runs in a thread: in the same one as all others, or with
    thread_sensitive=False in any, so that several run at once."""
    if not callable(fn):
        raise TypeError(f"sync_to_async takes a function, not {fn!r}")

    @functools.wraps(fn)
    async def run(*args, **kwargs):
        call = functools.partial(fn, *args, **kwargs)
        if not thread_sensitive:
            return await asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, call)
        if _is_sensitive.get():
            return call()
        context = contextvars.copy_context()
        context.run(_is_sensitive.set, True)
        return await asyncio.get_running_loop().run_in_executor(_one_thread(), context.run, call)

    return run


def async_to_async(fn):
    """The async function itself; one that is not async becomes so."""
    return fn if inspect.iscoroutinefunction(fn) else sync_to_async(fn)


async def run_async(fn, *args, **kwargs):
    """What a function gives that would block: it runs in a thread. Async ones and awaitables are awaited."""
    if inspect.isawaitable(fn):
        return await fn
    return await async_to_async(fn)(*args, **kwargs)


__all__ = ["async_to_async", "async_to_sync", "run_async", "run_sync", "sync_to_async"]
