# SPDX-License-Identifier: MIT
"""Aggregates over all rows, by group and over relations."""
import decimal

import pytest

import ryx
from ryx import (
    ArrayAgg, Avg, BoolOr, Coalesce, Count, Extract, F, JSONAgg, Max, Median, Min, Mode, Percentile, Q, Raw, RawAgg, StdDev, StringAgg,
    Sum, Upper, Variance,
)

from conftest import run

D = decimal.Decimal


def test_over_all_rows(Book):
    async def main():
        assert await Book.objects.aggregate(n=Count(), pages=Count("pages"), total=Sum("pages"), mean=Avg("pages")) == {
            "n": 5, "pages": 4, "total": 650, "mean": 162.5}
        row = await Book.objects.aggregate(z=Min("price"), a=Max("day"))
        assert list(row) == ["z", "a"] and row["z"] == D("1.00") and row["a"].year == 2022
        assert await Book.objects.aggregate(n=Count("*")) == {"n": 5}
        none = Book.objects.filter(pages__gt=1000)
        assert await none.aggregate(n=Count(), total=Sum("pages")) == {"n": 0, "total": None}
        assert await none.aggregate(total=Sum("pages", default=0)) == {"total": 0}
        assert await Book.objects.none().aggregate(n=Count(), total=Sum("pages")) == {"n": 0, "total": None}
        assert await Book.objects.order_by("-pages")[:2].aggregate(total=Sum("pages")) == {"total": 500}
        got = await Book.objects.aggregate(spread=StdDev("pages"), sample=StdDev("pages", sample=True), v=Variance("pages"))
        assert await Book.objects.aggregate(m=Median("pages"), p=Percentile("pages", 0.9), o=Mode("pages")) == {
            "m": 150.0, "p": 270.0, "o": 50}
        assert round(got["spread"], 3) == 96.014 and round(got["sample"], 3) == 110.868 and got["v"] == 9218.75

    run(main())


def test_options(Book):
    async def main():
        got = await Book.objects.aggregate(
            writers=Count("writer", distinct=True), big=Count("id", filter=Q(pages__gte=200)),
            cheap=Sum("pages", filter=Q(price__lt=5) | Q(price=None)), all=Count(filter=Q()),
            names=StringAgg("title", "/", order_by="-title"), pair=StringAgg("title", ", ", filter=Q(writer__name="Ann"),
                                                                            order_by=["day"]))
        assert got == {"writers": 3, "big": 2, "cheap": 250, "all": 5, "names": "Gamma/Epsilon/Delta/Beta/Alpha",
                       "pair": "Alpha, Beta"}
        got = await Book.objects.aggregate(a=ArrayAgg("pages", order_by=F("id").asc()), j=JSONAgg("title", order_by="id"),
                                           any=BoolOr(Q(pages__gt=250)))
        assert got == {"a": [100, 200, 300, None, 50], "j": ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"], "any": True}

    run(main())


def test_over_relations(Writer):
    async def main():
        rows = await Writer.objects.annotate(
            n=Count("books"), pages=Sum("books__pages"), taught=Count("students"),
            big=Count("books", filter=Q(books__pages__gte=200))).order_by("name")
        assert [(w.name, w.n, w.pages, w.taught, w["big"]) for w in rows] == [
            ("Ann", 2, 300, 1, 1), ("Bob", 2, 300, 1, 1), ("Cid", 1, 50, 0, 0), ("Dan", 0, None, 0, 0)]
        assert await Writer.objects.annotate(n=Count("books.id")).filter(n=0).values_list("name", flat=True) == ["Dan"]
        top = await Writer.objects.annotate(n=Coalesce(Sum("books__pages"), 0)).order_by("-n", "name").first()
        assert (top.name, top.n) == ("Ann", 300)

    run(main())


def test_by_group(Book):
    async def main():
        by_year = Book.objects.values(year=Extract("day", "year")).annotate(n=Count(), total=Sum("pages")).order_by("year")
        assert await by_year == [{"year": 2020, "n": 2, "total": 300}, {"year": 2021, "n": 2, "total": 300},
                                 {"year": 2022, "n": 1, "total": 50}]
        assert await by_year.filter(n__gt=1).values_list("year", flat=True) == [2020, 2021]
        assert await by_year.filter(n=1).get() == {"year": 2022, "n": 1, "total": 50}
        assert await by_year.count() == 3
        rows = await Book.objects.values_list("writer__name").annotate(n=Max("price")).order_by("writer__name")
        assert rows == [("Ann", D("10.00")), ("Bob", D("30.50")), ("Cid", D("1.00"))]
        shouted = await Book.objects.values(who=Upper("writer__name")).annotate(n=Count("id")).order_by("-n", "who")
        assert [r["who"] for r in shouted] == ["ANN", "BOB", "CID"]
        assert await by_year.aggregate(most=Max("n")) == {"most": 2}

        assert await Book.objects.aggregate(n=RawAgg("count(*) * ?", [2], type="int")) == {"n": 10}

    run(main())


def test_mistakes(Book):
    with pytest.raises(ryx.FieldError, match="no aggregate"):
        run(Book.objects.aggregate(x=F("pages")))
    with pytest.raises(ryx.FieldError, match="takes numbers"):
        run(Book.objects.aggregate(x=Sum("title")))
    with pytest.raises(TypeError, match="keyword"):
        Raw("count(*)", "n")
    with pytest.raises(TypeError, match="'output'"):
        Sum("pages", output="int")
    with pytest.raises(ryx.MisuseError, match="names nothing"):
        run(Book.objects.aggregate())
