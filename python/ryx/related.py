# SPDX-License-Identifier: MIT
"""Relations of instances: the object a foreign key or one-to-one leads to, the rows on
the other side. What was loaded is in `_related`; Lua loads the rest."""
import functools
import warnings

from . import runtime
from ._ryx import call, function
from .queryset import QuerySet
from .rows import Instance

_models = {}  # key -> class, the newest
_warned = {}
_relation, _touch, _prefetch = function("relation"), function("touch"), function("prefetch")
_target_key = function("target_key")


def register(model, key):
    """Relations to the model of this key lead to this class."""
    _models[key] = model
    _kind_of.cache_clear()


def touch(instance, name):
    """Reads what an instance lacks, blocking; says so once."""
    warnings.warn_explicit(
        f"{type(instance).__name__}.{name} is loaded on touch, which blocks the event loop: load it before, by "
        "select_related, prefetch_related or a query of its own", RuntimeWarning, __file__, 0, registry=_warned)
    return runtime.run_blocking("touch", instance, name)


def _keep(instance, name, value):
    instance.__dict__.setdefault("_related", {})[name] = value
    return value


class Related:
    """`post.author`: the object a foreign key refers to."""

    def __init__(self, name, attname):
        self._name, self._attname = name, attname

    def _target(self, cls):
        """The class it refers to, which may have come later."""
        return _models[call(_target_key, cls, self._name)]

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        key = getattr(instance, self._attname)
        cached = instance.__dict__.get("_related", {}).get(self._name)
        if cached is not None and cached.pk == key:
            return cached
        return cached if key is None else _keep(instance, self._name, touch(instance, self._name))

    def __set__(self, instance, value):
        if value is not None and isinstance(value, Instance):
            if not isinstance(value, target := self._target(type(instance))):
                raise TypeError(f"{type(instance).__name__}.{self._name} takes a {target.__name__}, not {value!r}")
            _keep(instance, self._name, value)
            value = value.pk
        else:
            instance.__dict__.get("_related", {}).pop(self._name, None)
        instance.__dict__[self._attname] = value


@functools.lru_cache(maxsize=1024)
def _kind_of(cls, name):
    found = call(_relation, cls, name)
    # Another model may still bring it.
    if found is None:
        raise LookupError
    return found


def other_side(instance, name):
    """The other side of a relation of another model: its rows, or the one object."""
    kind, target = _kind_of(type(instance), name)
    known = instance.__dict__.get("_related", {})
    if kind == "many":
        return RelatedManager(_models[target], call(_touch, instance, name), known.get(name))
    return known[name] if name in known else _keep(instance, name, touch(instance, name))


class RelatedManager(QuerySet):
    """`author.posts`: a QuerySet of the rows on the other side, and what changes them.
    Awaiting it gives what prefetch_related loaded."""

    def __init__(self, model, ref, loaded):
        super().__init__(model, ref)
        self._loaded = loaded

    def _with(self, ref):
        return QuerySet(self._model, ref)

    def all(self):
        return self

    def __await__(self):
        if self._loaded is None:
            return super().__await__()
        return runtime.Done([*self._loaded]).__await__()

    async def _manage(self, method, *args):
        self._loaded = None
        return await runtime.run("manage", self._lua, method, args)

    async def create(self, **kwargs):
        return await self._manage("create", kwargs)

    async def add(self, *objects):
        """Objects or keys."""
        return await self._manage("add", *objects)

    async def remove(self, *objects):
        return await self._manage("remove", *objects)

    async def set(self, objects):
        return await self._manage("set", list(objects))

    async def clear(self):
        return await self._manage("clear")


class Prefetch:
    """A path of prefetch_related with a queryset of its own, a limit for each object, or
    another name for the list: Prefetch("posts", queryset=..., limit=3, to="recent")"""

    def __init__(self, path, *, queryset=None, limit=None, to=None):
        options = {"queryset": queryset, "limit": limit, "to": to}
        self._lua = call(_prefetch, path, {k: v for k, v in options.items() if v is not None})
