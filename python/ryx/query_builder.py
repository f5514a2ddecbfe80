# SPDX-License-Identifier: MIT
"""QueryBuilder: statements on a table that no model knows, of names and values. What models can do,
relations, transforms, types, it cannot."""
import copy

from . import runtime
from ._ryx import call, function
from .exceptions import DoesNotExist, FieldError, MisuseError, MultipleObjectsReturned, RyxError
from .executor_helpers import raw_execute, raw_fetch
from .pools import get_backend
from .transaction import transaction

_template = function("lookup_template")

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "ne": "<>"}
_PATTERNS = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}", "exact": "{}"}
_JOINS = {"INNER": "INNER JOIN", "LEFT": "LEFT OUTER JOIN", "RIGHT": "RIGHT OUTER JOIN", "FULL": "FULL OUTER JOIN",
          "CROSS": "CROSS JOIN"}
_AGGREGATES = {"Count": "COUNT", "Sum": "SUM", "Avg": "AVG", "Min": "MIN", "Max": "MAX"}


def quoted(name, alias):
    """A name, or several with dots between them, as the database has them."""
    try:
        return ".".join(runtime.call("quote_name", part, alias) for part in name.split("."))
    except RyxError:  # nothing is set up
        return ".".join('"{}"'.format(part.replace('"', '""')) for part in name.split("."))


def _pattern(kind, value):
    text = str(value)
    for mark in "!%_":
        text = text.replace(mark, "!" + mark)
    return _PATTERNS[kind].format(text)


def _condition(column, lookup, value):
    """SQL and its parameters."""
    own = call(_template, lookup)
    if own is not None:
        return f"({own.replace('{col}', column)})", [value] if "?" in own.replace("??", "") else []
    if lookup == "isnull" or (lookup == "exact" and value is None):
        return f"{column} IS {'NULL' if lookup == 'exact' or value else 'NOT NULL'}", []
    if lookup == "exact":
        return f"{column} = ?", [value]
    if lookup in _COMPARISONS:
        return f"{column} {_COMPARISONS[lookup]} ?", [value]
    if lookup == "in":
        values = list(value)
        return (f"{column} IN ({', '.join('?' * len(values))})", values) if values else ("(1 = 0)", [])
    if lookup == "range":
        return f"{column} BETWEEN ? AND ?", list(value)
    if lookup in _PATTERNS:
        return f"{column} LIKE ? ESCAPE '!'", [_pattern(lookup, value)]
    if lookup[:1] == "i" and lookup[1:] in _PATTERNS:
        return f"LOWER({column}) LIKE LOWER(?) ESCAPE '!'", [_pattern(lookup[1:], value)]
    raise FieldError(f"QueryBuilder knows no lookup {lookup!r}")


class QueryBuilder:
    """Each method gives a changed copy: QueryBuilder("posts").add_filter("views", "gte", 100, False)"""

    def __init__(self, table):
        self._table, self._alias = table, "default"
        self._where, self._annotations, self._groups, self._joins, self._order = (), (), (), (), ()
        self._limit = self._offset = None
        self._distinct = False

    def _with(self, **changes):
        other = copy.copy(self)
        other.__dict__.update(changes)
        return other

    def set_using(self, alias):
        return self._with(_alias=alias or "default")

    def add_filter(self, field, lookup, value, negated=False):
        return self.add_filters_batch([(field, lookup, value, negated)])

    def add_filters_batch(self, filters):
        leaves = [{"type": "leaf", "field": f, "lookup": name, "value": v, "negated": n} for f, name, v, n in filters]
        return self._with(_where=(*self._where, *leaves))

    def add_q_node(self, node):
        """A dict as Q.to_q_node() makes them."""
        return self._with(_where=(*self._where, node))

    def add_annotation(self, alias, func, field, distinct=False):
        return self._with(_annotations=(*self._annotations, (alias, func, field, distinct)))

    def add_group_by(self, field):
        return self._with(_groups=(*self._groups, field))

    def add_join(self, kind, table, alias, on_left, on_right):
        if kind.upper() not in _JOINS:
            raise MisuseError(f"QueryBuilder: a join is one of {', '.join(_JOINS)}, not {kind}")
        return self._with(_joins=(*self._joins, (kind.upper(), table, alias, on_left, on_right)))

    def add_order_by(self, field):
        return self.add_order_by_batch([field])

    def add_order_by_batch(self, fields):
        return self._with(_order=(*self._order, *fields))

    def set_limit(self, n):
        return self._with(_limit=n)

    def set_offset(self, n):
        return self._with(_offset=n)

    def set_distinct(self):
        return self._with(_distinct=True)

    def _name(self, name):
        return quoted(name, self._alias)

    def _node(self, node):
        if node["type"] == "leaf":
            sql, params = _condition(self._name(node["field"]), node["lookup"], node["value"])
            return (f"NOT ({sql})" if node.get("negated") else sql), params
        parts = [self._node(child) for child in node["children"]]
        params = [p for _, more in parts for p in more]
        joined = (" OR " if node["type"] == "or" else " AND ").join(sql for sql, _ in parts) or "1 = 1"
        return (f"NOT ({joined})" if node["type"] == "not" else f"({joined})"), params

    def _conditions(self):
        if not self._where:
            return "", []
        parts = [self._node(node) for node in self._where]
        return " WHERE " + " AND ".join(sql for sql, _ in parts), [p for _, more in parts for p in more]

    def _aggregate(self, alias, func, field, distinct):
        if func not in _AGGREGATES:
            return f"{func} AS {self._name(alias)}"
        what = "*" if field == "*" else self._name(field)
        return f"{_AGGREGATES[func]}({'DISTINCT ' if distinct else ''}{what}) AS {self._name(alias)}"

    def _from(self):
        out = f" FROM {self._name(self._table)}"
        for kind, table, alias, left, right in self._joins:
            named = f" AS {self._name(alias)}" if alias else ""
            on = "" if kind == "CROSS" else f" ON {self._name(left)} = {self._name(right)}"
            out += f" {_JOINS[kind]} {self._name(table)}{named}{on}"
        return out

    def _bounds(self):
        if self._limit is None and self._offset is None:
            return ""
        out = "" if self._limit is None else f" LIMIT {int(self._limit)}"
        if self._offset is not None:
            if not out:
                # Each means: all of them.
                out = {"SQLite": " LIMIT -1", "MySQL": " LIMIT 18446744073709551615"}.get(self._backend(), "")
            out += f" OFFSET {int(self._offset)}"
        return out

    def _backend(self):
        try:
            return get_backend(self._alias)
        except RyxError:
            return "SQLite"

    def _select(self, outputs=None):
        columns = outputs or [*map(self._name, self._groups), *(self._aggregate(*a) for a in self._annotations)] or ["*"]
        where, params = self._conditions()
        sql = f"SELECT {'DISTINCT ' if self._distinct else ''}{', '.join(columns)}{self._from()}{where}"
        if self._groups:
            sql += f" GROUP BY {', '.join(map(self._name, self._groups))}"
        if self._order:
            keys = (self._name(f.lstrip("-")) + (" DESC" if f[0] == "-" else " ASC") for f in self._order)
            sql += f" ORDER BY {', '.join(keys)}"
        return sql + self._bounds(), params

    def compiled_sql(self):
        """The SQL of fetch_all(), with ? for values."""
        return self._select()[0]

    async def fetch_all(self):
        """Rows as dicts."""
        return await raw_fetch(*self._select(), alias=self._alias)

    async def fetch_first(self):
        """The first row, or None."""
        rows = await self.set_limit(1).fetch_all()
        return rows[0] if rows else None

    async def fetch_get(self):
        """The one row."""
        rows = await self.set_limit(2).fetch_all()
        if len(rows) > 1:
            raise MultipleObjectsReturned(f"get() returned more than one row of {self._table}.")
        if not rows:
            raise DoesNotExist(f"{self._table}: no row matches")
        return rows[0]

    async def fetch_count(self):
        """How many rows; limit, distinct and groups count."""
        if self._limit is self._offset is None and not (self._distinct or self._groups):
            sql, params = self._with(_order=(), _annotations=())._select(["COUNT(*) AS n"])
        else:
            inner, params = self._select()
            sql = f"SELECT COUNT(*) AS n FROM ({inner}) AS counted"
        return (await raw_fetch(sql, params, self._alias))[0]["n"]

    async def fetch_aggregate(self):
        """The annotations over all rows as a dict."""
        sql, params = self._with(_order=(), _groups=())._select()
        return (await raw_fetch(sql, params, self._alias))[0]

    def _refuse_shape(self, what):
        if self._joins or self._limit is not None or self._offset is not None or self._groups or self._distinct:
            raise MisuseError(f"QueryBuilder: {what} takes conditions alone")

    async def execute_delete(self):
        """Deletes the rows; how many."""
        self._refuse_shape("execute_delete")
        where, params = self._conditions()
        return await raw_execute(f"DELETE FROM {self._name(self._table)}{where}", params, self._alias)

    async def execute_update(self, values):
        """Sets columns, a list of (name, value); how many rows."""
        self._refuse_shape("execute_update")
        sets = ", ".join(f"{self._name(name)} = ?" for name, _ in values)
        where, params = self._conditions()
        sql = f"UPDATE {self._name(self._table)} SET {sets}{where}"
        return await raw_execute(sql, [*(v for _, v in values), *params], self._alias)

    async def execute_insert(self, values, returning_id=True):
        """Inserts a row of (name, value); its id, or how many rows."""
        names = ", ".join(self._name(name) for name, _ in values)
        sql = f"INSERT INTO {self._name(self._table)} ({names}) VALUES ({', '.join('?' * len(values))})"
        params = [value for _, value in values]
        if not returning_id:
            return await raw_execute(sql, params, self._alias)
        if self._backend() != "MySQL":
            return (await raw_fetch(f"{sql} RETURNING {self._name('id')} AS id", params, self._alias))[0]["id"]
        async with transaction(self._alias):  # the same connection tells the key
            await raw_execute(sql, params, self._alias)
            return (await raw_fetch("SELECT LAST_INSERT_ID() AS id", None, self._alias))[0]["id"]
