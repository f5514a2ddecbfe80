# SPDX-License-Identifier: MIT
"""Models: classes whose fields, validation and queries are Lua's, whether Python or a Lua file
defines them; their objects are plain Python objects that hold the columns as attributes."""
import functools
import types

from . import _ryx, exceptions, runtime, signals
from .define import ModelBase, from_lua
from .hooks import Hooks
from .meta import Constraint, Index, Options, to_table_name as _to_table_name  # noqa: F401
from .queryset import Manager  # noqa: F401
from .related import other_side
from .touch import column
from .rows import Instance


class Model(Hooks, Instance, _ryx.Row, metaclass=ModelBase):
    """The base of every model's class."""

    _all = None
    _setters = {}

    DoesNotExist = exceptions.DoesNotExist
    MultipleObjectsReturned = exceptions.MultipleObjectsReturned

    def __init__(self, **kwargs):
        values, setters = self.__dict__, self._setters
        values.update(self._template)
        wrong = None
        for name, value in kwargs.items():
            convert = setters.get(name)
            if convert is not None:
                try:
                    values[name] = convert(value)
                except exceptions.InvalidValue as e:
                    wrong = wrong.merge(e) if wrong else e
            elif name in self._relations or name == "pk" and self._pk:
                setattr(self, name, value)
            else:
                raise TypeError(f"{type(self).__name__}() got unexpected keyword argument {name!r}")
        for attname, field in self._made:
            if not {attname, field.name, "pk" if field.primary_key else attname} & kwargs.keys():
                values[attname] = field.to_python(field.get_default())
        if wrong:
            raise wrong

    def __setattr__(self, name, value):
        convert = self._setters.get(name)
        if convert is None:
            object.__setattr__(self, name, value)
        else:
            self.__dict__[name] = convert(value)

    @classmethod
    def _from_row(cls, row):
        """An object of a dict of columns, without validation; what is not there has its default."""
        instance = cls()
        for attname, field in cls._meta.fields.items():
            if field.column in row:
                instance.__dict__[attname] = field.to_python(row[field.column])
        instance._alias = ""
        return instance

    def __getattr__(self, name):
        # Only reached for what the object does not hold.
        if name[:1] != "_" and self._lua is not None:
            if name in self._columns:
                if self._alias is None:
                    return None  # the database has a default for it
                return column(self, name)
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


signals.find_classes_by(functools.partial(from_lua, Model))


def load(path):
    """The models of a Lua file as classes: `ns = ryx.load("models.lua")`, `ns.Post`."""
    found = runtime.call("load", str(path))
    return types.SimpleNamespace(**{name: from_lua(Model, ref) for name, ref in found.items()})


async def migrate(models):
    """Makes the tables of models that are not there yet."""
    await runtime.run("migrate", list(models))
