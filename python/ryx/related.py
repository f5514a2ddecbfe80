# SPDX-License-Identifier: MIT
"""Relations of instances: the object a foreign key or one-to-one leads to, the rows on
the other side. What was loaded is in `_related`; Lua loads the rest."""
import functools

from . import runtime
from ._ryx import call, function
from .exceptions import MisuseError
from .queryset import QuerySet
from .rows import Instance
from .touch import forward, keep, reverse
from .transaction import transaction

_models = {}  # key -> class, the newest
_relation, _touch, _prefetch = function("relation"), function("touch"), function("prefetch")
_target_key = function("target_key")


def register(model, key):
    """Relations to the model of this key lead to this class."""
    _models[key] = model
    _kind_of.cache_clear()


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
        return cached if key is None else forward(instance, self._name, self._attname)

    def __set__(self, instance, value):
        if value is not None and isinstance(value, Instance):
            if not isinstance(value, target := self._target(type(instance))):
                raise TypeError(f"{type(instance).__name__}.{self._name} takes a {target.__name__}, not {value!r}")
            keep(instance, self._name, value)
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
    kind, target, field, name = _kind_of(type(instance), name)
    known = instance.__dict__.get("_related", {})
    if kind == "many":
        manager = ReverseFKManager if field else ManyToManyManager
        return manager(_models[target], call(_touch, instance, name), known.get(name), instance, name, field)
    return known[name] if name in known else reverse(instance, name)


def _is_new(value):
    return isinstance(value, Instance) and value._alias is None


class ReverseFKManager(QuerySet):
    """`author.posts`: a QuerySet of the rows on the other side, and what changes them.
    What prefetch_related loaded is given without a query."""

    def __init__(self, model, ref, loaded, owner, name, field):
        super().__init__(model, ref)
        self._loaded, self._owner, self._name, self._field = loaded, owner, name, field

    def _with(self, ref):
        return QuerySet(self._model, ref)

    def all(self):
        return self

    def using(self, alias):
        return type(self)(self._model, super().using(alias)._lua, None, self._owner, self._name, self._field)

    def __await__(self):
        if self._loaded is None:
            return super().__await__()
        return runtime.Done([*self._loaded]).__await__()

    async def __aiter__(self):
        if self._loaded is None:
            async for row in self.stream():
                yield row
            return
        for row in [*self._loaded]:
            yield row

    async def count(self):
        return await super().count() if self._loaded is None else len(self._loaded)

    async def exists(self):
        return await super().exists() if self._loaded is None else bool(self._loaded)

    async def first(self):
        if self._loaded is None:
            return await super().first()
        return self._loaded[0] if self._loaded else None

    async def last(self):
        if self._loaded is None:
            return await super().last()
        return self._loaded[-1] if self._loaded else None

    def _forget(self):
        self._loaded = None
        self._owner.__dict__.get("_related", {}).pop(self._name, None)

    async def _manage(self, method, args=(), options=()):
        self._forget()
        return await runtime.run("manage", self._lua, method, list(args), dict(options), self._owner)

    def _keys(self, method, objects, keys):
        """Objects and keys as one list: add(post, 7), add(post_id=7)"""
        known = f"{self._model.__name__.lower()}_id"
        for name in keys:
            if name != known:
                raise TypeError(f"{method}() takes objects, keys or {known}=, not {name}=")
        return [*objects, *keys.values()]

    def _assign(self, objects, owner):
        """Objects know whom they belong to now."""
        for one in objects:
            if isinstance(one, Instance):
                setattr(one, self._field, owner)

    async def create(self, **kwargs):
        """Makes and saves an object on the other side."""
        other = kwargs.pop(self._field, self._owner)
        if other is not self._owner and other != self._owner.pk:
            raise MisuseError(f"{self!r}.create: {self._field} is another one already")
        self._forget()
        instance = self._model(**kwargs, **{self._field: self._owner})
        instance._take(*await runtime.run("insert", self._lua, instance))
        return instance

    async def add(self, *objects, **keys):
        """Gives objects, or rows of these keys, to this one; new objects are saved."""
        found = self._keys("add", objects, keys)
        new = [one for one in found if _is_new(one)]
        n = await self._manage("add", [one for one in found if not _is_new(one)])
        self._assign(found, self._owner)
        for one in new:
            one._take(*await runtime.run("insert", self._lua, one))
        return n + len(new)

    async def remove(self, *objects, **keys):
        """Takes objects, or rows of these keys, from this one."""
        found = self._keys("remove", objects, keys)
        n = await self._manage("remove", found)
        self._assign([o for o in found if isinstance(o, Instance) and getattr(o, self._field) == self._owner], None)
        return n

    async def set(self, objects):
        """Makes these and no others those of this one."""
        found = list(objects)
        n = await self._manage("set", found)
        self._assign(found, self._owner)
        return n

    async def clear(self):
        """Takes all from this one."""
        return await self._manage("clear")

    async def update(self, **kwargs):
        self._forget()
        return await super().update(**kwargs)

    async def delete(self):
        self._forget()
        return await super().delete()

    def __repr__(self):
        return f"<{type(self).__name__}: {self._model.__name__} where {self._field}_id={self._owner.pk!r}>"


class ManyToManyManager(ReverseFKManager):
    """`post.tags`: the objects that this one is linked with, and what links them."""

    async def create(self, *, through_defaults=None, **kwargs):
        async with transaction(self._owner._alias or self._owner._meta.database):
            instance = await QuerySet(self._model, self._lua).create(**kwargs)
            await self.add(instance, through_defaults=through_defaults)
        return instance

    async def add(self, *objects, through_defaults=None, **keys):
        """Links objects or keys; links that are there stay."""
        return await self._manage("add", self._keys("add", objects, keys), _options(through_defaults))

    async def remove(self, *objects, **keys):
        """Unlinks objects or keys."""
        return await self._manage("remove", self._keys("remove", objects, keys))

    async def set(self, objects, *, through_defaults=None):
        """Links these and no others."""
        return await self._manage("set", objects, _options(through_defaults))

    def __repr__(self):
        return f"<{type(self).__name__}: {self._owner!r}.{self._name}>"


def _options(through_defaults):
    return {"through_defaults": through_defaults} if through_defaults else {}


class Prefetch:
    """A path of prefetch_related with a queryset of its own, a limit for each object, or
    another name for the list: Prefetch("posts", queryset=..., limit=3, to="recent")"""

    def __init__(self, path, *, queryset=None, limit=None, to=None):
        options = {"queryset": queryset, "limit": limit, "to": to}
        self._lua = call(_prefetch, path, {k: v for k, v in options.items() if v is not None})
