# SPDX-License-Identifier: MIT
"""Fields of numbers and truth."""
import decimal

from . import validators as v
from .converted import ORDERED, Converted


class IntField(Converted):
    kind, sql, options = "IntField", "INTEGER", {"min_value": None, "max_value": None}
    python_type, message = int, "Enter a whole number."
    SUPPORTED_LOOKUPS = ORDERED

    def _implied_validators(self):
        yield from super()._implied_validators()
        if getattr(self, "min_value", None) is not None:
            yield v.MinValueValidator(self.min_value)
        if getattr(self, "max_value", None) is not None:
            yield v.MaxValueValidator(self.max_value)


class SmallIntField(IntField):
    kind, sql = "SmallIntField", "SMALLINT"


class BigIntField(IntField):
    kind, sql = "BigIntField", "BIGINT"


class PositiveIntField(IntField):
    kind, options = "PositiveIntField", {"min_value": 0, "max_value": None}


class PositiveSmallIntField(PositiveIntField):
    kind, sql = "PositiveSmallIntField", "SMALLINT"


class PositiveBigIntField(PositiveIntField):
    kind, sql = "PositiveBigIntField", "BIGINT"


class AutoField(IntField):
    """A key that the database makes."""

    kind, options = "AutoField", {}
    SUPPORTED_LOOKUPS = ORDERED

    def __init__(self, **options):
        super().__init__(**{"primary_key": True, "editable": False, **options})

    def lua_options(self):
        options = super().lua_options()
        options.pop("editable", None)
        return options


class BigAutoField(AutoField):
    kind, sql = "BigAutoField", "BIGINT"


class SmallAutoField(AutoField):
    kind, sql = "SmallAutoField", "SMALLINT"


class FloatField(IntField):
    kind, sql = "FloatField", "DOUBLE PRECISION"
    python_type, message = float, "Enter a number."


class DecimalField(IntField):
    kind, sql = "DecimalField", "NUMERIC({max_digits}, {decimal_places})"
    options = {"max_digits": 10, "decimal_places": 2, "min_value": None, "max_value": None}
    python_type, message = decimal.Decimal, "Enter a decimal number."

    def _read(self, value):
        return decimal.Decimal(str(value))

    def lua_options(self):
        options = super().lua_options()
        for name in ("min_value", "max_value"):
            if isinstance(options.get(name), float):
                options[name] = str(options[name])
        return options

    def to_db(self, value):
        return None if value is None else str(value)


_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}


class BooleanField(Converted):
    kind, sql = "BooleanField", "BOOLEAN"
    python_type, message = bool, "Enter true or false."
    SUPPORTED_LOOKUPS = ["exact", "isnull"]

    def _read(self, value):
        if isinstance(value, str):
            if value.strip().lower() in _TRUE:
                return True
            if value.strip().lower() in _FALSE:
                return False
            raise ValueError
        return bool(value)


class NullBooleanField(BooleanField):
    kind = "NullBooleanField"

    def __init__(self, **options):
        super().__init__(**{"null": True, **options})
