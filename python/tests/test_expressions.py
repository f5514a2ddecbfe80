# SPDX-License-Identifier: MIT
"""Q, F, functions, windows and sub-queries: what they select, and what is refused."""
import copy
import datetime as dt
import decimal
import inspect

import pytest

import ryx
from ryx import (
    Case, Cast, Coalesce, Concat, Count, DenseRank, Exists, Extract, F, Func, Lag, Length, Lower, OuterRef, Q, Raw, RowNumber,
    Subquery, Sum, Trunc, Upper, Value, When, Window,
)

from conftest import run

D = decimal.Decimal


def titles(queryset):
    return run(queryset.order_by("id").values_list("title", flat=True))


def column(Book, expression):
    """What an expression gives for each book."""
    return run(Book.objects.order_by("id").values_list(flat=True, x=expression))


CONDITIONS = [
    (Q(pages=100) | Q(pages=200), ["Alpha", "Beta"]),
    (Q(pages__gte=100) & Q(pages__lt=300), ["Alpha", "Beta"]),
    (~Q(pages__gte=100), ["Delta", "Epsilon"]),
    (~Q(Q(pages=100) | Q(pages=200)), ["Gamma", "Delta", "Epsilon"]),
    (~(Q(pages=100) | Q(title="Gamma")), ["Beta", "Delta", "Epsilon"]),
    (~~Q(pages=100), ["Alpha"]),
    (Q(Q(pages=100) | Q(pages=200), title__startswith="B"), ["Beta"]),
    (Q(title__in=["Alpha", "Delta"]), ["Alpha", "Delta"]),
    (Q(title__icontains="ELT") | Q(pages__isnull=True), ["Delta"]),
    (Q(writer__name="Ann", price__isnull=True), ["Beta"]),
    (Q(writer__mentor__name="Ann"), ["Gamma", "Delta"]),
    (Q(meta__kind="a") & ~Q(meta__n=1), ["Delta"]),
    (Q(pages__range=(100, 200)), ["Alpha", "Beta"]),
    (Q(pages=None), ["Delta"]),
    (Q(day__year=2021), ["Gamma", "Delta"]),
    (Q(pages__gt=F("price") * 15), ["Epsilon"]),
    (Q(F("pages").gt(150)), ["Beta", "Gamma"]),
    (F("pages").in_([50, 100]) | F("title").exact("Delta"), ["Alpha", "Delta", "Epsilon"]),
    (~F("pages").isnull() & Q(price__lt=5), ["Epsilon"]),
    (F("title").lookup("endswith", "mma"), ["Gamma"]),
    (Lower("title").contains("elta"), ["Delta"]),
    (Q() | Q(pages=50), ["Epsilon"]),
    (Q() & Q(), ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]),
]


@pytest.mark.parametrize("condition, want", CONDITIONS, ids=[repr(c) for c, _ in CONDITIONS])
def test_conditions(Book, condition, want):
    assert titles(Book.objects.filter(condition)) == want
    if condition:
        left = [b for b in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon") if b not in want]
        assert titles(Book.objects.exclude(condition)) == left


def test_q_is_made_step_by_step_and_looked_at(Book):
    q = Q()
    for n in (50, 300):
        q |= Q(pages=n)
    assert titles(Book.objects.filter(q)) == ["Gamma", "Epsilon"]
    assert q._connector == "OR" and not q._negated and len(q._children) == 2
    assert Q(a=1, b=2)._leaves == {"a": 1, "b": 2}
    assert repr(~Q(Q(a=1) | Q(b=2))) == "~Q(Q(Q(a=1) OR Q(b=2)))"
    assert titles(Book.objects.filter(copy.deepcopy(q))) == ["Gamma", "Epsilon"]
    for wrong in (5, "title"):
        with pytest.raises(TypeError):
            Q(wrong)
        with pytest.raises(TypeError):
            Q(a=1) & wrong


def test_arithmetic(Book):
    pages = [100, 200, 300, None, 50]

    def each(fn):
        return [None if n is None else fn(n) for n in pages]

    assert column(Book, F("pages") + 1) == each(lambda n: n + 1)
    assert column(Book, 1000 - F("pages")) == each(lambda n: 1000 - n)
    assert column(Book, F("pages") * 2 - F("id") * 0) == each(lambda n: n * 2)
    assert column(Book, F("pages") / 8) == each(lambda n: n / 8)
    assert column(Book, 100000 / F("pages")) == each(lambda n: 100000 / n)
    assert column(Book, F("pages") % 70) == each(lambda n: n % 70)
    assert column(Book, 500 % F("pages")) == each(lambda n: 500 % n)
    assert column(Book, F("pages") ** 2) == each(lambda n: float(n**2))
    assert column(Book, 2 ** (F("pages") / 50)) == each(lambda n: 2.0 ** (n / 50))
    assert column(Book, -F("pages")) == each(lambda n: -n)
    assert column(Book, F("price") * 2)[0] == D("20.00")
    assert column(Book, F("price") + D("0.25"))[2] == D("30.75")
    assert column(Book, F("day") - dt.date(2020, 1, 1))[:2] == [dt.timedelta(0), dt.timedelta(days=152)]
    assert column(Book, F("day") + dt.timedelta(hours=12))[0] == dt.datetime(2020, 1, 1, 12)


def test_choices(Book):
    case = Case(When(pages__gte=200, then="big"), When(Q(pages__lt=100) | Q(title="Alpha"), "small"), default="none")
    assert column(Book, case) == ["small", "big", "big", "none", "small"]
    assert column(Book, Case(When(pages__gte=200, then=F("pages") + 1))) == [None, 201, 301, None, None]
    assert column(Book, Case(When(F("pages").isnull(), Value("?")), default=F("title")))[2:4] == ["Gamma", "?"]
    assert column(Book, Coalesce("pages", 0)) == [100, 200, 300, 0, 50]


def test_functions(Book):
    assert column(Book, Upper("title"))[0] == "ALPHA"
    assert column(Book, Concat("title", Value("-"), "pages"))[2:4] == ["Gamma-300", "Delta-"]
    assert column(Book, Length("writer__name")) == [3] * 5
    assert column(Book, Extract("day", "year")) == [2020, 2020, 2021, 2021, 2022]
    assert column(Book, Trunc("day", "month"))[2] == dt.date(2021, 3, 1)
    assert column(Book, Cast("pages", "text"))[:2] == ["100", "200"]
    assert column(Book, F("key")) == [__import__("conftest").KEY, None, None, None, None]
    assert column(Book, F("meta").at("tags", 1)) == [None, "y", None, None, None]
    assert column(Book, F("meta").set("a", "b", 1).remove("tags", 0).at("a")) == [{"b": 1}] * 5
    assert column(Book, F("meta").set("a", F("pages")).at("a"))[:2] == [100, 200]
    with pytest.raises(ryx.RyxError, match="takes keys and positions"):
        F("meta").set("a")
    assert column(Book, Raw("3 * ?", [14], type="int")) == [42] * 5
    assert column(Book, Func("coalesce", "pages", 7, type="int"))[2:4] == [300, 7]
    assert column(Book, F("day__year") * 10)[0] == 20200
    assert titles(Book.objects.filter(pages__gt=Length("title") * 10)) == ["Alpha", "Beta", "Gamma"]


def test_windows(Book):
    def over(expression, **options):
        return column(Book, Window(expression, **options))

    assert over(RowNumber(), order_by="-price") == [2, 5, 1, 3, 4]
    assert over(RowNumber(), partition_by="writer", order_by=["-id"]) == [2, 1, 2, 1, 1]
    assert over(DenseRank(), order_by=F("writer").desc()) == [3, 3, 2, 2, 1]
    assert over(Lag("title", 1, "first"), order_by="id")[:3] == ["first", "Alpha", "Beta"]
    assert over(Sum("pages"), order_by="id", frame={"rows": (-1, 0)}) == [100, 300, 500, 300, 50]
    assert over(Sum("pages"), order_by="id", frame={"rows": (None, None)}) == [650] * 5
    assert over(Count(), partition_by=[F("writer")]) == [2, 2, 2, 2, 1]
    best = Book.objects.annotate(n=Window(RowNumber(), partition_by="writer", order_by="-pages")).filter(n=1)
    assert titles(best) == ["Beta", "Gamma", "Epsilon"]


def test_subqueries(Book, Writer):
    def names(queryset):
        return run(queryset.order_by("id").values_list("name", flat=True))

    books = Book.objects.filter(writer=OuterRef("pk"))
    assert names(Writer.objects.filter(Exists(books))) == ["Ann", "Bob", "Cid"]
    assert names(Writer.objects.filter(~Exists(books))) == ["Dan"]
    assert names(Writer.objects.filter(Exists(books.filter(pages__gt=250)) | Q(name="Dan"))) == ["Bob", "Dan"]
    assert names(Writer.objects.filter(Q(name="Dan") | Exists(books.filter(pages__gt=250)))) == ["Bob", "Dan"]
    last = Subquery(books.order_by("-day").values("title").limit(1))
    assert run(Writer.objects.order_by("id").values_list("name", last=last)) == [
        ("Ann", "Beta"), ("Bob", "Delta"), ("Cid", "Epsilon"), ("Dan", None)]
    assert names(Writer.objects.filter(books__in=Book.objects.filter(pages=300))) == ["Bob"]
    assert names(Writer.objects.filter(pk__in=Book.objects.filter(pages__lt=120).values("writer"))) == ["Ann", "Cid"]
    with pytest.raises(ryx.MisuseError, match="OuterRef"):
        run(books.count())


def test_updates_with_expressions(Book):
    async def main():
        async with ryx.transaction() as tx:
            assert await Book.objects.filter(pages__isnull=False).update(pages=F("pages") + 1, title=Upper("title")) == 4
            assert await Book.objects.filter(title="ALPHA", pages=101).exists()
            await Book.objects.filter(title="Delta").update(pages=Case(When(price__gt=5, then=7), default=8))
            assert await Book.objects.filter(pages=7).count() == 1
            await tx.rollback()

    run(main())


def test_every_function_of_the_table_is_a_class_of_its_name():
    rows = ryx._ryx.call(ryx._ryx.function("functions"))
    assert len(rows) > 70
    for row in rows:
        cls = getattr(ryx, row["name"])
        assert cls.__name__ == row["name"] and row["name"] in ryx.__all__ and row["name"] in dir(ryx)
        assert issubclass(cls, ryx.Expression) and row["doc"] in cls.__doc__
    assert issubclass(Count, ryx.Aggregate) and issubclass(Lag, ryx.WindowFunction)
    assert str(inspect.signature(Lag)) == "(expr1, const2=None, value3=None, /)"
    names = {}
    exec("from ryx import *", names)
    assert {"Count", "Sum", "F", "Q", "CTE", "Window", "RyxError"} <= names.keys()


def test_mistakes_are_told_where_they_are_made(Book):
    with pytest.raises(ryx.MisuseError, match="Lower needs 1"):
        Lower()
    with pytest.raises(ryx.MisuseError, match="at most"):
        Lower("a", "b")
    with pytest.raises(TypeError, match="'tz'"):
        Lower("a", tz="UTC")
    with pytest.raises(TypeError, match="then"):
        When(then="x")
    with pytest.raises(TypeError, match="then"):
        When("x")
    with pytest.raises(TypeError, match="exclude"):
        F("a").desc(nulls_first=True, nulls_last=True)
    with pytest.raises(TypeError, match="methods"):
        F("a") > 1
    with pytest.raises(TypeError, match="value to compare"):
        F("a").gt()
    with pytest.raises(TypeError, match="cannot use"):
        F("a") + object()
    with pytest.raises(ryx.MisuseError, match="Window takes"):
        Window(Lower("title"))
    with pytest.raises(ryx.FieldError, match="title"):
        Book.objects.filter(Q(titel="x"))
    with pytest.raises(ryx.MisuseError, match="QuerySet"):
        Book.objects.filter(Book.objects.all())
    # What is wrong inside of a Q is told as it is.
    with pytest.raises(OverflowError):
        Book.objects.filter(Q(Q(pages=2**70)))
    assert "F\"pages\"" in repr(F("pages") + 1)
    assert copy.deepcopy(F("pages")) is not None
