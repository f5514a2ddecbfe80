# SPDX-License-Identifier: MIT
"""Calls into Lua: an engine for each event loop, tasks that wait on it."""
import asyncio
import concurrent.futures
import contextvars
import functools
import inspect
import os
import threading
import weakref

from . import _ryx, context
from .answers import answer, answer_now

_loops = {}  # id of a loop -> _LoopEngine
_local = threading.local()

# So many calls in a row may end without letting the loop run.
_BURST = 64


class _LoopEngine:
    """An engine that an event loop drives: it watches the engine's descriptor."""

    def __init__(self, loop):
        self.engine = _ryx.Engine()
        self.loop = weakref.ref(loop, lambda _, key=id(loop): _forget(key))
        self.timer = None
        self.burst = 0
        self.fd = self.engine.fileno()
        loop.add_reader(self.fd, self.turn)
        self._watch_end(loop)

    def _watch_end(self, loop):
        """asyncio closes its asynchronous generators when a loop ends, so one
        that waits for that closes the engine in time."""
        self.sentinel = self._until_end(loop)
        try:
            self.sentinel.__anext__().send(None)
        except StopIteration:
            pass

    async def _until_end(self, loop):
        try:
            yield
        finally:
            self.close(loop)

    def turn(self):
        if self.engine.closed:
            return
        ms = self.engine.turn()
        loop = self.loop()
        if ms >= 0 and loop is not None:
            self._wake_at(loop, loop.time() + ms / 1000)

    def _wake_at(self, loop, when):
        # A timer that comes too early does no harm, making one anew each time would.
        if self.timer is not None:
            if self.timer.when() <= when:
                return
            self.timer.cancel()
        self.timer = loop.call_at(when, self._due)

    def _due(self):
        self.timer = None
        self.turn()

    def close(self, loop=None):
        if loop is not None:
            _loops.pop(id(loop), None)
            if not loop.is_closed():
                loop.remove_reader(self.fd)
        if self.timer:
            self.timer.cancel()
            self.timer = None
        self.engine.close()


def _forget(key):
    """A loop is gone without an end of its own."""
    entry = _loops.pop(key, None)
    if entry:
        entry.engine.close()


def _of_loop(loop):
    entry = _loops.get(id(loop))
    if entry is not None and entry.loop() is loop and not entry.engine.closed:
        return entry
    for key, other in list(_loops.items()):
        known = other.loop()
        if known is None or known.is_closed():
            _forget(key)
    entry = _loops[id(loop)] = _LoopEngine(loop)
    return entry


def engine():
    """The engine of the running loop, or of this thread."""
    loop = asyncio._get_running_loop()
    return _thread_engine() if loop is None else _of_loop(loop).engine


def _thread_engine():
    loop = getattr(_local, "loop", None)
    entry = _loops.get(id(loop)) if loop is not None else None
    if entry is not None and not entry.engine.closed:
        return entry.engine
    own = getattr(_local, "engine", None)
    if own is None or own.closed:
        own = _local.engine = _ryx.Engine()
    return own


@functools.lru_cache(maxsize=None)
def function(name):
    return _ryx.function(name)


def turn(own):
    """What an engine can do now: who touched it may have looked at what arrived, which
    wakes the loop only once."""
    for entry in _loops.values():
        if entry.engine is own:
            return entry.turn()
    own.turn()


def call(name, *args):
    """A function of Lua's that waits for nothing."""
    own = engine()
    value = own.call(function(name), *args)
    if own.waits and (loop := asyncio._get_running_loop()) is not None:
        _of_loop(loop).turn()
    return value


def join(task, handle=None):
    """From here on the calls of this context are in the transactions of a task's block."""
    return context.enter(engine(), task.field("txs"), handle)


async def rest(entry, task):
    """Waits until a task ends or pauses, and answers what it asks for meanwhile; being
    cancelled cancels its query."""
    cancelled = None
    while not task.rests or (cancelled and not task.ended):
        if task.rests:
            task.go(cancelled)
            entry.turn()
            continue
        if (asked := task.asks()) is not None:
            failure = await answer(entry.engine, task, asked)
            if isinstance(failure, asyncio.CancelledError):
                cancelled = failure
            entry.turn()
            continue
        future = entry.loop().create_future()
        task.tell(future)
        try:
            await future
        except asyncio.CancelledError as e:
            cancelled = e
            task.cancel()
            entry.turn()
    if cancelled:
        raise cancelled


async def start(name, *args):
    """A task of Lua's, run until it ends or pauses."""
    entry = _of_loop(asyncio.get_running_loop())
    task = entry.engine.start(context.transactions(entry.engine), function(name), *args)
    # One that ends at once may have looked at what arrived for others, which wakes
    # the loop only once.
    if entry.engine.waits:
        entry.turn()
    if not task.rests:
        entry.burst = 0
        await rest(entry, task)
        return task
    entry.burst += 1
    if entry.burst >= _BURST:
        entry.burst = 0
        await asyncio.sleep(0)
    return task


async def go_on(task, exception=None):
    """Ends the pause of a task and waits for its end."""
    entry = _of_loop(asyncio.get_running_loop())
    task.go(exception)
    entry.turn()
    await rest(entry, task)
    return task.result()


async def end_block(task, exception):
    """The end of `async with`, whose task pauses while its block runs; False: the
    block's own exception goes on."""
    try:
        await go_on(task, exception)
    except BaseException as e:
        if e is not exception:
            raise
    return False


async def run(name, *args):
    return (await start(name, *args)).result()


def run_blocking(name, *args):
    """The same without a loop's help: blocks this thread, with the GIL free."""
    own = engine()
    task = own.start(context.transactions(own), function(name), *args)
    own.block(task)
    while (asked := task.asks()) is not None:
        answer_now(own, task, asked)
        own.block(task)
    return task.result()


class Done:
    """What a call that did its work at once gives to those who await it."""

    def __init__(self, value=None):
        self.value = value

    def __await__(self):
        return self.value
        yield


async def _await(awaitable):
    return await awaitable


def _run_here(awaitable):
    loop = getattr(_local, "loop", None)
    if loop is None or loop.is_closed():
        loop = _local.loop = asyncio.new_event_loop()
        weakref.finalize(threading.current_thread(), _end_loop, loop)
    return loop.run_until_complete(_await(awaitable))


def _end_loop(loop):
    if not loop.is_running() and not loop.is_closed():
        entry = _loops.pop(id(loop), None)
        if entry:
            entry.engine.close()
        loop.close()


@functools.lru_cache(maxsize=None)
def _threads():
    return concurrent.futures.ThreadPoolExecutor(thread_name_prefix="ryx-sync")


def run_sync(awaitable):
    """Runs an awaitable to its end from code that is not asynchronous. Inside a
    running loop it runs on a thread of its own, and this loop stands still."""
    if not inspect.isawaitable(awaitable):
        raise TypeError(f"run_sync takes an awaitable, not {type(awaitable).__name__}")
    if asyncio._get_running_loop() is None:
        return _run_here(awaitable)
    here = contextvars.copy_context()
    return _threads().submit(here.run, _run_here, awaitable).result()


def close_engines():
    """Closes the engine of this loop or thread; the others see at their next
    call that the databases are gone."""
    loop = asyncio._get_running_loop() or getattr(_local, "loop", None)
    entry = _loops.get(id(loop)) if loop is not None else None
    if entry is not None:
        entry.close(loop)
    own = getattr(_local, "engine", None)
    if own is not None:
        own.close()
        _local.engine = None


def _after_fork():
    # The parent's connections are the parent's: the child opens its own. The
    # parent's loops are left as they are, they share descriptors with it.
    global _local
    for entry in list(_loops.values()):
        entry.timer = None
        entry.engine.close()
    _loops.clear()
    own = getattr(_local, "engine", None)
    if own is not None:
        own.close()
    _local = threading.local()
    context.forget()
    _threads.cache_clear()


os.register_at_fork(after_in_child=_after_fork)
