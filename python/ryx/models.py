# SPDX-License-Identifier: MIT
"""Models: classes whose fields, validation and queries are Lua's; their objects
are plain Python objects that hold the columns as attributes."""
import types
import uuid

from . import _ryx, exceptions, runtime
from .queryset import Manager
from .related import Related, other_side, register, touch
from .rows import Instance


def _to_bytes(value):
    return value.encode() if isinstance(value, str) else value


def _to_uuid(value):
    return uuid.UUID(value) if isinstance(value, str) else value


# Lua has one type for text, bytes and UUIDs.
_FROM_LUA = {"bytes": _to_bytes, "uuid": _to_uuid}


class Model(Instance):
    """The base of every model's class."""

    _all = None

    DoesNotExist = exceptions.DoesNotExist
    MultipleObjectsReturned = exceptions.MultipleObjectsReturned

    def __init__(self, **kwargs):
        self._take(None, _ryx.call(runtime.function("construct"), self._lua, kwargs))
        for name in self._relations:
            if isinstance(kwargs.get(name), Model):
                setattr(self, name, kwargs[name])

    def __getattr__(self, name):
        # Only reached for what the object does not hold.
        if name[:1] != "_" and self._lua is not None:
            if name in self._columns and self._alias is not None:
                value = touch(self, name)
                self.__dict__[name] = self._convert[name](value) if name in self._convert else value
                return self.__dict__[name]
            try:
                return other_side(self, name)
            except LookupError:
                pass
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    async def save(self, *, validate=True, update_fields=None, using=None):
        self._settle_keys()
        options = {"validate": validate, "update_fields": update_fields, "using": using}
        options = {k: v for k, v in options.items() if v is not None}
        self._take(*await runtime.run("save", self, options), self._deferred())

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
        deferred = () if fields is None else {*self._deferred()} - {*fields}
        self._take(*await runtime.run("refresh", self, fields), deferred)
        self.__dict__.pop("_related", None)

    async def full_clean(self):
        self._take(*await runtime.run("full_clean", self), self._deferred())

    def __getitem__(self, name):
        try:
            return self.__dict__[name]
        except KeyError:
            if name in self._columns or name in self._relations:
                return getattr(self, name)
            raise KeyError(f"{type(self).__name__} has no {name!r}") from None


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
    register(cls)
    return cls


def load(path):
    """The models of a Lua file as classes: `ns = ryx.load("models.lua")`, `ns.Post`."""
    found = runtime.call("load", str(path))
    return types.SimpleNamespace(**{name: from_lua(ref) for name, ref in found.items()})


async def migrate(models):
    """Makes the tables of models that are not there yet."""
    await runtime.run("migrate", list(models))
