# SPDX-License-Identifier: MIT
"""`Model._meta`: what a model is; Index and Constraint, which `class Meta` holds."""
from ._ryx import call, function

_table_name, _item = function("table_name"), function("meta_item")

# What `class Meta` may say, and what it means where it does not.
_DEFAULTS = {
    "app_label": "", "database": None, "abstract": False, "managed": True, "ordering": [], "unique_together": [],
    "index_together": [], "indexes": [], "constraints": [],
}
# Said for people alone.
_WORDS = ("verbose_name", "verbose_name_plural")


class Index:
    """An index over fields: Index(fields=["author", "-created"], name="post_author_idx")"""

    def __init__(self, *, fields, name=None, unique=False, **options):
        self.fields, self.name, self.unique = list(fields), name, unique
        options.update(fields=self.fields, name=name, unique=unique)
        self._lua = call(_item, "Index", {k: v for k, v in options.items() if v is not None})

    def __repr__(self):
        return f"<Index: {self.name} on {self.fields}>"


class Constraint:
    """What every row meets: Constraint(check="views >= 0", name="views_chk"); check may be a Q."""

    def __init__(self, *, check, name):
        self.check, self.name = check, name
        self._lua = call(_item, "Constraint", {"check": check, "name": name})

    def __repr__(self):
        return f"<Constraint: {self.name}>"


def to_table_name(model_name):
    """BlogPost -> blog_posts"""
    return call(_table_name, model_name)


def said(meta):
    """What a `class Meta` says, with those it is built upon; abstract only for itself."""
    found = {}
    for cls in reversed(meta.__mro__[:-1] if isinstance(meta, type) else ()):
        found.pop("abstract", None)
        found.update((k, v) for k, v in vars(cls).items() if not k.startswith("_"))
    return found


class Options:
    """Attributes are the options of Meta; `fields` by attribute name, `many_to_many` by name."""

    def __init__(self, meta=None, model_name=""):
        self.model_name = model_name
        self.said = said(meta) if meta else {}
        words = {name: self.said.pop(name, "") for name in _WORDS}
        for name, value in {**_DEFAULTS, **words, **self.said}.items():
            setattr(self, name, list(value) if isinstance(value, (list, tuple)) else value)
        self.table_name = self.said.get("table_name") or to_table_name(model_name)
        self.fields, self.many_to_many, self.pk_field = {}, {}, None

    def settle(self, facts):
        """What Lua says of the model, which knows what it took over."""
        for name in ("table_name", "app_label", "abstract", "managed", "ordering"):
            setattr(self, name, facts[name])
        self.database = facts.get("database")
        for name in ("unique_together", "index_together"):
            setattr(self, name, [tuple(names) for names in facts[name]])

    def inherit(self, options):
        """Takes over what Python alone knows of a model that this one is built upon."""
        for name in ("indexes", "constraints"):
            if name not in self.said and not getattr(self, name):
                setattr(self, name, list(getattr(options, name)))

    def add_field(self, field):
        if getattr(field, "many", False):
            self.many_to_many[field.name] = field
            return
        self.fields[field.attname] = field
        if field.primary_key:
            self.pk_field = field

    @property
    def field_names(self):
        return list(self.fields)

    @property
    def column_names(self):
        return [field.column for field in self.fields.values()]

    def get_field(self, name):
        """A field by its name or attribute name; KeyError where there is none."""
        if name in self.fields:
            return self.fields[name]
        for field in (*self.fields.values(), *self.many_to_many.values()):
            if field.name == name:
                return field
        raise KeyError(f"{self.model_name} has no field {name!r}")

    def __repr__(self):
        return f"<Options of {self.model_name}>"
