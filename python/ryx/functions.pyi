# SPDX-License-Identifier: MIT
# Made by `make docs` from lua/ryx/query/fn/init.lua.
from typing import Any

from .expressions import Expression
from .q import Q

class Function(Expression):
    def __init__(self, *args: Any, **options: Any) -> None: ...

class Aggregate(Function): ...
class WindowFunction(Function): ...

__all__ = [
    "Aggregate",
    "Function",
    "WindowFunction",
    "Coalesce",
    "Greatest",
    "Least",
    "NullIf",
    "Cast",
    "JSONObject",
    "JSONArray",
    "Concat",
    "Lower",
    "Upper",
    "Length",
    "Trim",
    "LTrim",
    "RTrim",
    "Replace",
    "Substr",
    "Left",
    "Right",
    "Repeat",
    "LPad",
    "RPad",
    "Reverse",
    "StrIndex",
    "Search",
    "SearchRank",
    "TrigramSimilarity",
    "Abs",
    "Sign",
    "Round",
    "Floor",
    "Ceil",
    "Mod",
    "IntDiv",
    "Power",
    "Sqrt",
    "Exp",
    "Ln",
    "Log",
    "BitAnd",
    "BitOr",
    "Now",
    "Extract",
    "Trunc",
    "AtZone",
    "TruncYear",
    "TruncQuarter",
    "TruncMonth",
    "TruncWeek",
    "TruncDay",
    "TruncHour",
    "TruncMinute",
    "TruncSecond",
    "Count",
    "Sum",
    "Avg",
    "Min",
    "Max",
    "StdDev",
    "Variance",
    "Median",
    "Percentile",
    "Mode",
    "StringAgg",
    "ArrayAgg",
    "JSONAgg",
    "BoolAnd",
    "BoolOr",
    "RowNumber",
    "Rank",
    "DenseRank",
    "PercentRank",
    "CumeDist",
    "Ntile",
    "Lag",
    "Lead",
    "FirstValue",
    "LastValue",
    "NthValue",
]

class Coalesce(Function):
    def __init__(self, expr1: Any, expr2: Any, /, *more: Any) -> None: ...

class Greatest(Function):
    def __init__(self, expr1: Any, expr2: Any, /, *more: Any) -> None: ...

class Least(Function):
    def __init__(self, expr1: Any, expr2: Any, /, *more: Any) -> None: ...

class NullIf(Function):
    def __init__(self, expr1: Any, expr2: Any, /) -> None: ...

class Cast(Function):
    def __init__(self, expr1: Any, const2: str | int, /) -> None: ...

class JSONObject(Function):
    def __init__(self, const1: str | int, expr2: Any, /, *more: Any) -> None: ...

class JSONArray(Function):
    def __init__(self, expr1: Any = ..., /, *more: Any) -> None: ...

class Concat(Function):
    def __init__(self, expr1: Any, /, *more: Any) -> None: ...

class Lower(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Upper(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Length(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Trim(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class LTrim(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class RTrim(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Replace(Function):
    def __init__(self, expr1: Any, value2: Any, value3: Any, /) -> None: ...

class Substr(Function):
    def __init__(self, expr1: Any, value2: Any, value3: Any = ..., /) -> None: ...

class Left(Function):
    def __init__(self, expr1: Any, value2: Any, /) -> None: ...

class Right(Function):
    def __init__(self, expr1: Any, value2: Any, /) -> None: ...

class Repeat(Function):
    def __init__(self, expr1: Any, value2: Any, /) -> None: ...

class LPad(Function):
    def __init__(self, expr1: Any, value2: Any, value3: Any = ..., /) -> None: ...

class RPad(Function):
    def __init__(self, expr1: Any, value2: Any, value3: Any = ..., /) -> None: ...

class Reverse(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class StrIndex(Function):
    def __init__(self, expr1: Any, value2: Any, /) -> None: ...

class Search(Function):
    def __init__(self, fields1: str | list[str], value2: Any, /) -> None: ...

class SearchRank(Function):
    def __init__(self, fields1: str | list[str], value2: Any, /) -> None: ...

class TrigramSimilarity(Function):
    def __init__(self, expr1: Any, value2: Any, /) -> None: ...

class Abs(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Sign(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Round(Function):
    def __init__(self, expr1: Any, const2: str | int = ..., /) -> None: ...

class Floor(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Ceil(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Mod(Function):
    def __init__(self, expr1: Any, expr2: Any, /) -> None: ...

class IntDiv(Function):
    def __init__(self, expr1: Any, expr2: Any, /) -> None: ...

class Power(Function):
    def __init__(self, expr1: Any, expr2: Any, /) -> None: ...

class Sqrt(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Exp(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Ln(Function):
    def __init__(self, expr1: Any, /) -> None: ...

class Log(Function):
    def __init__(self, expr1: Any, value2: Any = ..., /) -> None: ...

class BitAnd(Function):
    def __init__(self, expr1: Any, expr2: Any, /) -> None: ...

class BitOr(Function):
    def __init__(self, expr1: Any, expr2: Any, /) -> None: ...

class Now(Function):
    def __init__(self, *, tz: str | bool | None = ...) -> None: ...

class Extract(Function):
    def __init__(self, expr1: Any, const2: str | int, /, *, tz: str | bool | None = ...) -> None: ...

class Trunc(Function):
    def __init__(self, expr1: Any, const2: str | int, /, *, tz: str | bool | None = ...) -> None: ...

class AtZone(Function):
    def __init__(self, expr1: Any, value2: Any, /) -> None: ...

class TruncYear(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncQuarter(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncMonth(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncWeek(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncDay(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncHour(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncMinute(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class TruncSecond(Function):
    def __init__(self, expr1: Any, /, *, tz: str | bool | None = ...) -> None: ...

class Count(Aggregate):
    def __init__(self, expr1: Any = ..., /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class Sum(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class Avg(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class Min(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class Max(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class StdDev(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ..., sample: bool = ...) -> None: ...

class Variance(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ..., sample: bool = ...) -> None: ...

class Median(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class Percentile(Aggregate):
    def __init__(self, expr1: Any, share2: float, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class Mode(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class StringAgg(Aggregate):
    def __init__(self, expr1: Any, const2: str | int = ..., /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class ArrayAgg(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class JSONAgg(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class BoolAnd(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class BoolOr(Aggregate):
    def __init__(self, expr1: Any, /, *, distinct: bool = ..., filter: Q | Expression | None = ..., order_by: Any = ..., default: Any = ...) -> None: ...

class RowNumber(WindowFunction):
    def __init__(self) -> None: ...

class Rank(WindowFunction):
    def __init__(self) -> None: ...

class DenseRank(WindowFunction):
    def __init__(self) -> None: ...

class PercentRank(WindowFunction):
    def __init__(self) -> None: ...

class CumeDist(WindowFunction):
    def __init__(self) -> None: ...

class Ntile(WindowFunction):
    def __init__(self, const1: str | int, /) -> None: ...

class Lag(WindowFunction):
    def __init__(self, expr1: Any, const2: str | int = ..., value3: Any = ..., /) -> None: ...

class Lead(WindowFunction):
    def __init__(self, expr1: Any, const2: str | int = ..., value3: Any = ..., /) -> None: ...

class FirstValue(WindowFunction):
    def __init__(self, expr1: Any, /) -> None: ...

class LastValue(WindowFunction):
    def __init__(self, expr1: Any, /) -> None: ...

class NthValue(WindowFunction):
    def __init__(self, expr1: Any, const2: str | int, /) -> None: ...
