# SPDX-License-Identifier: MIT
"""Models: classes whose fields, validation and queries are Lua's; their objects
are plain Python objects that hold the columns as attributes."""
import types
import uuid
import warnings

from . import exceptions, runtime
from . import _ryx
from .queryset import Manager


def _to_bytes(value):
    return value.encode() if isinstance(value, str) else value


def _to_uuid(value):
    return uuid.UUID(value) if isinstance(value, str) else value


# Lua has one type for text, bytes and UUIDs.
_FROM_LUA = {"bytes": _to_bytes, "uuid": _to_uuid}


class Related:
    """`post.author`: the object a foreign key refers to."""

    def __init__(self, name, attname, target):
        self._name, self._attname, self._target = name, attname, target

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        key = instance.__dict__.get(self._attname)
        cached = instance.__dict__.get("_related", {}).get(self._name)
        if cached is not None and cached.pk == key:
            return cached
        if key is None:
            return cached
        warnings.warn_explicit(
            f"{type(instance).__name__}.{self._name} is loaded on touch, which blocks the event loop: "
            "load it before with a query of its own", RuntimeWarning, __file__, 0, registry=_warned)
        return self._keep(instance, runtime.run_blocking("get", self._manager(instance), (), {"pk": key}))

    def _manager(self, instance):
        queryset = find(self._target).objects.get_queryset()
        return (queryset.using(instance._alias) if instance._alias else queryset)._lua

    def _keep(self, instance, value):
        instance.__dict__.setdefault("_related", {})[self._name] = value
        return value

    def __set__(self, instance, value):
        if isinstance(value, Model):
            if type(value).__name__ != self._target:
                raise TypeError(f"{type(instance).__name__}.{self._name} takes a {self._target}, not {value!r}")
            self._keep(instance, value)
            value = value.pk
        else:
            instance.__dict__.get("_related", {}).pop(self._name, None)
        instance.__dict__[self._attname] = value


_warned = {}
_models = {}  # name -> class, the newest


def find(name):
    return _models[name]


class Model:
    """The base of every model's class. Objects of database rows are made without
    __init__; `_alias` says where one is from: "" for the usual place, None for no
    database."""

    _lua = _all = _pk = None
    _columns = ()
    _relations = ()
    _convert = {}
    _alias = ""

    DoesNotExist = exceptions.DoesNotExist
    MultipleObjectsReturned = exceptions.MultipleObjectsReturned

    def __init__(self, **kwargs):
        made = runtime.call("construct", self._lua, kwargs)
        self.__dict__.update(made.__dict__)
        for name in self._relations:
            if isinstance(kwargs.get(name), Model):
                setattr(self, name, kwargs[name])

    @classmethod
    def _from_lua(cls, columns, alias):
        instance = cls.__new__(cls)
        instance._take(alias, columns)
        return instance

    def _take(self, alias, columns):
        values = self.__dict__
        for name in self._columns:
            value = columns.get(name)
            values[name] = self._convert[name](value) if name in self._convert else value
        values["_alias"] = alias

    def _settle_keys(self):
        """Keys of objects that were saved after they were assigned."""
        for name, related in self.__dict__.get("_related", {}).items():
            if related is not None and self.__dict__.get(f"{name}_id") is None:
                setattr(self, name, related)

    @property
    def pk(self):
        return self.__dict__.get(self._pk)

    @pk.setter
    def pk(self, value):
        self.__dict__[self._pk] = value

    async def save(self, *, validate=True, update_fields=None, using=None):
        self._settle_keys()
        options = {"validate": validate, "update_fields": update_fields, "using": using}
        options = {k: v for k, v in options.items() if v is not None}
        self._take(*await runtime.run("save", self, options))

    async def delete(self):
        if self._alias is None:
            raise exceptions.MisuseError(f"Cannot delete an unsaved {type(self).__name__} instance.")
        n = await runtime.run("delete_object", self)
        self.pk = None
        self._alias = None
        return n

    async def refresh_from_db(self, fields=None):
        if self._alias is None:
            raise exceptions.MisuseError("Cannot refresh an unsaved instance.")
        self._take(*await runtime.run("refresh", self, fields))
        self.__dict__.pop("_related", None)

    async def full_clean(self):
        self._take(*await runtime.run("full_clean", self))

    def __getitem__(self, name):
        try:
            return self.__dict__[name]
        except KeyError:
            raise KeyError(f"{type(self).__name__} has no {name!r}") from None

    def __eq__(self, other):
        if type(self) is not type(other):
            return NotImplemented
        return self is other or (self.pk is not None and self.pk == other.pk)

    def __hash__(self):
        return hash((type(self), self.pk))

    def __repr__(self):
        return f"<{type(self).__name__}: pk={self.pk}>"


class Options:
    """`Model._meta`: what a model is."""

    def __init__(self, facts):
        self.model_name, self.table_name = facts["name"], facts["table_name"]
        self.database, self.abstract = facts["alias"], facts["abstract"]
        self.fields = {f["attname"]: types.SimpleNamespace(**f) for f in facts["fields"]}
        self.pk_field = self.fields.get(facts.get("pk"))

    def get_field(self, name):
        return self.fields[name]


def _body(name, ref, facts):
    errors = {
        kind: type(f"{name}.{kind}", (getattr(exceptions, kind),), {})
        for kind in ("DoesNotExist", "MultipleObjectsReturned")
    }
    fields = facts["fields"]
    body = {
        "_lua": ref, "_all": facts.get("objects"), "_pk": facts.get("pk"), "_meta": Options(facts),
        "_columns": tuple(f["attname"] for f in fields),
        "_convert": {f["attname"]: _FROM_LUA[f["type"]] for f in fields if f["type"] in _FROM_LUA},
        "_relations": tuple(f["name"] for f in fields if f.get("target")), "objects": Manager(), **errors,
    }
    body.update({f["name"]: Related(f["name"], f["attname"], f["target"]) for f in fields if f.get("target")})
    return body


def from_lua(ref):
    """The Python class of a model of Lua's."""
    facts = runtime.call("describe", ref)
    cls = type(facts["name"], (Model,), _body(facts["name"], ref, facts))
    if not facts["abstract"]:
        _ryx.register(ref, cls)
    _models[facts["name"]] = cls
    return cls


def load(path):
    """The models of a Lua file as classes: `ns = ryx.load("models.lua")`, `ns.Post`."""
    found = runtime.call("load", str(path))
    return types.SimpleNamespace(**{name: from_lua(ref) for name, ref in found.items()})


async def migrate(models):
    """Makes the tables of models that are not there yet."""
    await runtime.run("migrate", list(models))


_ryx.configure(exceptions._from_core, Model)
