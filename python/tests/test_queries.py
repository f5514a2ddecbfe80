# SPDX-License-Identifier: MIT
"""What querysets give: shapes of rows, orders, locks, searches."""
import datetime as dt
import decimal
import warnings

import pytest

import ryx
from ryx import Count, Extract, F, Q, Search, SearchRank, Upper

from conftest import KEY, growth, run, titles

D = decimal.Decimal


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


def test_the_last_of_nothing_is_none(Book):
    async def main():
        nothing = Book.objects.filter(pages=9)
        assert await nothing.last() is None and await nothing.values().last() is None
        assert await nothing.limit(3).last() is None and await Book.objects.none().last() is None

    run(main())


class Mapping:
    def __init__(self, **items):
        self._items = items

    def keys(self):
        return self._items.keys()

    def __getitem__(self, key):
        return self._items[key]

    def __iter__(self):
        return iter(self._items)


def test_any_iterable_is_a_list(Book):
    assert titles(Book.objects.filter(pages__in=range(50, 101, 50)).order_by("id")) == ["Alpha", "Epsilon"]
    assert titles(Book.objects.filter(pages__in=(n for n in (200, 300))).order_by("id")) == ["Beta", "Gamma"]
    assert titles(Book.objects.filter(pages__in={100: 1}.keys())) == ["Alpha"]
    assert titles(Book.objects.filter(Q(pages__range=map(int, "09"), title="Beta") | Q(pages__in=iter([50])))) == ["Epsilon"]
    assert titles(Book.objects.filter(meta=Mapping(kind="a"))) == ["Delta"]
    with pytest.raises(ZeroDivisionError):
        Book.objects.filter(pages__in=(1 // n for n in range(2)))
    with pytest.raises(TypeError, match="asynchronous"):
        Book.objects.filter(pages__in=(n for n in Book.objects))
    # The first where no model of the process has a field of one's own.
    for wrong in (object(), int, lambda: 1):
        with pytest.raises((TypeError, ryx.MisuseError)):
            Book.objects.filter(pages__in=wrong)


def test_a_lookup_after_json(Book):
    whole = Book.objects.order_by("id")
    assert titles(whole.filter(meta__json__contains={"kind": "a"})) == ["Alpha", "Delta"]
    assert titles(whole.filter(Q(meta__json__has_keys=["kind", "tags"]) | Q(title="Gamma"))) == ["Beta", "Gamma"]
    assert titles(whole.filter(meta__json__has_key="tags", meta__json__contained_by={"kind": "b"})) == []
    assert titles(whole.exclude(meta__json__isnull=True).filter(writer__books__meta__json__has_key="tags")) == [
        "Alpha", "Beta"]
    # What is no lookup is a key.
    assert titles(whole.filter(meta__json__n=1)) == ["Alpha"] and titles(whole.filter(meta__json="x")) == []
