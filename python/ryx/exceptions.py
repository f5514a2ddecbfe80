# SPDX-License-Identifier: MIT
"""The errors ryx raises. Each has `kind`; what a database said of it is in
`sqlstate`, `code`, `constraint`, `table`, `column`, `detail` (which may hold values
of rows), what ryx knows in `model`, `field`, `fields`, `errors`, `sql`, `alias`;
unknown ones are None."""

import re

_FACTS = (
    "sqlstate", "code", "constraint", "table", "column", "detail", "model", "field", "fields", "errors", "sql", "alias",
    "where",
)


class RyxError(Exception):
    kind = None
    sqlstate = code = constraint = table = column = detail = None
    model = field = fields = errors = sql = alias = where = None


class DatabaseError(RyxError):
    pass


class IntegrityError(DatabaseError):
    pass


class UniqueViolation(IntegrityError):
    kind = "unique_violation"


class ForeignKeyViolation(IntegrityError):
    kind = "foreign_key_violation"


class NotNullViolation(IntegrityError):
    kind = "not_null_violation"


class CheckViolation(IntegrityError):
    kind = "check_violation"


class ProtectedError(IntegrityError):
    kind = "protected"


class OperationalError(DatabaseError):
    kind = "operational"


class ConnectionError(OperationalError):
    kind = "connection"


class TimeoutError(OperationalError):
    kind = "timeout"


class CancelledError(OperationalError):
    kind = "cancelled"


class SerializationError(OperationalError):
    kind = "serialization"


class DeadlockError(OperationalError):
    kind = "deadlock"


class CommitUnknown(OperationalError):
    """A COMMIT, or a write outside a transaction, whose reply was lost."""

    kind = "commit_unknown"


class TransactionBroken(OperationalError):
    kind = "transaction_broken"


class UnsupportedError(DatabaseError):
    kind = "unsupported"


class DoesNotExist(RyxError):
    kind = "does_not_exist"


class MultipleObjectsReturned(RyxError):
    kind = "multiple_objects"


class FieldError(RyxError):
    kind = "field_error"


class MisuseError(RyxError, ValueError):
    kind = "misuse"


class PoolNotInitialized(MisuseError):
    pass


class SQLSyntaxError(MisuseError, DatabaseError):
    """SQL of one's own that the database cannot parse."""


class ValidationError(RyxError):
    """`errors` has a list of messages for each field; "__all__" for the whole."""

    kind = "validation"

    def __init__(self, errors):
        if not isinstance(errors, dict):
            errors = {"__all__": errors}
        self.errors = {
            field: [str(m) for m in (messages if isinstance(messages, (list, tuple)) else [messages])]
            for field, messages in errors.items()
        }
        super().__init__(self.errors)

    def merge(self, other):
        for field, messages in other.errors.items():
            self.errors.setdefault(field, []).extend(messages)
        return self

    def __str__(self):
        return str(self.errors)

    def __repr__(self):
        return f"ValidationError({self.errors!r})"


class InvalidValue(ValidationError, ValueError):
    """A value that a field cannot hold was assigned."""


_BY_KIND = {c.kind: c for c in list(globals().values()) if isinstance(c, type) and c.__dict__.get("kind")}


# What is said of an object that only a field of the user's own could have taken.
_STRANGE = re.compile(r"a value of type ([\w.]+)|cannot use a userdata")


def _strange(cls, message):
    found = cls in (MisuseError, ValidationError, FieldError) and _STRANGE.search(message)
    return found and TypeError(f"ryx cannot use a value of type {found[1] or 'object'}: {message}")


def from_core(facts, cls):
    """The exception for what Lua or the core reported: text, or a dict of facts; cls is
    the class that a model has for it, or None. The extension calls it (error.c)."""
    if not isinstance(facts, dict):
        return RyxError(str(facts))
    kind, message = facts.get("kind"), facts.get("message", "")
    if kind == "out_of_memory":
        return MemoryError(message)
    cls = cls or _BY_KIND.get(kind, RyxError)
    if error := _strange(cls, message):
        return error
    if cls is MisuseError and message.startswith("no database is set up"):
        cls = PoolNotInitialized
    elif cls is MisuseError and ("sqlstate" in facts or "code" in facts):
        cls = SQLSyntaxError
    if cls is ValidationError:
        error = ValidationError(facts.get("errors") or {facts.get("field") or "__all__": [message]})
    else:
        error = cls(message)
    error.kind = kind or error.kind
    for name in _FACTS:
        if name in facts and not (name == "errors" and cls is ValidationError):
            setattr(error, name, facts[name])
    return error
