# SPDX-License-Identifier: MIT
"""What querysets give: shapes of rows, orders, sets, CTEs, pages, locks."""
import asyncio
import datetime as dt
import decimal
import os
import warnings

import pytest

import ryx
from ryx import CTE, Concat, Count, Extract, F, Q, Search, SearchRank, Upper, Value

from conftest import KEY, growth

D = decimal.Decimal


def run(awaitable):
    async def main():
        return await awaitable

    return asyncio.run(main())


def titles(queryset):
    return run(queryset.values_list("title", flat=True))


def test_annotations_are_attributes_and_items(Book):
    async def main():
        qs = Book.objects.annotate(shout=Upper("title"), half=F("pages") / 2).order_by("id")
        rows = await qs
        assert [r.shout for r in rows] == ["ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON"]
        assert rows[0]["shout"] == "ALPHA" and rows[0]["title"] == "Alpha" and rows[3]["half"] is None
        assert isinstance(rows[0], Book) and rows[0].meta == {"kind": "a", "n": 1} and rows[0].key == KEY
        with pytest.raises(KeyError, match="nothing"):
            rows[0]["nothing"]
        with pytest.raises(AttributeError, match="nothing"):
            rows[0].nothing
        assert (await qs.get(title="Beta")).shout == "BETA"
        assert (await qs.first()).shout == "ALPHA" and (await qs.last()).shout == "EPSILON"
        assert [r.shout async for r in qs.filter(shout__endswith="TA")] == ["BETA", "DELTA"]
        first = rows[0]
        first.title = "Alpha"
        await first.save()
        assert first.shout == "ALPHA"
        # In the order they are written, one may use those before it.
        row = await Book.objects.annotate(z=F("pages") + 1, a=F("z") + 1).get(title="Alpha")
        assert (row.z, row.a) == (101, 102)
        assert not hasattr(await Book.objects.alias(z=F("pages")).filter(z=100).get(), "z")

    run(main())


def test_values_are_dicts_that_have_every_key(Book):
    async def main():
        rows = await Book.objects.order_by("id").values("title", "pages", "writer__name", year=Extract("day", "year"))
        assert rows[3] == {"title": "Delta", "pages": None, "writer__name": "Bob", "year": 2021}
        assert all(type(r) is dict and len(r) == 4 for r in rows)
        whole = await Book.objects.values().get(title="Alpha")
        assert whole == {"id": whole["id"], "title": "Alpha", "writer_id": whole["writer_id"], "pages": 100,
                         "price": D("10.00"), "day": dt.date(2020, 1, 1), "key": KEY, "meta": {"kind": "a", "n": 1}}
        assert await Book.objects.filter(pages=9).values().first() is None
        assert await Book.objects.values("title").order_by("title").first() == {"title": "Alpha"}
        assert await Book.objects.none().values("title") == []
        assert [r async for r in Book.objects.order_by("id").values("pages")][3] == {"pages": None}

    run(main())


def test_values_lists_are_tuples_values_and_named_tuples(Book):
    async def main():
        qs = Book.objects.order_by("id")
        assert await qs.values_list("title", "pages")[2:4] == [("Gamma", 300), ("Delta", None)]
        assert await Book.objects.dates("day", "year") == [dt.date(year, 1, 1) for year in (2020, 2021, 2022)]
        assert (await Book.objects.dates("day", "month", order="DESC"))[0].day == 1
        assert await qs.values_list("pages", flat=True) == [100, 200, 300, None, 50]
        assert await qs.values_list("writer__name", flat=True).distinct().order_by("writer__name") == ["Ann", "Bob", "Cid"]
        assert await qs.values_list("pages", flat=True).last() == 50
        assert await qs.values_list("pages", flat=True)[3:4].get() is None
        rows = await qs.values_list("title", "writer__name", named=True)
        assert rows[0] == ("Alpha", "Ann") and rows[0].writer__name == "Ann" and rows[0]._fields == ("title", "writer__name")
        assert type(rows[0]) is type(rows[4]) and rows[0]._asdict() == {"title": "Alpha", "writer__name": "Ann"}
        assert (await qs.values_list("title", "pages", named=True).get(title="Delta")).pages is None
        assert [r.title async for r in qs.values_list("title", "id", named=True)][1] == "Beta"
        assert len((await qs.values_list())[0]) == 8

    run(main())
    with pytest.raises(ryx.MisuseError, match="flat takes one"):
        Book.objects.values_list("title", "pages", flat=True)
    with pytest.raises(ryx.MisuseError, match="exclude"):
        Book.objects.values_list("title", flat=True, named=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_fields_that_were_left_out_load_when_they_are_touched(Book):
    async def main():
        some = await Book.objects.only("title").get(title="Delta")
        assert sorted(k for k in some.__dict__ if k[0] != "_") == ["id", "title"]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert some.price == D("7.25") and some["day"] == dt.date(2021, 3, 5) and some.pages is None
        assert {w.category for w in caught} == {RuntimeWarning} and "PyBook.price" in str(caught[0].message)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert (await Book.objects.only("title").get(title="Delta")).writer.name == "Bob"
        less = await Book.objects.defer("meta", "day").annotate(n=F("pages")).get(title="Alpha")
        assert "meta" not in less.__dict__ and less.n == 100
        less.title = "Alphabet"
        await less.save()
        assert await Book.objects.values("title", "day", "meta").get(pk=less.pk) == {
            "title": "Alphabet", "day": dt.date(2020, 1, 1), "meta": {"kind": "a", "n": 1}}
        other = await Book.objects.only("pages").get(pk=less.pk)
        await other.refresh_from_db(["title"])
        assert (other.title, other.day) == ("Alphabet", dt.date(2020, 1, 1))
        other.title = "Alpha"
        await other.save(update_fields=["title"])
        assert [b.title async for b in Book.objects.only("title").order_by("id")][:2] == ["Alpha", "Beta"]

    run(main())


def test_orders(Book):
    by = Book.objects.order_by
    assert titles(by("pages"))[:2] == ["Delta", "Epsilon"]
    assert titles(by(F("pages").asc(nulls_last=True))) == ["Epsilon", "Alpha", "Beta", "Gamma", "Delta"]
    assert titles(by(F("pages").desc(nulls_first=True)))[:2] == ["Delta", "Gamma"]
    assert titles(by("-writer__name", "title"))[:3] == ["Epsilon", "Delta", "Gamma"]
    assert titles(by("writer__name", F("pages").desc()).reverse())[:3] == ["Epsilon", "Delta", "Gamma"]
    assert sorted(titles(by("?"))) == ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"]
    assert titles(by("writer", "-day").distinct("writer")) == ["Beta", "Delta", "Epsilon"]
    with pytest.raises(ryx.FieldError, match="pages"):
        by("page")


def test_one_of_many(Book):
    async def main():
        assert (await Book.objects.earliest("day")).title == "Alpha"
        assert (await Book.objects.latest("pages")).title == "Gamma"
        assert (await Book.objects.values("title").latest("writer__name", "-day")) == {"title": "Epsilon"}
        with pytest.raises(Book.DoesNotExist):
            await Book.objects.none().latest("day")
        qs = Book.objects.order_by("id")
        assert (await qs[1:4].last()).title == "Delta" and (await qs.limit(2).last()).title == "Beta"
        assert await qs[5:9].last() is None
        assert (await qs[2:3].get()).title == "Gamma"
        with pytest.raises(Book.MultipleObjectsReturned):
            await qs[1:4].get()
        with pytest.raises(Book.DoesNotExist):
            await qs[7:8].get()
        ids = await qs.values_list("id", flat=True)
        found = await Book.objects.in_bulk([ids[0], ids[2], -1])
        assert {k: v.title for k, v in found.items()} == {ids[0]: "Alpha", ids[2]: "Gamma"}
        assert (await Book.objects.in_bulk(["Beta"], field_name="title"))["Beta"].pages == 200
        assert await Book.objects.in_bulk([]) == {}

    run(main())


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


def test_comments(Book):
    assert Book.objects.filter(title="Alpha").comment("front page").sql().endswith(" /* front page */")
    assert titles(Book.objects.filter(title="Alpha").comment("front page")) == ["Alpha"]
    with pytest.raises(ryx.MisuseError, match="comment"):
        Book.objects.comment("*/ DROP TABLE books")


def test_locks(Book, url):
    async def main():
        locked = Book.objects.filter(title="Alpha").for_update()
        with pytest.raises(ryx.MisuseError, match="transaction"):
            await locked
        async with ryx.transaction():
            assert [b.title for b in await locked] == ["Alpha"]
            assert (await Book.objects.select_for_update(nowait=True).get(title="Beta")).pages == 200

    run(main())
    with pytest.raises(ryx.MisuseError, match="exclude"):
        Book.objects.for_update(nowait=True, skip_locked=True)


def test_pages_by_number(Book):
    async def main():
        page = await Book.objects.order_by("title").paginate(page=2, size=2)
        assert [b.title for b in page] == ["Delta", "Epsilon"] and len(page) == 2
        assert (page.page, page.size, page.total, page.pages) == (2, 2, 5, 3)
        assert page.has_next and page.has_previous and page.next is None
        last = await Book.objects.order_by("title").values("title").paginate(page=3, size=2)
        assert last.rows == [{"title": "Gamma"}] and not last.has_next
        assert (await Book.objects.paginate(page=9)).rows == []
        with pytest.raises(ryx.MisuseError, match="one of"):
            await Book.objects.paginate(page=1, after="x")

    run(main())


@pytest.mark.parametrize("order", [("-pages",), ("day",), (F("pages").asc(nulls_last=True),), ("price", "-title"), ("key",)])
def test_pages_by_cursor(Book, order):
    async def main():
        qs = Book.objects.order_by(*order)
        want = [b.title for b in await qs.order_by(*order, "pk")]
        seen, page = [], await qs.paginate(size=2)
        assert not page.has_previous and page.previous is None
        while True:
            assert not [k for k in page.rows[0].__dict__ if k.startswith("ryx_")]
            seen += [b.title for b in page]
            if not page.has_next:
                break
            page = await qs.paginate(size=2, after=page.next)
        assert seen == want
        back = await qs.paginate(size=2, before=page.previous)
        assert [b.title for b in back] == want[2:4]
        dicts = await qs.values("title").paginate(size=2, after=back.next)
        assert dicts.rows == [{"title": want[4]}]
        with pytest.raises(ryx.MisuseError, match="cursor"):
            await qs.paginate(after="nonsense")
        empty = await Book.objects.filter(pages=-1).paginate()
        assert empty.rows == [] and not empty.has_next

    run(main())


def test_looking_at_a_query(Book):
    async def main():
        qs = Book.objects.filter(pages__gt=1).order_by("title")
        assert qs.query == qs.sql() and qs.query.startswith("SELECT") and "ORDER BY" in qs.query
        assert "py_books" in await qs.explain() or "SIMPLE" in await qs.explain()
        try:
            assert await qs.explain(analyze=True)
        except ryx.UnsupportedError:
            pass
        assert "no rows" in await qs.none().explain()

    run(main())


def test_streams_of_pages_and_dicts(Book):
    async def main():
        qs = Book.objects.order_by("id")
        assert [[b.title for b in part] async for part in qs.stream(page_size=2)] == [
            ["Alpha", "Beta"], ["Gamma", "Delta"], ["Epsilon"]]
        assert [r["title"] async for r in qs.stream(as_dict=True)][:2] == ["Alpha", "Beta"]
        assert [b.title async for b in qs.iterator(chunk_size=2)][3:] == ["Delta", "Epsilon"]
        assert [v async for v in qs.values_list("pages", flat=True).stream(chunk_size=2)] == [100, 200, 300, None, 50]

    run(main())


def test_the_manager_has_them_all(Book):
    async def main():
        assert (await Book.objects.values_list("title", flat=True).order_by("id"))[0] == "Alpha"
        assert len(await Book.objects.only("title")) == 5
        assert await Book.objects.in_bulk([]) == {}
        assert await Book.objects.filter(pk__in=Book.objects).count() == 5

    run(main())


def test_rows_on_another_alias(Book, url):
    async def main():
        ryx.setup({"default": url, "second": url})
        rows = await Book.objects.using("second").annotate(n=F("pages")).order_by("id")
        assert rows[0]._alias == "second" and rows[0].n == 100
        assert len(await Book.objects.using("second").values("title")) == 5
        ryx.setup(url)

    run(main())


def test_no_shape_leaves_objects_behind(Book):
    async def work():
        await Book.objects.annotate(n=Upper("title")).order_by("id")
        await Book.objects.values("title", "price", n=F("pages") + 1)
        await Book.objects.values_list("title", "meta")
        await Book.objects.values_list("title", "meta", named=True)
        await Book.objects.values_list("title", flat=True).first()
        await Book.objects.filter(Q(pages=1) | ~Q(title="x")).aggregate(n=Count())
        await Book.objects.only("title").order_by("id")
        await Book.objects.order_by("title").paginate(size=2)
        async for _ in Book.objects.values().stream(chunk_size=2):
            pass
        for broken in (lambda: Book.objects.filter(Q(nope=1)), lambda: Book.objects.annotate(n=F("nope"))):
            with pytest.raises(ryx.FieldError):
                broken()

    objects, blocks, of_book, of_none = growth(work, Book, None)
    assert objects < 50 and blocks < 500 and of_book < 20 and of_none < 100, (objects, blocks, of_book, of_none)


def test_searches_find_words_and_rank_rows(ns, database):
    Page = ns.PyPage

    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS py_pages")
        await ryx.migrate([Page])
        await Page.objects.bulk_create([Page(title="Red fox", body="walls"), Page(title="Dog", body="red hens")])
        red, fields = Search("title", "red"), ["title", "body"]
        found = Page.objects.order_by("id").values_list("title", flat=True)
        assert await found.filter(title__search="fox") == ["Red fox"]
        assert await found.filter(Search(fields, "RED")) == ["Red fox", "Dog"]
        assert await found.filter(~Q(red)) == await found.exclude(red) == ["Dog"]
        assert await found.filter(Q(red) | Q(title="Dog")) == ["Red fox", "Dog"]
        rows = await Page.objects.annotate(hit=red, score=SearchRank(fields, "red")).order_by("id").values("hit", "score")
        assert [r["hit"] for r in rows] == [True, False] and all(r["score"] > 0 for r in rows)
        with pytest.raises(ryx.FieldError, match="titel"):
            Page.objects.filter(Search("titel", "red"))

    run(main())
