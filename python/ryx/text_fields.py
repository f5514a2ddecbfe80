# SPDX-License-Identifier: MIT
"""Fields of texts."""
from . import validators as v
from .converted import TEXT, Converted


class CharField(Converted):
    kind, sql = "CharField", "VARCHAR({max_length})"
    options = {"max_length": 255, "min_length": None, "strip": True, "collation": None}
    python_type, message = str, "Enter text."
    SUPPORTED_LOOKUPS = TEXT

    def to_python(self, value):
        if value is None or hasattr(value, "_lua"):
            return value
        value = value if isinstance(value, str) else str(value)
        return value.strip() if getattr(self, "strip", False) else value

    def _implied_validators(self):
        yield from super()._implied_validators()
        if self.max_length is not None:
            yield v.MaxLengthValidator(self.max_length)
        if self.min_length is not None:
            yield v.MinLengthValidator(self.min_length)
        if not self.blank and not self.null:
            yield v.NotBlankValidator()


class SlugField(CharField):
    kind, options = "SlugField", {**CharField.options, "max_length": 50}

    def _implied_validators(self):
        yield from super()._implied_validators()
        yield v.RegexValidator(r"^[-\w]+$", "Enter a valid slug (letters, digits, hyphens, underscores).")


class EmailField(CharField):
    kind, options = "EmailField", {**CharField.options, "max_length": 254}

    def _implied_validators(self):
        yield from super()._implied_validators()
        yield v.EmailValidator()


class URLField(CharField):
    kind, options = "URLField", {**CharField.options, "max_length": 200}

    def _implied_validators(self):
        yield from super()._implied_validators()
        yield v.URLValidator()


class _Address(Converted):
    """An address, in its one form."""

    python_type, message, options = str, "Enter an address.", {"max_length": None}
    SUPPORTED_LOOKUPS = TEXT

    def __init__(self, **options):
        super().__init__(**options)
        self.max_length = self.longest

    def _read(self, value):
        return str(value)

    def lua_options(self):
        options = super().lua_options()
        options.pop("max_length", None)
        return options


class IPAddressField(_Address):
    kind, sql, longest = "IPAddressField", "VARCHAR(15)", 15


class GenericIPAddressField(_Address):
    kind, sql, longest = "GenericIPAddressField", "VARCHAR(39)", 39


class TextField(CharField):
    kind, sql = "TextField", "TEXT"
    options = {"max_length": None, "min_length": None, "collation": None}
