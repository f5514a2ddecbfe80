# SPDX-License-Identifier: MIT
"""What rows become: objects with their columns as attributes, named tuples. The
extension makes both (rows.c)."""
import collections
import functools


class Instance:
    """The base of Model: what an object holds. Objects of database rows are made without
    __init__; `_alias` says where one is from: "" for the usual place, None for no
    database. Names without an underscore are left to fields."""

    _lua = _pk = None
    _columns = ()
    _relations = ()
    _convert = {}
    _boxed = ()
    _alias = ""

    @classmethod
    def _from_lua(cls, columns, alias, deferred):
        instance = cls.__new__(cls)
        instance._take(alias, columns, deferred or ())
        own = cls._meta.fields
        instance.__dict__.update({name: value for name, value in columns.items() if name not in own})
        return instance

    def _take(self, alias, columns, deferred=()):
        """Columns from Lua, where NULL is no key: so is one that was left out."""
        values = self.__dict__
        for name in self._columns:
            value = columns.get(name)
            if value is None and name in deferred:
                continue
            values[name] = self._convert[name](value) if name in self._convert else value
        values["_alias"] = alias

    def _follow(self, alias, columns, deferred):
        """Becomes what the object of Lua's is that stands for it."""
        self._take(alias, columns, deferred or ())

    def _settle_keys(self):
        """Keys of objects that were saved after they were assigned."""
        for name, related in self.__dict__.get("_related", {}).items():
            if related is not None and self.__dict__.get(f"{name}_id") is None:
                setattr(self, name, related)

    def _deferred(self):
        """Columns that only() and defer() left out."""
        return [name for name in self._columns if name not in self.__dict__]

    @property
    def pk(self):
        return self.__dict__.get(self._pk)

    @pk.setter
    def pk(self, value):
        setattr(self, self._pk, value)

    def __await__(self):
        """What is there already: `author = await post.author`."""
        return self
        yield

    def __getstate__(self):
        return self.__dict__.copy()

    def __eq__(self, other):
        if type(self) is not type(other):
            return NotImplemented
        return self is other or (self.pk is not None and self.pk == other.pk)

    def __hash__(self):
        # An object that is in a set before it has a key is found there afterwards.
        kept = self.__dict__.get("_hash")
        if kept is None and self.pk is not None:
            return hash((type(self), self.pk))
        if kept is None:
            kept = self.__dict__["_hash"] = object.__hash__(self)
        return kept

    def __repr__(self):
        return f"<{type(self).__name__}: pk={self.pk}>"


@functools.lru_cache(maxsize=1024)
def row_type(names):
    """The named tuple of a row with these columns."""
    return collections.namedtuple("Row", names, rename=True)
