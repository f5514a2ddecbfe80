# SPDX-License-Identifier: MIT
"""Expressions: what a database works out of columns and values. An expression here
stands for one of Lua's, which knows what it means."""
from ._ryx import call, function
from .q import Condition, Q

_ABSENT = object()

_operator, _negative, _order = function("operator"), function("negative"), function("order")
_at, _compare, _lookup, _show = function("at"), function("compare"), function("lookup"), function("show")
_set, _remove = function("set"), function("remove")
_f, _value, _new, _outer_ref = function("f"), function("value"), function("new_value"), function("outer_ref")
_subquery, _exists = function("subquery"), function("exists_in")
_raw, _raw_agg, _func = function("raw"), function("raw_agg"), function("func")
_when, _case, _window = function("when"), function("case"), function("window")


def _binary(op):
    def apply(self, other):
        return made(call(_operator, op, self, other))

    def reflected(self, other):
        return made(call(_operator, op, other, self))

    return apply, reflected


class Expression(Condition):
    """The base of all: arithmetic, order, lookups as methods."""

    __slots__ = ("_lua", "__weakref__")

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __mod__, __rmod__ = _binary("%")
    __pow__, __rpow__ = _binary("**")

    def __neg__(self):
        return made(call(_negative, self))

    def _not_comparable(self, other):
        raise TypeError('expressions are compared by methods, F("a").gt(F("b")), or by lookups, a__gt=F("b")')

    __lt__ = __le__ = __gt__ = __ge__ = _not_comparable

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def asc(self, *, nulls_first=False, nulls_last=False):
        """A key for order_by: smallest first."""
        return _ordered(self, "asc", nulls_first, nulls_last)

    def desc(self, *, nulls_first=False, nulls_last=False):
        """A key for order_by: largest first."""
        return _ordered(self, "desc", nulls_first, nulls_last)

    def at(self, *path):
        """A part of a JSON document by keys and positions: F("meta").at("tags", 0)"""
        return made(call(_at, self, path))

    def set(self, *path_and_value):
        """The document with another value at keys and positions: F("meta").set("a", "b", 1)"""
        return made(call(_set, self, path_and_value[:-1], path_and_value[-1] if path_and_value else None))

    def remove(self, *path):
        """The document without what is at keys and positions: F("meta").remove("tags", 0)"""
        return made(call(_remove, self, path))

    def lookup(self, name, value):
        """A condition by any lookup: F("name").lookup("startswith", "A")"""
        return Q(made(call(_lookup, self, name, value)))

    def __repr__(self):
        return f"<{type(self).__name__} {call(_show, self)}>"


def made(ref):
    """An expression of one of Lua's."""
    e = object.__new__(Expression)
    e._lua = ref
    return e


def _ordered(e, direction, nulls_first, nulls_last):
    if nulls_first and nulls_last:
        raise TypeError(f"{direction}: nulls_first and nulls_last exclude each other")
    return made(call(_order, e, direction, "first" if nulls_first else "last" if nulls_last else None))


def _comparison(name):
    def compare(self, value=_ABSENT):
        if value is _ABSENT:
            if name != "isnull":
                raise TypeError(f"{name}() takes the value to compare with")
            value = True
        return Q(made(call(_compare, self, name, value)))

    compare.__name__ = compare.__qualname__ = name
    compare.__doc__ = f"A condition by the lookup of this name: F(\"a\").{name}(...)"
    return compare


for _name in call(function("comparisons")):
    setattr(Expression, _name, _comparison(_name))


class F(Expression):
    """A column, relation or annotation by its path: F("views") + 1, F("author__name")"""

    __slots__ = ()

    def __init__(self, path):
        self._lua = call(_f, path)


class Value(Expression):
    """A value where a text would be a path: Value("draft")"""

    __slots__ = ()

    def __init__(self, value):
        self._lua = call(_value, value)


class New(Expression):
    """The value that bulk_create was to insert, where F is the one that is there."""

    __slots__ = ()

    def __init__(self, name):
        self._lua = call(_new, name)


class OuterRef(Expression):
    """A path of the query around a sub-query."""

    __slots__ = ()

    def __init__(self, path):
        self._lua = call(_outer_ref, path)


class Subquery(Expression):
    """The first value of a QuerySet's rows: of its one column, or of its key."""

    __slots__ = ()

    def __init__(self, queryset):
        self._lua = call(_subquery, queryset)


class Exists(Expression):
    """Are there rows? Post.objects.filter(~Exists(Tag.objects.filter(posts=OuterRef("pk"))))"""

    __slots__ = ()

    def __init__(self, queryset):
        self._lua = call(_exists, queryset)


class Raw(Expression):
    """SQL of your own; `?` is a parameter, `type` says what comes back.

    Raw("coalesce(views, ?) * 2", [0], type="int")"""

    __slots__ = ()

    _make = _raw

    def __init__(self, sql, params=(), *, type=None):
        if isinstance(params, str):
            raise TypeError("params is a list; the name of an expression is its keyword: annotate(n=RawAgg(...))")
        self._lua = call(self._make, sql, params, type)


class RawAgg(Raw):
    """The same for an aggregate: RawAgg("count(*) * ?", [2], type="int"). Its name is its keyword, as in
    annotate(n=RawAgg(...)), also where another one is given: RawAgg("count(*)", "n")."""

    __slots__ = ()
    _make = _raw_agg

    def __init__(self, sql, params=(), *, alias=None, type=None):
        super().__init__(sql, () if isinstance(params, str) else params, type=type)


class Func(Expression):
    """A function that the database has and ryx does not; a text is a path.

    Func("similarity", "title", Value("hello"), type="double")"""

    __slots__ = ()

    def __init__(self, name, *args, type=None):
        self._lua = call(_func, name, args, type)


class When:
    """A branch of Case: When(views__gte=40, then="big"), When(Q(...), "big")"""

    __slots__ = ("_lua",)

    def __init__(self, *conditions, then=_ABSENT, **lookups):
        if then is _ABSENT and conditions:
            *conditions, then = conditions
        if then is _ABSENT or not (conditions or lookups):
            raise TypeError("When takes conditions and then=, their result")
        self._lua = call(_when, Q(*conditions, **lookups), then)


class Case(Expression):
    """The result of the first When that is true.

    Case(When(views__gte=40, then="big"), default="small")"""

    __slots__ = ()

    def __init__(self, *whens, default=None):
        self._lua = call(_case, whens, default)


class Window(Expression):
    """A function over the rows around each row.

    Window(RowNumber(), partition_by="author", order_by="-views")

    A frame is {"rows": [-1, 1]}, also "range" or "groups"; 0 is the current row, None
    the end of the partition; "exclude" leaves "current_row", "group" or "ties" out."""

    __slots__ = ()

    def __init__(self, expression, *, partition_by=None, order_by=None, frame=None):
        options = {"partition_by": partition_by, "order_by": order_by, "frame": frame}
        self._lua = call(_window, expression, {k: v for k, v in options.items() if v is not None})


__all__ = [
    "Case", "Exists", "Expression", "F", "Func", "New", "OuterRef", "Raw", "RawAgg", "Subquery", "Value", "When",
    "Window",
]
