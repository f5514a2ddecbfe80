# SPDX-License-Identifier: MIT
"""Fields whose values are of one type of Python's, and what those that are alike are asked."""
from .exceptions import InvalidValue
from .field import Field

TEXT = ["exact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "in", "range", "isnull"]
ORDERED = ["exact", "gt", "gte", "lt", "lte", "in", "range", "isnull"]


def invalid(field):
    return InvalidValue({field.name or "__all__": [field.message]})


class Converted(Field):
    """A field whose values are of one type of Python's; texts and the like are read."""

    options = {}
    python_type = object
    message = "Invalid value."

    def to_python(self, value):
        if value is None or type(value) is self.python_type or hasattr(value, "_lua"):
            return value
        try:
            return self._read(value)
        except (TypeError, ValueError, ArithmeticError, OverflowError):
            raise invalid(self) from None

    def _read(self, value):
        return self.python_type(value)
