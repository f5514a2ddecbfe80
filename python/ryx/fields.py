# SPDX-License-Identifier: MIT
"""The types of fields: `title = CharField(max_length=100)`."""
import json
import uuid

from .converted import ORDERED, Converted, invalid
from .exceptions import MisuseError
from .field import NOT_SET, SQL_TYPES, Field
from .number_fields import (
    AutoField, BigAutoField, BigIntField, BooleanField, DecimalField, FloatField, IntField, NullBooleanField,
    PositiveBigIntField, PositiveIntField, PositiveSmallIntField, SmallAutoField, SmallIntField,
)
from .relation_fields import ForeignKey, ManyToManyField, OneToOneField
from .text_fields import CharField, EmailField, GenericIPAddressField, IPAddressField, SlugField, TextField, URLField
from .time_fields import DateField, DateTimeField, DurationField, TimeField

__all__ = [
    "ArrayField", "AutoField", "BigAutoField", "BigIntField", "BinaryField", "BooleanField", "CharField", "DateField",
    "DateTimeField", "DecimalField", "DurationField", "EmailField", "Field", "FloatField", "ForeignKey",
    "GeneratedField", "GenericIPAddressField", "IPAddressField", "IntField", "JSONField", "ManyToManyField",
    "NullBooleanField", "OneToOneField", "PositiveBigIntField", "PositiveIntField", "PositiveSmallIntField", "SlugField",
    "SmallAutoField", "SmallIntField", "TextField", "TimeField", "URLField", "UUIDField",
]


class BinaryField(Converted):
    kind, sql, options = "BinaryField", "BYTEA", {"max_length": None}
    python_type, message = bytes, "Enter bytes."

    def _read(self, value):
        if isinstance(value, (int, str)):
            raise TypeError
        return bytes(value)


class UUIDField(Converted):
    kind, sql, options = "UUIDField", "UUID", {"auto_create": False}
    python_type, message = uuid.UUID, "Enter a valid UUID."
    SUPPORTED_LOOKUPS = ["exact", "in", "isnull"]

    def __init__(self, **options):
        super().__init__(**options)
        if self.auto_create and self.default is NOT_SET:
            self.default = uuid.uuid4

    def _read(self, value):
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))

    def to_db(self, value):
        return None if value is None else str(value)

    def _lua_default(self):
        # Lua makes them itself.
        return None if self.default is uuid.uuid4 and self.auto_create else super()._lua_default()


class JSONField(Field):
    kind, sql, options = "JSONField", "JSONB", {}
    message = "Enter JSON."
    SUPPORTED_LOOKUPS = [*ORDERED, "has_key", "has_any", "has_all", "contains", "contained_by"]
    SUPPORTED_TRANSFORMS = ["key", "key_text", "json"]

    def to_python(self, value):
        """A text is JSON."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise invalid(self) from None

    def to_db(self, value):
        return None if value is None else json.dumps(value)


class ArrayField(Field):
    kind, options = "ArrayField", {"size": None}

    def __init__(self, base_field, **options):
        super().__init__(**options)
        self.base_field = base_field

    def to_python(self, value):
        if value is None or hasattr(value, "_lua"):
            return value
        if isinstance(value, str):
            value = json.loads(value)
        return [self.base_field.to_python(item) for item in value]

    def to_db(self, value):
        return None if value is None else json.dumps([self.base_field.to_db(item) for item in value])

    def db_type(self):
        return f"{self.base_field.db_type()}[]"

    def _lua_target(self):
        return self.base_field.lua_field()


class GeneratedField(Field):
    """A column that the database works out of others of its row, never written:
    GeneratedField(expression=F("price") * F("pieces"), output_field=IntField(), db_persist=True)"""

    kind, options = "GeneratedField", {}

    def __init__(self, *, expression, output_field, db_persist, **options):
        super().__init__(**{"null": output_field.null, "editable": False, **options})
        self.expression, self.output_field, self.db_persist = expression, output_field, db_persist

    def refuse(self, value):
        raise MisuseError(f"{self.model.__name__}.{self.name} is worked out by the database, so it cannot be set")

    def to_python(self, value):
        return self.output_field.to_python(value)

    def to_db(self, value):
        return self.output_field.to_db(value)

    def db_type(self):
        return self.output_field.db_type()

    def lua_options(self):
        options = super().lua_options()
        options.pop("null", None)
        options.pop("editable", None)
        options.update(
            expression=self.expression, output_field=self.output_field.lua_field(), db_persist=self.db_persist)
        return options


def _sized(cls, *names):
    return lambda *sizes: cls(**dict(zip(names, sizes)))


SQL_TYPES.update({
    "TEXT": TextField, "VARCHAR": _sized(CharField, "max_length"), "CHAR": _sized(CharField, "max_length"),
    "INTEGER": IntField, "INT": _sized(IntField), "BIGINT": _sized(BigIntField), "SMALLINT": _sized(SmallIntField),
    "TINYINT": _sized(SmallIntField), "SERIAL": IntField, "BOOLEAN": BooleanField, "BOOL": BooleanField,
    "NUMERIC": _sized(DecimalField, "max_digits", "decimal_places"),
    "DECIMAL": _sized(DecimalField, "max_digits", "decimal_places"), "REAL": FloatField, "DOUBLE": FloatField,
    "DOUBLE PRECISION": FloatField, "FLOAT": _sized(FloatField), "DATE": DateField, "TIME": _sized(TimeField),
    "TIMESTAMP": _sized(DateTimeField), "DATETIME": _sized(DateTimeField), "UUID": UUIDField, "JSON": JSONField,
    "JSONB": JSONField, "BYTEA": BinaryField, "BLOB": BinaryField,
})
