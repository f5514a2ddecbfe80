# SPDX-License-Identifier: MIT
"""Validators by themselves, on fields, and run_full_validation."""
import asyncio
import re
import types

import pytest

import ryx
from ryx import (
    CharField, ChoicesValidator, EmailValidator, FunctionValidator, IntField, MaxLengthValidator, MaxValueValidator,
    MinLengthValidator, MinValueValidator, Model, NotBlankValidator, NotNullValidator, RangeValidator, RegexValidator,
    URLValidator, UniqueValueValidator, ValidationError, Validator, run_full_validation,
)


def message(validator, value):
    with pytest.raises(ValidationError) as caught:
        validator(value)
    assert caught.value.errors == {"__all__": [validator.message]}
    with pytest.raises(ValidationError):
        validator.validate(value)
    return validator.message


@pytest.mark.parametrize("validator, good, bad, text", [
    (FunctionValidator(lambda v: v % 2 == 0, "Even!"), [2, None], [1], "Even!"),
    (NotNullValidator(), [0, "", False], [None], "This field may not be null."),
    (NotBlankValidator(), ["a", None, 0], ["", "  ", "\t\n"], "This field may not be blank."),
    (MaxLengthValidator(3), ["abc", "äöü", None, 123, [1, 2, 3]], ["abcd", 1234, [1, 2, 3, 4]],
     "Ensure this value has at most 3 characters."),
    (MinLengthValidator(2), ["ab", 12, None, (1, 2)], ["a", 1, [1]], "Ensure this value has at least 2 characters."),
    (MinValueValidator(5), [5, 6.5, None], [4, 4.9], "Ensure this value is greater than or equal to 5."),
    (MaxValueValidator(5), [5, -1, None], [6, 5.1], "Ensure this value is less than or equal to 5."),
    (RangeValidator(1, 3), [1, 2, 3, None], [0, 4], "Value must be between 1 and 3."),
    (RegexValidator("^a+$"), ["aa", None], ["b"], "Value must match pattern: ^a+$"),
    (RegexValidator("^a+$", "Only a."), ["aa"], ["b"], "Only a."),
    (RegexValidator("^a+$", flags=re.IGNORECASE), ["AA"], ["B"], "Value must match pattern: ^a+$"),
    (RegexValidator("b"), ["abc"], ["acd"], "Value must match pattern: b"),
    (EmailValidator(), ["a@b.example", None], ["a", "a@b", "a b@c.example", "@c.example"], "Enter a valid email address."),
    (URLValidator(), ["http://x.example/a?b", "HTTPS://x.example", None], ["x.example", "ftp://x.example", "http://"],
     "Enter a valid URL."),
    (ChoicesValidator(["b", "a"]), ["a", None], ["c"], "Value must be one of: ['a', 'b']"),
    (ChoicesValidator([("b", "B"), ("a", "A")]), ["a", "b"], ["A"], "Value must be one of: ['a', 'b']"),
    (ChoicesValidator([1, "a", [2]]), [1, "a"], [3], "Value must be one of: ['a', 1, [2]]"),
], ids=lambda v: type(v).__name__ if isinstance(v, Validator) else "")
def test_values_and_messages(validator, good, bad, text):
    for value in good:
        validator(value)
        validator.validate(value)
    for value in bad:
        assert message(validator, value) == text


def test_the_base_says_nothing():
    assert Validator.message == Validator().message == "Invalid value."
    with pytest.raises(NotImplementedError):
        Validator()(1)
    assert UniqueValueValidator().message == "This value must be unique."
    UniqueValueValidator()(1)


def test_functions_that_raise():
    def even(value):
        if value % 2:
            raise ValidationError("Value must be even")

    def early(value):
        if value > 5:
            return
        even(value)

    def matches(value):
        return re.match("a", value)

    for fn in (even, early):
        FunctionValidator(fn, message="Even!")(4)
        with pytest.raises(ValidationError, match="Value must be even"):
            FunctionValidator(fn, message="Even!")(3)
    FunctionValidator(matches, "A!")("a")
    assert message(FunctionValidator(matches, "A!"), "b") == "A!"
    assert message(FunctionValidator(bool, "A!"), 0) == "A!"


def test_validators_of_ones_own():
    class Loud(MaxLengthValidator):
        def __init__(self):
            super().__init__(2)
            self.message = "Too long!"

    assert message(Loud(), "abc") == "Too long!"


class Upper(Validator):
    message = "Write it in capitals."

    def __call__(self, value):
        if value is not None and value != value.upper():
            raise ValidationError(self.message)


def starts_with_x(value):
    if not value.startswith("X"):
        raise ValidationError(["Begin with X.", "Really."])


def broken(value):
    if value == "X!":
        raise KeyError("what")


LOUD = MaxLengthValidator(4)
LOUD.message = "Four at most."


class VlThing(Model):
    code = CharField(max_length=9, validators=[Upper(), starts_with_x, broken, LOUD, RegexValidator("X", "No X.")])
    n = IntField(default=1, min_value=1, validators=[RangeValidator(0, 5), lambda v: v])

    def clean(self):
        if self.code == "X" and self.n == 2:
            raise ValidationError({"code": ["Not with 2."], "__all__": "Odd."})


def errors_of(**kwargs):
    with pytest.raises(ValidationError) as caught:
        asyncio.run(VlThing(**kwargs).full_clean())
    return caught.value.errors


def test_of_fields():
    asyncio.run(VlThing(code="XY").full_clean())
    assert errors_of(code="abcde", n=9) == {
        "code": ["Write it in capitals.", "Begin with X. Really.", "Four at most.", "No X."],
        "n": ["Value must be between 0 and 5."]}
    assert errors_of(code="X!") == {"code": ["'what'"]}
    assert errors_of(n=0) == {
        "code": ["This field may not be null."], "n": ["Ensure this value is greater than or equal to 1."]}
    field = VlThing._meta.fields["code"]
    with pytest.raises(ValidationError) as caught:
        field.validate("abcde")
    assert len(caught.value.errors["__all__"]) == 4
    assert field.clean("XY") == "XY"
    assert [type(v).__name__ for v in field.validators][:3] == [
        "NotNullValidator", "MaxLengthValidator", "NotBlankValidator"]


def test_str_of_a_merged_error():
    error = ValidationError({"a": "x"}).merge(ValidationError("y"))
    assert str(error) == "{'a': ['x'], '__all__': ['y']}" and repr(error) == f"ValidationError({error})"
    assert ValidationError("s").errors == {"__all__": ["s"]}
    assert ValidationError(["a", 1]).errors == {"__all__": ["a", "1"]}
    assert ValidationError({"f": ("a", "b")}).errors == {"f": ["a", "b"]}
    assert ValidationError(3).errors == {"__all__": ["3"]}


def test_run_full_validation():
    asyncio.run(run_full_validation(VlThing(code="XY")))
    with pytest.raises(ValidationError) as caught:
        asyncio.run(run_full_validation(VlThing(code="abc", n=0)))
    assert set(caught.value.errors) == {"code", "n"}
    with pytest.raises(ValidationError) as caught:
        asyncio.run(run_full_validation(VlThing(code="X", n=2)))
    assert caught.value.errors == {"code": ["Not with 2."], "__all__": ["Odd."]}


def test_run_full_validation_of_a_stub():
    fields = {}
    for name, field in {"a": IntField(min_value=3), "b": CharField(max_length=2, validators=[broken])}.items():
        field.attname = field.name = name
        fields[name] = field
    seen = []

    class Stub:
        _meta = types.SimpleNamespace(fields=fields)

        def __init__(self, **kwargs):
            self.__dict__.update(kwargs)

        async def clean(self):
            seen.append(self.a)

    asyncio.run(run_full_validation(Stub(a=3, b="x")))
    assert seen == [3]
    with pytest.raises(ValidationError) as caught:
        asyncio.run(run_full_validation(Stub(a=1, b="X!")))
    assert caught.value.errors == {"a": ["Ensure this value is greater than or equal to 3."], "b": ["'what'"]}
    assert seen == [3]


def test_errors_have_their_place():
    assert issubclass(ryx.MisuseError, ryx.RyxError) and issubclass(ryx.MisuseError, ValueError)
    for cls in (ryx.DatabaseError, ryx.PoolNotInitialized, ryx.DoesNotExist, ryx.MultipleObjectsReturned,
                ryx.FieldError, ValidationError):
        assert issubclass(cls, ryx.RyxError)
