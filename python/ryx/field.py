# SPDX-License-Identifier: MIT
"""What every field is: options, its name in a model, and how it becomes one of Lua's, which
checks values and keeps them. Needs no database."""
import copy
import enum
import re
import types

from ._ryx import call, callback, function
from .exceptions import FieldError, ValidationError
from .validators import ChoicesValidator, NotNullValidator, UniqueValueValidator, is_rule

_field, _messages, _plain = function("field"), function("field_messages"), function("plain_callback")


class _NotSet:
    """What an option is that nobody gave, where None means something."""

    def __repr__(self):
        return "<not set>"

    def __bool__(self):
        return False


NOT_SET = _NotSet()

COMMON = {
    "null": False, "blank": False, "default": NOT_SET, "primary_key": False, "unique": False, "db_index": False,
    "choices": None, "validators": None, "editable": True, "help_text": "", "verbose_name": "", "db_column": None,
    "unique_for_date": None, "unique_for_month": None, "unique_for_year": None,
    # Of ryx beyond the reference: what the table has as DEFAULT, what it says of the column, an earlier name.
    "db_default": NOT_SET, "db_comment": None, "was": None,
}

# What a class of one's own may say of values; one that does is asked for each.
CONVERSIONS = ("to_python", "to_db")
CHECKS = ("validate", "clean")

_SCALARS = (int, float, str, bytes, bool, type(None))


def lua_callback(fn, boxes=False):
    """A function of Lua's that calls fn at once."""
    return call(_plain, callback(fn, boxes))


# Types of fields by the word that db_type() begins with (fields.py).
SQL_TYPES = {}
_SQL = re.compile(r"\s*([A-Za-z]+(?: PRECISION)?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?", re.IGNORECASE)


def by_sql(text):
    """The field that has a column of such a type; None: ryx knows no such type."""
    found = _SQL.match(text)
    make = found and SQL_TYPES.get(found[1].upper())
    return make(*(int(n) for n in found.groups()[1:] if n)) if make else None


def _checking(validator):
    """A validator for Lua: whatever it raises is a message, what it returns means nothing."""

    def check(value):
        try:
            validator(value)
        except ValidationError:
            raise
        except Exception as e:
            raise ValidationError(str(e)) from e

    return check


def unset(value):
    return value is NOT_SET


class Field:
    """The base of every type of field. One of one's own is built upon it, or upon one of those: its
    values are kept as text (of max_length characters), or as what db_type() says."""

    SUPPORTED_LOOKUPS = []
    SUPPORTED_TRANSFORMS = []
    # Field[int] is for types.
    __class_getitem__ = classmethod(types.GenericAlias)

    kind = None  # the constructor of Lua's
    sql = None  # as db_type() gives it; options fill it in
    options = {"max_length": None}  # those of the type, with what they are when they are not given

    name = attname = column = model = None
    _ref = _plain_ref = _kept_by = None

    def __init__(self, **options):
        known = {**COMMON, **self.options}
        for name in options:
            if name not in known:
                raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {name!r}")
        self._given = options
        for name, value in known.items():
            setattr(self, "_own_validators" if name == "validators" else name, options.get(name, value))
        if self.choices is not None:
            self.choices = [(c.value, c.name) if isinstance(c, enum.Enum) else c for c in self.choices]

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        # The object holds no value of it: Model.__getattr__ goes on.
        raise AttributeError(self.name)

    def __repr__(self):
        return f"<{type(self).__name__}: {self.name}>" if self.name else f"<{type(self).__name__}>"

    # In a model.

    def contribute_to_class(self, model, name):
        """Gives the field its place in a model."""
        self.model, self.name, self.attname = model, name, self._attname(name)
        self.column = self.db_column or self.attname
        self._install(model, name)

    def _attname(self, name):
        return name

    def _install(self, model, name):
        setattr(model, name, self)

    def copied(self):
        """The same field for another model: fields are never shared."""
        field = copy.copy(self)
        field.model = field._kept_by = None
        return field

    # Values.

    def to_python(self, value):
        """A value as instances hold it; ValueError where it can be none."""
        return value

    def to_db(self, value):
        """A value as a database is told of it."""
        return value

    def has_default(self):
        return self.default is not NOT_SET

    def get_default(self):
        """The value of new instances that are given none."""
        if self.default is NOT_SET:
            return None
        if callable(self.default):
            return self.default()
        return self.default if isinstance(self.default, _SCALARS) else copy.deepcopy(self.default)

    def validate(self, value):
        """Raises a ValidationError with every message."""
        if value is not None and self.is_own:
            value = self._kept(value)
        messages = call(_messages, self._plain_field(), value)
        if messages:
            raise ValidationError(messages)

    def clean(self, value):
        """The value, when it is valid."""
        self.validate(value)
        return value

    @property
    def validators(self):
        """Those that its options mean, then those it was given."""
        return [*self._implied_validators(), *(self._own_validators or ())]

    def _implied_validators(self):
        if not self.null and not self.primary_key:
            yield NotNullValidator()
        if self.choices:
            yield ChoicesValidator(self.choices)
        if self.unique:
            yield UniqueValueValidator()

    # What it is.

    def db_type(self):
        """Its column's type, as PostgreSQL has it."""
        if self.sql is None:
            return f"VARCHAR({self.max_length})" if self.max_length else "TEXT"
        return self.sql.format_map(vars(self))

    def deconstruct(self):
        return {
            "type": type(self).__name__, "db_type": self.db_type(), "null": self.null, "blank": self.blank,
            "unique": self.unique, "primary_key": self.primary_key, "db_index": self.db_index,
        }

    def _validate_lookup(self, lookup):
        if lookup not in self.SUPPORTED_LOOKUPS:
            raise FieldError(f"{self!r} has no lookup {lookup!r}")

    def _validate_transform(self, transform):
        if transform not in self.SUPPORTED_TRANSFORMS:
            raise FieldError(f"{self!r} has no transform {transform!r}")

    # Lua's.

    def _changed(self, names):
        """Does a class of the user's own say one of these?"""
        for cls in type(self).__mro__:
            if "kind" in cls.__dict__:
                return False
            if any(name in cls.__dict__ for name in names):
                return True
        return False

    def _built_in(self):
        """The type of ryx's own that it is built upon."""
        return next(cls for cls in type(self).__mro__ if "kind" in cls.__dict__)

    def _keeper(self):
        """The field that keeps the values: itself, as a type of ryx's own, or what db_type() says."""
        if self._kept_by is None:
            built_in = self._built_in()
            says_type = self._changed(("db_type",)) or built_in.kind is None
            self._kept_by = by_sql(self.db_type()) if says_type else None
            if self._kept_by is None:
                self._kept_by = copy.copy(self)
                self._kept_by.__class__ = built_in if built_in.kind else SQL_TYPES["TEXT"]
        return self._kept_by

    def _kept(self, value):
        """What the column gets of a value."""
        try:
            made = self.to_db(value)
        except (TypeError, ValueError, ArithmeticError) as e:
            raise ValidationError(str(e)) from e
        return None if made is None else self._keeper().to_python(made)

    @property
    def is_own(self):
        """Does its class convert values itself?"""
        return self._changed(CONVERSIONS)

    def lua_options(self):
        """What the constructor of Lua's is told; without defaults and validators."""
        keeper = self._keeper()
        options = {name: getattr(self, name) for name in COMMON if name not in ("default", "validators")}
        options.update((name, getattr(keeper, name)) for name in keeper.options)
        known = {**COMMON, **keeper.options}
        if self._built_in().kind is None:
            options["blank"] = True  # what its values are is its own to say
        return {
            name: value for name, value in options.items()
            if value is not None and not unset(value) and (value != known[name] or name in self._given)
        }

    def _lua_default(self):
        if callable(self.default) or self.is_own and not isinstance(self.default, _SCALARS):
            return lua_callback(self.get_default, self.is_own)
        return self.to_python(self.default)

    def _lua_target(self):
        return None

    def _plain_field(self):
        """The field of Lua's that checks values, without what a class of one's own adds."""
        if self._plain_ref is None:
            options = {**self._keeper().lua_options(), "validators": self._lua_validators()}
            options.pop("primary_key", None)
            self._plain_ref = call(_field, self._keeper().kind, options, self._lua_target(), None)
        return self._plain_ref

    def _lua_validators(self):
        return [v if is_rule(v) else lua_callback(_checking(v)) for v in self._own_validators or ()]

    def lua_field(self):
        """The field of Lua's that models get."""
        if self._ref is None:
            options, own = self.lua_options(), None
            checks = self._changed(CHECKS)
            if checks or self._own_validators:
                options["validators"] = [lua_callback(_checking(self.clean))] if checks else self._lua_validators()
            if self.has_default() and (default := self._lua_default()) is not None:
                options["default"] = default
            if self.is_own:
                own = {
                    "name": type(self).__name__, "to_db": lua_callback(self._kept),
                    "from_db": lua_callback(self.to_python, True),
                }
            self._ref = call(_field, self._keeper().kind, options, self._lua_target(), own)
        return self._ref
