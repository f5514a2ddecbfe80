# SPDX-License-Identifier: MIT
"""Fields that refer to other models: `author = ForeignKey("Author", on_delete="CASCADE")`."""
import sys

from .exceptions import ValidationError
from .field import Field, lua_callback
from .related import Related
from .validators import NotNullValidator


def _imported(field, name):
    """A class of this name that the field's module has from another one: the name means that one."""
    found = getattr(sys.modules.get(field.model.__module__), name, None) if field.model else None
    is_model = isinstance(found, type) and hasattr(found, "_meta")
    return found if is_model and found.__module__ != field.model.__module__ else None


class _Relation(Field):
    def __init__(self, to, **options):
        if not isinstance(to, str) and getattr(to, "_lua", None) is None:
            raise TypeError(f"{type(self).__name__} refers to a model, its name or \"self\", not {to!r}")
        super().__init__(**options)
        self.to = to

    def _lua_target(self):
        return self.to if not isinstance(self.to, str) else _imported(self, self.to) or self.to


class ForeignKey(_Relation):
    """A row of another model: `post.author`, and its key `post.author_id`."""

    kind, sql = "ForeignKey", "INTEGER"
    options = {"on_delete": "CASCADE", "related_name": None, "db_constraint": True}

    def _attname(self, name):
        return f"{name}_id"

    def _install(self, model, name):
        setattr(model, name, Related(name, self.attname))
        setattr(model, self.attname, self)

    def db_type(self):
        key = None if isinstance(self.to, str) else self.to._meta.pk_field
        return key.db_type() if key else self.sql

    def _lua_default(self):
        if not callable(self.default):
            return self.default
        return lua_callback(self.get_default)

    def validate(self, value):
        """What can be said of a key without its model: NULL, and the validators that were given."""
        messages = []
        if value is None and not self.null:
            messages.append(NotNullValidator.message)
        for validator in self._own_validators or () if value is not None else ():
            try:
                validator(value)
            except ValidationError as e:
                messages += [m for found in e.errors.values() for m in found]
        if messages:
            raise ValidationError(messages)


class OneToOneField(ForeignKey):
    """The same for a row that no other row refers to."""

    kind = "OneToOneField"

    def __init__(self, to, **options):
        super().__init__(to, **{"unique": True, **options})


class ManyToManyField(_Relation):
    """Rows of another model, by a join table."""

    kind = "ManyToManyField"
    options = {
        "through": None, "related_name": None, "through_fields": None, "db_table": None, "db_constraint": True,
        "symmetrical": None,
    }
    many = True

    def _install(self, model, name):
        """Its manager is found when it is asked for (related.py)."""

    def db_type(self):
        return None
