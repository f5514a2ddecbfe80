# SPDX-License-Identifier: MIT
"""Validators: callables that raise ValidationError where a value is wrong. What ryx has a rule
for is asked of Lua, so that a save and a call agree."""
import dis
import inspect
import re

from ._ryx import call, function
from .exceptions import ValidationError

__all__ = [
    "ChoicesValidator", "EmailValidator", "FunctionValidator", "MaxLengthValidator", "MaxValueValidator",
    "MinLengthValidator", "MinValueValidator", "NotBlankValidator", "NotNullValidator", "RangeValidator",
    "RegexValidator", "URLValidator", "UniqueValueValidator", "Validator", "run_full_validation",
]

_make, _message = function("validator"), function("validator_message")


class Validator:
    """The base: `validator(value)`, or `validator.validate(value)`."""

    message = "Invalid value."

    def __call__(self, value):
        raise NotImplementedError(f"{type(self).__name__} says nothing of values: write its __call__")

    def validate(self, value):
        return self(value)

    def __repr__(self):
        return f"<{type(self).__name__}: {self.message}>"


def _only_raises(fn):
    """Does a function return nothing on any way through it? Then it says by an exception what is wrong."""
    code = getattr(fn, "__code__", None)
    steps = list(dis.get_instructions(code)) if code else []
    ends = [(before, step) for before, step in zip([None, *steps], steps) if step.opname.startswith("RETURN_")]
    returned = [before.argval if step.opname == "RETURN_VALUE" and before.opname == "LOAD_CONST" else
                step.argval if step.opname == "RETURN_CONST" else fn for before, step in ends
                if step.opname != "RETURN_GENERATOR"]
    return bool(returned) and all(value is None for value in returned)


class FunctionValidator(Validator):
    """The message where fn(value) is falsy; a function that returns nothing raises ValidationError."""

    def __init__(self, fn, message=Validator.message):
        self.fn, self.message = fn, message
        self._only_raises = _only_raises(fn)

    def __call__(self, value):
        if value is not None and not self.fn(value) and not self._only_raises:
            raise ValidationError(self.message)


class RegexValidator(Validator):
    """Some part of the text matches a pattern of Python's `re`."""

    def __init__(self, pattern, message=None, flags=0):
        self.pattern, self.flags = pattern, flags
        self.message = message or f"Value must match pattern: {getattr(pattern, 'pattern', pattern)}"
        self._regex = re.compile(pattern, flags)

    def __call__(self, value):
        if value is not None and not self._regex.search(str(value)):
            raise ValidationError(self.message)


class Rule(Validator):
    """A validator that is one of Lua's."""

    _args = ()

    def __init__(self):
        self._lua = call(_make, self._rule, list(self._args))
        self._own_message = self.message

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # What is built upon one of these asks the same rule.
        if not hasattr(cls, "_rule"):
            cls._rule = cls.__name__

    def _seen(self, value):
        return value

    def says_its_own(self):
        """Nobody gave it another message."""
        return self.message == self._own_message

    def __call__(self, value):
        if call(_message, self._lua, self._seen(value)) is not None:
            raise ValidationError(self.message)


class NotNullValidator(Rule):
    message = "This field may not be null."


class NotBlankValidator(Rule):
    message = "This field may not be blank."


class _Length(Rule):
    _rule = None

    def _seen(self, value):
        """A list is as long as it has items, anything else as its text."""
        return value if value is None or isinstance(value, (str, list, tuple, set, frozenset)) else str(value)


class MaxLengthValidator(_Length):
    _rule = "MaxLengthValidator"

    def __init__(self, max_length):
        self.max_length = max_length
        self.message = f"Ensure this value has at most {max_length} characters."
        self._args = (max_length,)
        super().__init__()


class MinLengthValidator(_Length):
    _rule = "MinLengthValidator"

    def __init__(self, min_length):
        self.min_length = min_length
        self.message = f"Ensure this value has at least {min_length} characters."
        self._args = (min_length,)
        super().__init__()


class MinValueValidator(Rule):
    def __init__(self, min_value):
        self.min_value = min_value
        self.message = f"Ensure this value is greater than or equal to {min_value}."
        self._args = (min_value,)
        super().__init__()


class MaxValueValidator(Rule):
    def __init__(self, max_value):
        self.max_value = max_value
        self.message = f"Ensure this value is less than or equal to {max_value}."
        self._args = (max_value,)
        super().__init__()


class RangeValidator(Rule):
    def __init__(self, min_value, max_value):
        self.min_value, self.max_value = min_value, max_value
        self.message = f"Value must be between {min_value} and {max_value}."
        self._args = (min_value, max_value)
        super().__init__()


class EmailValidator(Rule):
    message = "Enter a valid email address."


class URLValidator(Rule):
    message = "Enter a valid URL."


class ChoicesValidator(Validator):
    """One of these values, or of the first parts of (value, label) pairs."""

    def __init__(self, choices):
        self.choices = list(choices)
        self._known = [c[0] if isinstance(c, (list, tuple)) and len(c) == 2 else c for c in self.choices]
        self.message = f"Value must be one of: [{', '.join(sorted(map(repr, self._known)))}]"

    def __call__(self, value):
        if value is not None and value not in self._known:
            raise ValidationError(self.message)


class UniqueValueValidator(Validator):
    """Says that a value is unique; the database sees to it, and only it can."""

    message = "This value must be unique."

    def __call__(self, value):
        pass


def is_rule(validator):
    """Is it, exactly, one that Lua has? Then Lua needs no Python for it."""
    cls = type(validator)
    return isinstance(validator, Rule) and cls.__module__ == __name__ and validator.says_its_own()


async def run_full_validation(instance):
    """Asks every field of an instance, then its clean() if none objected; raises one
    ValidationError for all."""
    errors = {}
    for attname, field in instance._meta.fields.items():
        try:
            field.clean(getattr(instance, field.attname or attname, None))
        except ValidationError as e:
            errors[field.name or attname] = [m for messages in e.errors.values() for m in messages]
        except Exception as e:
            errors[field.name or attname] = [str(e)]
    if errors:
        raise ValidationError(errors)
    answer = instance.clean() if hasattr(instance, "clean") else None
    if inspect.isawaitable(answer):
        await answer
