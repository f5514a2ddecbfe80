# SPDX-License-Identifier: MIT
"""Sets, CTEs, trees and joins."""
import os

import pytest

import ryx
from ryx import CTE, Concat, Count, F, Value

from conftest import run, titles


def test_set_operations(Book, Writer):
    big, of_bob = Book.objects.filter(pages__gte=200), Book.objects.filter(writer__name="Bob")
    assert titles(big.union(of_bob).order_by("title")) == ["Beta", "Delta", "Gamma"]
    assert titles(big.intersection(of_bob)) == ["Gamma"]
    assert titles(of_bob.difference(big)) == ["Delta"]
    assert len(run(big.values("title").union(of_bob.values("title"), all=True))) == 4
    assert run(big.union(of_bob, Book.objects.filter(title="Alpha")).count()) == 4
    rows = run(big.annotate(n=F("pages") * 2).union(of_bob.annotate(n=F("pages") * 3)).order_by("-n"))
    assert isinstance(rows[0], Book) and [r.n for r in rows] == [900, 600, 400, None]
    with pytest.raises(ryx.MisuseError, match="in common"):
        big.union(Writer.objects.all())
    with pytest.raises(ryx.MisuseError, match="at least one"):
        big.union()


def test_ctes(Book, Writer):
    async def main():
        busy = CTE("busy", Book.objects.values("writer").annotate(n=Count("id")))
        qs = Writer.objects.with_(busy, on={"writer": "pk"}).filter(busy__n__gt=1)
        assert await qs.order_by("name").values_list("name", "busy__n") == [("Ann", 2), ("Bob", 2)]
        left = Writer.objects.with_(busy, on={"writer": "pk"}, kind="left").annotate(n=F("busy__n")).order_by("name")
        assert [(w.name, w.n) for w in await left] == [("Ann", 2), ("Bob", 2), ("Cid", 1), ("Dan", None)]
        assert await busy.rows().order_by("-n").values_list("n", flat=True) == [2, 2, 1]

        tree = CTE("tree", Writer.objects.filter(name="Ann"), depth="level", max_depth=1,
                   recursive=lambda within: Writer.objects.with_(within, on={"id": "mentor"}))
        assert [(w.name, w.level) for w in await tree.rows().order_by("level")] == [("Ann", 0), ("Bob", 1)]
        assert repr(tree) == "<CTE tree of PyWriter>"

        def broken(within):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            CTE("broken", Writer.objects.all(), recursive=broken)
        with pytest.raises(ryx.MisuseError, match="must join"):
            await CTE("lost", Writer.objects.all(), recursive=lambda within: Writer.objects.all()).rows()
        with pytest.raises(ryx.MisuseError, match="name"):
            CTE("not a name", Writer.objects.all())

    run(main())


def test_trees(Writer):
    async def main():
        below = await Writer.objects.filter(name="Ann").descendants().order_by("depth")
        assert [(w.name, w.depth) for w in below] == [("Ann", 0), ("Bob", 1), ("Cid", 2)]
        qs = Writer.objects.filter(name="Ann").descendants(depth="level", max_depth=1, include_self=False)
        assert [(w.name, w["level"]) for w in await qs] == [("Bob", 1)]
        tree = Writer.objects.filter(mentor__isnull=True).descendants(depth_first=["-name"], path="way")
        assert [(w.name, len(w["way"])) for w in await tree] == [("Dan", 1), ("Ann", 1), ("Bob", 2), ("Cid", 3)]
        tree = CTE("tree", Writer.objects.filter(name="Ann"), path="way",
                   recursive=lambda rows: Writer.objects.with_(rows, on={"id": "mentor"}))
        assert [len(w["way"]) for w in await tree.rows().order_by("name")] == [1, 2, 3]
        up = Writer.objects.filter(name="Cid").ancestors(field="mentor").order_by("depth")
        assert await up.values_list("name", flat=True) == ["Cid", "Bob", "Ann"]

    run(main())


class Undo(Exception):
    """Takes a transaction back."""


def test_ctes_that_write(Writer):
    async def main():
        gone = CTE("gone", Writer.objects.filter(name="Dan"), delete=True, returning=["name"])
        named = {"name": Concat("name", Value("y"))}
        renamed = CTE("named", Writer.objects.filter(name="Cid"), update=named, returning=True)
        new = CTE("new", Writer.objects, bulk_create=[Writer(name="Eve"), {"name": "Fay"}], returning=["name"])
        try:
            async with ryx.transaction():
                assert await gone.rows() == [{"name": "Dan"}]
                assert [w.name for w in await renamed.rows()] == ["Cidy"]
                assert await new.rows() == [{"name": "Eve"}, {"name": "Fay"}]
                raise Undo
        except ryx.UnsupportedError:
            assert not os.environ.get("RYX_TEST_URL", "").startswith("postgres")
        except Undo:
            pass
        with pytest.raises(TypeError, match="deleet"):
            CTE("x", Writer.objects.all(), deleet=True)

    run(main())


def test_joins(Book, Writer):
    async def main():
        qs = Book.objects.join("py_writers", "py_books.writer_id = py_writers.id").order_by("id")
        assert await qs.values_list("title", "py_writers__name")[:1] == [("Alpha", "Ann")]
        qs = Writer.objects.join(Book, {"writer": "id"}, alias="b", kind="LEFT").filter(b__title=None)
        assert await qs.values_list("name", flat=True) == ["Dan"]
        assert await Writer.objects.join(Book, kind="CROSS").count() == 20
        rows = Book.objects.values("writer").annotate(n=Count("id"))
        qs = Writer.objects.join(rows, {"writer": "pk"}, alias="mine").filter(mine__n__gt=1).order_by("name")
        assert await qs.values_list("name", "mine__n") == [("Ann", 2), ("Bob", 2)]

    run(main())
    with pytest.raises(ryx.MisuseError, match="kind"):
        Book.objects.join("py_writers", "writer_id = py_writers.id", kind="SIDEWAYS")
