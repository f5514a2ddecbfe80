# SPDX-License-Identifier: MIT
"""Classes of models: what a class says goes to Lua, which makes the model; what Lua says of a
model, its own or one of these, becomes the class."""
import copy
import uuid

from . import _ryx, exceptions, hooks
from . import fields as field_types
from .field import COMMON, Field
from .fields import AutoField
from .meta import Options
from .queryset import Manager
from .related import register

_define, _describe, _default, _column_types, _choice_label = map(
    _ryx.function, ("define", "describe", "field_default", "column_types", "choice_label"))
_KINDS = {
    cls.kind: cls for cls in vars(field_types).values()
    if isinstance(cls, type) and issubclass(cls, Field) and cls.__dict__.get("kind")
}


def _to_bytes(value):
    return value.encode() if isinstance(value, str) else value


def _to_uuid(value):
    return uuid.UUID(value) if isinstance(value, str) else value


# Lua has one type for text, bytes and UUIDs.
_FROM_LUA = {"bytes": _to_bytes, "uuid": _to_uuid}
_SCALARS = (int, float, str, bytes, bool, type(None))


class _Abstract:
    """In place of what new objects of a model hold, where there can be none."""

    def __get__(self, instance, cls):
        if instance is None:
            return self
        raise exceptions.MisuseError(f"{cls.__name__} is abstract and has no rows: build a model upon it")


class _Convert:
    """`_convert`: what values of some columns go through that come from Lua. A key to another model
    is of the type of that one's, which may not be there yet: found out when it is asked for."""

    def __get__(self, instance, cls):
        types = _ryx.call(_column_types, cls._lua)
        cls._convert = {name: _FROM_LUA[of] for name, of in types.items() if of in _FROM_LUA}
        return cls._convert


def _same(kind, bases):
    """The error class of a model, below those of what it is built upon."""
    parents = [vars(base)[kind] for base in bases if kind in vars(base)]
    return tuple(dict.fromkeys(parents)) or (getattr(exceptions, kind),)


def _errors(cls):
    for kind in ("DoesNotExist", "MultipleObjectsReturned"):
        parents = _same(kind, cls.__bases__)
        setattr(cls, kind, type(f"{cls.__name__}.{kind}", parents, {"__module__": cls.__module__}))


def _add_display(cls, attname, name, ref):
    """post.get_status_display(): what people see of a field with choices."""

    def display(self):
        return _ryx.call(_choice_label, ref, getattr(self, attname))

    if not hasattr(cls, f"get_{name}_display"):
        display.__name__ = f"get_{name}_display"
        setattr(cls, display.__name__, display)


def _sort(body):
    """Fields, managers and the rest of the body of a class. None in place of a field takes it away."""
    fields = {k: v for k, v in body.items() if isinstance(v, Field)}
    managers = {k: v for k, v in body.items() if isinstance(v, Manager)}
    rest = {k: v for k, v in body.items() if k not in fields and k not in managers}
    return fields, managers, rest


def _mixed_in(bases):
    """Fields of classes that are no models, which a model takes over as its own."""
    found = {}
    for base in bases:
        for cls in reversed(() if isinstance(base, ModelBase) else base.__mro__):
            found.update((k, v.copied()) for k, v in vars(cls).items() if isinstance(v, Field))
    return found


def _taken_over(bases):
    """The fields of the models that a model is built upon, by name: of the first that has one."""
    found = {}
    for base in bases:
        meta = base._meta
        for field in (*meta.fields.values(), *meta.many_to_many.values()):
            found.setdefault(field.name, field)
    return found


def _of_lua(facts):
    """The field of Python's for one of Lua's."""
    cls = _KINDS.get(facts["kind"], Field)
    field = cls.__new__(cls)
    field._given = options = facts["options"]
    for name in (*COMMON, *cls.options):
        fallback = cls.options.get(name, COMMON.get(name))
        setattr(field, "_own_validators" if name == "validators" else name, options.get(name, fallback))
    field.null, field.unique, field.primary_key = facts["null"], facts["unique"], facts["primary_key"]
    base = facts.get("base")
    field.to, field.base_field, field._ref = facts.get("to"), base and _of_lua(base), facts["lua"]
    field._plain_ref = field._ref
    field.output_field = field.base_field
    if facts["is_made"]:
        field.default = lambda: _ryx.call(_default, field.lua_field())
    return field


class ModelBase(type):
    """The class of models' classes."""

    def __new__(mcs, name, bases, body, **kwargs):
        parents = [base for base in bases if isinstance(base, ModelBase) and hasattr(base, "_meta")]
        if not any(isinstance(base, ModelBase) for base in bases):
            return super().__new__(mcs, name, bases, body, **kwargs)
        fields, managers, rest = _sort(body)
        inherited = _taken_over(parents)
        fields = {**_mixed_in(bases), **fields}
        meta = Options(rest.get("Meta"), name)
        cls = super().__new__(mcs, name, bases, rest, **kwargs)
        for key, field in fields.items():
            field.contribute_to_class(cls, key)
        pairs = [[key, field.lua_field()] for key, field in fields.items()]
        pairs += [[key, False] for key, value in rest.items() if value is None and key in inherited]
        ref = _ryx.call(_define, {
            "name": name, "key": f"{cls.__module__}.{cls.__qualname__}", "module": cls.__module__,
            "bases": [base._lua for base in parents], "fields": pairs, "meta": meta.said,
        })
        facts = _ryx.call(_describe, ref)
        for base in parents:
            meta.inherit(base._meta)
        known = {**{k: f.copied() for k, f in inherited.items() if k not in fields}, **fields}
        cls._complete(ref, facts, meta, known, managers)
        return cls

    def _complete(cls, ref, facts, meta, fields, managers):
        """Gives the class what is Lua's to say: columns in their order, keys, errors."""
        cls._lua, cls._all, cls._pk, cls._meta = ref, facts.get("objects"), facts.get("pk"), meta
        meta.settle(facts)
        for one in facts["fields"]:
            field = cls._placed(fields, one)
            field.column = one["column"]
            meta.add_field(field)
            if one["has_choices"]:
                _add_display(cls, one["attname"], one["name"], one["lua"])
        for one in facts["many_to_many"]:
            meta.add_field(cls._placed(fields, one))
        cls._columns = tuple(meta.fields)
        cls._relations = tuple(one["name"] for one in facts["fields"] if one["is_relation"])
        cls._convert = _Convert()
        cls._boxed = tuple(attname for attname, field in meta.fields.items() if field.is_own)
        cls._settle_values({one["attname"] for one in facts["fields"] if one["is_left_out"]})
        _errors(cls)
        cls._add_managers(managers)
        hooks.tie(cls)
        if not meta.abstract:
            _ryx.register(ref, cls)
            register(cls, facts["key"])

    def _placed(cls, fields, facts):
        """The field that Lua tells of: one of the class's, or made."""
        field = fields.get(facts["name"])
        if field is None:
            field = AutoField() if facts.get("is_implied") else _of_lua(facts)
        if field.model is not cls:
            field.contribute_to_class(cls, facts["name"])
        return field

    def _settle_values(cls, left_out):
        """What a new object holds, and what an attribute does with what it is given."""
        template, made, setters = {"_alias": None}, [], {}
        for attname, field in cls._meta.fields.items():
            setters[attname] = getattr(field, "refuse", field.to_python)
            if not field.has_default():
                if attname not in left_out:
                    template[attname] = None
            elif isinstance(field.default, _SCALARS):
                template[attname] = field.to_python(field.default)
            else:
                made.append((attname, field))
        cls._template = _Abstract() if cls._meta.abstract else template
        cls._made, cls._setters = tuple(made), setters

    def _add_managers(cls, own):
        found = {}
        for base in cls.__mro__[1:]:
            for name, manager in getattr(base, "_managers", {}).items():
                found.setdefault(name, copy.copy(manager))
        found.update(own)
        if "objects" not in found:
            found["objects"] = Manager()
        cls._managers = found
        for name, manager in found.items():
            manager.contribute_to_class(cls, name)


def from_lua(base, ref):
    """The class of a model that Lua defined."""
    facts = _ryx.call(_describe, ref)
    cls = type.__new__(ModelBase, facts["name"], (base,), {"__module__": base.__module__})
    cls._complete(ref, facts, Options(None, facts["name"]), {}, {})
    return cls
