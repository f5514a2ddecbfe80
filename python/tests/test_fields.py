# SPDX-License-Identifier: MIT
"""The types of fields by themselves: options, conversions, types of columns. No database."""
import datetime as dt
import decimal
import enum
import json
import subprocess
import sys
import uuid

import pytest

import ryx
from ryx import fields as f
from ryx import (
    ArrayField, BooleanField, CharField, DateField, DateTimeField, DecimalField, Field, FloatField, ForeignKey,
    IntField, JSONField, ManyToManyField, Model, OneToOneField, UUIDField, ValidationError,
)

KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")

TYPES = [
    (f.AutoField(), "INTEGER"), (f.BigAutoField(), "BIGINT"), (f.SmallAutoField(), "SMALLINT"),
    (IntField(), "INTEGER"), (f.SmallIntField(), "SMALLINT"), (f.BigIntField(), "BIGINT"),
    (f.PositiveIntField(), "INTEGER"), (FloatField(), "DOUBLE PRECISION"), (DecimalField(), "NUMERIC(10, 2)"),
    (DecimalField(max_digits=6, decimal_places=1), "NUMERIC(6, 1)"), (BooleanField(), "BOOLEAN"),
    (f.NullBooleanField(), "BOOLEAN"), (CharField(), "VARCHAR(255)"), (CharField(max_length=7), "VARCHAR(7)"),
    (f.SlugField(), "VARCHAR(50)"), (f.EmailField(), "VARCHAR(254)"), (f.URLField(), "VARCHAR(200)"),
    (f.IPAddressField(), "VARCHAR(15)"), (f.TextField(), "TEXT"), (f.BinaryField(), "BYTEA"), (DateField(), "DATE"),
    (DateTimeField(), "TIMESTAMP"), (f.TimeField(), "TIME"), (f.DurationField(), "BIGINT"), (UUIDField(), "UUID"),
    (JSONField(), "JSONB"), (ArrayField(IntField()), "INTEGER[]"), (ForeignKey("X"), "INTEGER"),
    (OneToOneField("X"), "INTEGER"), (Field(), "TEXT"), (Field(max_length=9), "VARCHAR(9)"),
]


@pytest.mark.parametrize("field, sql", TYPES, ids=lambda v: v if isinstance(v, str) else type(v).__name__)
def test_types_of_columns(field, sql):
    assert field.db_type() == sql
    assert field.deconstruct() == {
        "type": type(field).__name__, "db_type": sql, "null": field.null, "blank": False, "unique": field.unique,
        "primary_key": field.primary_key, "db_index": False,
    }


def test_options_of_every_field():
    field = CharField()
    assert (field.null, field.blank, field.primary_key, field.unique, field.db_index, field.editable) == (
        False, False, False, False, False, True)
    assert (field.choices, field.help_text, field.verbose_name, field.db_column) == (None, "", "", None)
    assert (field.unique_for_date, field.unique_for_month, field.unique_for_year) == (None, None, None)
    assert (field.max_length, field.min_length, field.strip) == (255, None, True)
    assert not field.has_default() and field.get_default() is None
    assert CharField(default=None).has_default()
    field = IntField(default=4, null=True, blank=True, db_index=True, help_text="h", verbose_name="v", db_column="c")
    assert (field.default, field.null, field.blank, field.db_index) == (4, True, True, True)
    assert (field.help_text, field.verbose_name, field.db_column) == ("h", "v", "c")
    assert (field.min_value, field.max_value) == (None, None)
    assert f.PositiveIntField().min_value == 0
    assert (DecimalField().max_digits, DecimalField().decimal_places) == (10, 2)
    assert not DateField(auto_now=True).editable and not DateTimeField(auto_now_add=True).editable
    assert f.AutoField().primary_key and not f.AutoField().editable
    assert f.NullBooleanField().null and OneToOneField("X").unique
    key = ForeignKey("X")
    assert (key.to, key.on_delete, key.related_name, key.db_constraint) == ("X", "CASCADE", None, True)
    assert (ManyToManyField("X").through, ManyToManyField("X").related_name) == (None, None)
    with pytest.raises(TypeError, match="CharField.. got an unexpected keyword argument 'maxlength'"):
        CharField(maxlength=3)
    assert field.attname is None and field.column is None and field.model is None


def test_defaults():
    assert IntField(default=3).get_default() == 3
    assert IntField(default=lambda: 4).get_default() == 4
    mutable = JSONField(default={"a": []})
    mutable.get_default()["a"].append(1)
    assert mutable.get_default() == {"a": []}
    assert isinstance(UUIDField(auto_create=True).get_default(), uuid.UUID)


@pytest.mark.parametrize("field, given, made", [
    (IntField(), "5", 5), (IntField(), 5.0, 5), (IntField(), True, 1), (IntField(), None, None),
    (FloatField(), "1.5", 1.5), (FloatField(), 2, 2.0), (DecimalField(), 1.5, decimal.Decimal("1.5")),
    (DecimalField(), "2.50", decimal.Decimal("2.50")), (DecimalField(), 3, decimal.Decimal(3)),
    *((BooleanField(), v, True) for v in ("true", "1", "yes", "on", "TRUE", 1, True)),
    *((BooleanField(), v, False) for v in ("false", "0", "no", "off", "", 0, False)),
    (CharField(), 12, "12"), (CharField(), "  a ", "a"), (CharField(strip=False), " a ", " a "),
    (f.TextField(), " a ", " a "), (DateField(), "2024-01-05", dt.date(2024, 1, 5)),
    (DateField(), dt.datetime(2024, 1, 5, 3), dt.date(2024, 1, 5)),
    (DateTimeField(), "2024-01-05T13:00:00", dt.datetime(2024, 1, 5, 13)),
    (DateTimeField(), "2024-01-05T13:00:00Z", dt.datetime(2024, 1, 5, 13, tzinfo=dt.timezone.utc)),
    (DateTimeField(), dt.date(2024, 1, 5), dt.datetime(2024, 1, 5)), (f.TimeField(), "13:30", dt.time(13, 30)),
    (f.DurationField(), 1_500_000, dt.timedelta(seconds=1.5)), (UUIDField(), str(KEY), KEY), (UUIDField(), KEY.hex, KEY),
    (JSONField(), '{"a": 1}', {"a": 1}), (JSONField(), [1], [1]), (f.BinaryField(), bytearray(b"x"), b"x"),
    (ArrayField(IntField()), ["1", 2], [1, 2]), (ArrayField(IntField()), (1,), [1]), (ForeignKey("X"), "5", "5"),
    (Field(), "x", "x"),
])
def test_to_python(field, given, made):
    got = field.to_python(given)
    assert got == made and type(got) is type(made)


@pytest.mark.parametrize("field, given", [
    (IntField(), "x"), (IntField(), [1]), (FloatField(), "x"), (DecimalField(), "x"), (BooleanField(), "perhaps"),
    (DateField(), "x"), (DateField(), 5), (DateTimeField(), "x"), (f.TimeField(), "25:00"), (UUIDField(), "x"),
    (JSONField(), "{"), (f.BinaryField(), 5), (f.DurationField(), "x"),
])
def test_values_that_are_none_of_a_field(field, given):
    with pytest.raises(ValueError):
        field.to_python(given)
    with pytest.raises(ValidationError):
        field.to_python(given)


@pytest.mark.parametrize("field, given, made", [
    (DecimalField(), decimal.Decimal("1.50"), "1.50"), (DateField(), dt.date(2024, 1, 5), "2024-01-05"),
    (DateTimeField(), dt.datetime(2024, 1, 5, 13, 0, 0, 7), "2024-01-05T13:00:00.000007"),
    (DateTimeField(), dt.datetime(2024, 1, 5, 13, tzinfo=dt.timezone(dt.timedelta(hours=2))),
     "2024-01-05T11:00:00.000000"),
    (f.TimeField(), dt.time(13), "13:00:00"), (f.DurationField(), dt.timedelta(seconds=2), 2_000_000),
    (UUIDField(), KEY, str(KEY)), (JSONField(), {"a": 1}, json.dumps({"a": 1})), (IntField(), 5, 5),
    (IntField(), None, None), (JSONField(), None, None), (ArrayField(IntField()), [1, 2], "[1, 2]"),
])
def test_to_db(field, given, made):
    assert field.to_db(given) == made


@pytest.mark.parametrize("field, good, bad, messages", [
    (IntField(), 5, None, ["This field may not be null."]),
    (IntField(min_value=1, max_value=3), 2, 4, ["Ensure this value is less than or equal to 3."]),
    (f.PositiveIntField(), 0, -1, ["Ensure this value is greater than or equal to 0."]),
    (CharField(max_length=3), "abc", "abcd", ["Ensure this value has at most 3 characters."]),
    (CharField(min_length=2), "ab", "a", ["Ensure this value has at least 2 characters."]),
    (CharField(), "a", " ", ["This field may not be blank."]),
    (CharField(choices=["a", "b"]), "a", "c", ["Value must be one of: ['a', 'b']"]),
    (CharField(choices=[("a", "A"), ("b", "B")]), "b", "B", ["Value must be one of: ['a', 'b']"]),
    (f.SlugField(), "a-b_1", "a b", ["Enter a valid slug (letters, digits, hyphens, underscores)."]),
    (f.EmailField(), "a@b.example", "a", ["Enter a valid email address."]),
    (f.URLField(), "http://b.example", "b", ["Enter a valid URL."]),
    (f.IPAddressField(), "1.2.3.4", "999.9.9.9", ["Enter a valid IPv4 address."]),
    (f.TextField(max_length=2), "ab", "abc", ["Ensure this value has at most 2 characters."]),
    (JSONField(choices=[{"a": 1}]), {"a": 1}, {"a": 2}, None), (JSONField(), {}, None, None),
    (f.BinaryField(), b"x", None, None), (ForeignKey("X"), 3, None, ["This field may not be null."]),
    (DecimalField(min_value=1), decimal.Decimal(2), decimal.Decimal("0.5"), None),
])
def test_validate(field, good, bad, messages):
    field.validate(good)
    assert field.clean(good) == good
    with pytest.raises(ValidationError) as caught:
        field.validate(bad)
    if messages:
        assert caught.value.errors == {"__all__": messages}


def test_choices_of_an_enum():
    class Status(str, enum.Enum):
        DRAFT = "d"
        LIVE = "l"

    field = CharField(max_length=1, choices=Status)
    assert field.choices == [("d", "DRAFT"), ("l", "LIVE")]
    assert field.to_python(Status.LIVE) == "l" and type(field.to_python(Status.LIVE)) is str
    field.validate("d")
    with pytest.raises(ValidationError):
        field.validate("x")


def test_null_and_blank():
    IntField(null=True).validate(None)
    CharField(blank=True).validate("")
    CharField(null=True).validate(None)
    with pytest.raises(ValidationError) as caught:
        CharField(max_length=2, min_length=2, choices=["ab"]).validate("abc")
    assert caught.value.errors["__all__"] == [
        "Value must be one of: ['ab']", "Ensure this value has at most 2 characters."]


def test_lookups():
    assert f.IntField.SUPPORTED_LOOKUPS == ["exact", "gt", "gte", "lt", "lte", "in", "range", "isnull"]
    assert f.BooleanField.SUPPORTED_LOOKUPS == ["exact", "isnull"]
    assert "icontains" in CharField.SUPPORTED_LOOKUPS and "has_key" in JSONField.SUPPORTED_LOOKUPS
    assert "year" in DateField.SUPPORTED_TRANSFORMS and "hour" in DateTimeField.SUPPORTED_TRANSFORMS
    assert "key" in JSONField.SUPPORTED_TRANSFORMS
    CharField()._validate_lookup("icontains")
    DateField()._validate_transform("year")
    for check, name in [(IntField()._validate_lookup, "icontains"), (DateField()._validate_transform, "hour")]:
        with pytest.raises(ryx.FieldError, match=name):
            check(name)


def test_places_in_a_model():
    class FlThing(Model):
        title = CharField(db_column="caption")
        owner = ForeignKey("self", null=True)
        friends = ManyToManyField("self")

    title, owner = FlThing._meta.fields["title"], FlThing._meta.fields["owner_id"]
    assert (title.name, title.attname, title.column, title.model) == ("title", "title", "caption", FlThing)
    assert (owner.name, owner.attname, owner.column) == ("owner", "owner_id", "owner_id")
    assert list(FlThing._meta.many_to_many) == ["friends"] and "friends" not in FlThing._meta.fields
    assert repr(title) == "<CharField: title>"


def test_names_at_the_top():
    scope = {}
    exec("from ryx import *", scope)
    for name in [*f.__all__, *ryx.validators.__all__, "Model", "Index", "Constraint", "Manager", "QuerySet", "Field",
                 "UniqueValueValidator", "FieldError", "migrate", "ValidationError", "DoesNotExist", "PoolNotInitialized"]:
        assert name in scope, name
    for name in ("Model", "Index", "Constraint", "Manager", "Options"):
        assert hasattr(ryx.models, name)


def test_fields_work_in_a_fresh_process():
    code = "from ryx.fields import IntField; from ryx.validators import EmailValidator; IntField().validate(3); " \
           "EmailValidator()('a@b.example')"
    subprocess.run([sys.executable, "-c", code], check=True)
