# SPDX-License-Identifier: MIT
"""Rows that are kept: `await Post.objects.filter(...).cache()`, in memory or in a backend of your own, until
what they are made of is written or their time is over."""
import abc
import collections
import fnmatch
import hashlib
import json
import logging
import threading
import time
import uuid

from . import runtime
from ._ryx import call, callback, function, hold

_log = logging.getLogger("ryx.cache")
_configure = function("configure_cache")

_TTL, _MAX_SIZE = 300, 1000

_backend = None


class AbstractCache(abc.ABC):
    """A backend: what get() gives is what set() was given, or None. Values are dicts that json.dumps() takes;
    keys begin with "ryx:" and the name of the model."""

    @abc.abstractmethod
    async def get(self, key): ...

    @abc.abstractmethod
    async def set(self, key, value, ttl=None): ...

    @abc.abstractmethod
    async def delete(self, key): ...

    @abc.abstractmethod
    async def clear(self): ...

    async def delete_many(self, keys):
        for key in keys:
            await self.delete(key)

    async def keys(self, pattern="*"):
        raise NotImplementedError(f"{type(self).__name__} does not tell its keys")


class MemoryCache(AbstractCache):
    """The entries used last, in this process; one that is older than its seconds is none."""

    def __init__(self, max_size=_MAX_SIZE, ttl=_TTL):
        if max_size < 1:
            raise ValueError("MemoryCache: max_size is at least 1")
        self.max_size, self.ttl = max_size, ttl
        self._entries = collections.OrderedDict()  # key -> (value, when it ends), the one used last at the end
        self._lock = threading.Lock()  # guards _entries, which loops of several threads use

    def _live(self, key):
        entry = self._entries.get(key)
        if entry is not None and entry[1] <= time.monotonic():
            del self._entries[key]
            entry = None
        return entry

    async def get(self, key):
        with self._lock:
            entry = self._live(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    async def set(self, key, value, ttl=None):
        ttl = self.ttl if ttl is None else ttl
        with self._lock:
            self._entries.pop(key, None)
            if ttl > 0:
                self._entries[key] = value, time.monotonic() + ttl
            while len(self._entries) > self.max_size:
                self._entries.popitem(last=False)

    async def delete(self, key):
        with self._lock:
            self._entries.pop(key, None)

    async def clear(self):
        with self._lock:
            self._entries.clear()

    async def keys(self, pattern="*"):
        with self._lock:
            return [key for key in list(self._entries) if self._live(key) and fnmatch.fnmatchcase(key, pattern)]

    def size(self):
        """How many entries there are."""
        with self._lock:
            return len([key for key in list(self._entries) if self._live(key)])


def _bytes(value):
    return value.encode() if isinstance(value, str) else value


call(function("set_makers"), {"uuid": callback(uuid.UUID, True), "bytes": callback(_bytes, True)})


class CachedQueryMixin:
    """Every QuerySet has cache(); this is for classes that name it as a base."""


def _told(method):
    """A cache that fails is none, and is told of."""
    async def run(*args):
        try:
            return await method(*args)
        except Exception:
            _log.exception("the cache's backend failed")

    return run


def _calls(backend):
    """What Lua calls. It has rows as JSON text; a backend of your own gets them as lists."""
    if type(backend) is MemoryCache:
        return {"get": backend.get, "set": backend.set, "delete": backend.delete, "clear": backend.clear}

    async def get(key):
        entry = await backend.get(key)
        if isinstance(entry, dict) and "rows" in entry:
            return {**entry, "rows": json.dumps(entry["rows"])}

    async def set(key, value, ttl):
        await backend.set(key, {**value, "rows": json.loads(value["rows"])}, ttl)

    return {"get": _told(get), "set": _told(set), "delete": _told(backend.delete), "clear": _told(backend.clear)}


def configure_cache(backend=None, auto_invalidate=True, *, ttl=None, max_size=None):
    """Lets cache() keep rows: in memory, or in a backend. Again: replaces what was; False keeps nothing any
    more. With auto_invalidate=False what is written drops nothing."""
    global _backend
    if backend is None:
        backend = MemoryCache(_MAX_SIZE if max_size is None else max_size, _TTL if ttl is None else ttl)
    elif max_size is not None:
        raise TypeError("configure_cache: max_size is of the memory cache: your backend has its own limits")
    if backend is False:
        call(_configure, None, {})
        _backend = None
        return
    for name in ("get", "set", "delete", "clear"):
        if not callable(getattr(backend, name, None)):
            raise TypeError(f"configure_cache: the backend needs an async method {name}")
    if ttl is None:
        ttl = getattr(backend, "ttl", _TTL)
    calls = {name: hold(fn) for name, fn in _calls(backend).items()}
    call(_configure, calls, {"ttl": ttl, "auto_invalidate": bool(auto_invalidate)})
    _backend = backend


def get_cache():
    """The backend, or None."""
    return _backend


def make_cache_key(model_name, sql, values):
    """A key for entries of your own, which differs by SQL and values."""
    text = json.dumps({"sql": sql, "values": list(values)}, sort_keys=True, default=str)
    return f"ryx:{model_name}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


async def invalidate(key):
    """Drops what cache(key=) keeps under a key, and the backend's entry of this key."""
    await runtime.run("invalidate", key)
    if _backend is not None:
        await _backend.delete(key)


async def invalidate_model(model):
    """Drops what depends on the table of a model."""
    await runtime.run("invalidate_model", model)


async def invalidate_all():
    """Drops everything."""
    await runtime.run("invalidate_all")


__all__ = [
    "AbstractCache", "CachedQueryMixin", "MemoryCache", "configure_cache", "get_cache", "invalidate", "invalidate_all",
    "invalidate_model", "make_cache_key",
]
