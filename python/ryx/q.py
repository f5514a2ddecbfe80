# SPDX-License-Identifier: MIT
"""Q: conditions joined by & and |, turned around by ~."""
from ._ryx import call, function

_make, _lookup_key = function("q"), function("lookup_key")


def parse_lookup_key(key):
    """("created", "gte") of "created__gte"; what ends in no lookup means exact."""
    return tuple(call(_lookup_key, key))


class Condition:
    """What is true or false, so that it may stand in a Q."""

    __slots__ = ()

    def __and__(self, other):
        return Q(self) & other

    def __or__(self, other):
        return Q(self) | other

    def __invert__(self):
        return ~Q(self)


class Q:
    """Conditions: lookups by name, other Qs, expressions that are true or false.

    Q(views__gte=100) | ~Q(author=ann, title="Draft") & Q(Exists(...))

    An empty Q changes nothing: `q = Q()`, then `q |= Q(...)` in a loop."""

    __slots__ = ("_connector", "_negated", "_children", "_leaves")

    def __init__(self, *args, **kwargs):
        for arg in args:
            if not hasattr(type(arg), "_lua"):
                raise TypeError(f"Q takes Qs, expressions and lookups by name, not {arg!r}")
        self._connector, self._negated = "AND", False
        self._children = [arg for arg in args if not isinstance(arg, Q) or arg]
        self._leaves = kwargs

    def _joined(self, connector, other):
        if not isinstance(other, Q):
            if not isinstance(other, Condition):
                return NotImplemented
            other = Q(other)
        if not self or not other:
            return self or other
        q = Q(self, other)
        q._connector = connector
        return q

    def __and__(self, other):
        return self._joined("AND", other)

    def __or__(self, other):
        return self._joined("OR", other)

    def __rand__(self, other):
        return Q(other)._joined("AND", self)

    def __ror__(self, other):
        return Q(other)._joined("OR", self)

    def __invert__(self):
        q = Q(*self._children, **self._leaves)
        q._connector, q._negated = self._connector, not self._negated
        return q

    def __bool__(self):
        return bool(self._children or self._leaves)

    def _tree(self):
        children = [c._tree() if isinstance(c, Q) else c for c in self._children]
        return self._connector, self._negated, children, self._leaves

    def to_q_node(self):
        """It as nested dicts: {"type": "leaf", "field", "lookup", "value", "negated"}, or {"type": "and",
        "or" or "not", "children"}."""
        nodes = [child.to_q_node() if isinstance(child, Q) else child for child in self._children]
        for key, value in self._leaves.items():
            field, lookup = parse_lookup_key(key)
            nodes.append({"type": "leaf", "field": field, "lookup": lookup, "value": value, "negated": False})
        node = nodes[0] if len(nodes) == 1 else {"type": self._connector.lower(), "children": nodes}
        return {"type": "not", "children": [node]} if self._negated else node

    @property
    def _lua(self):
        return call(_make, self._tree())

    def __repr__(self):
        parts = [*map(repr, self._children), *(f"{k}={v!r}" for k, v in self._leaves.items())]
        return f"{'~' if self._negated else ''}Q({f' {self._connector} '.join(parts)})"
