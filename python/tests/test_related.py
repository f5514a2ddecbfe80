# SPDX-License-Identifier: MIT
"""Relations of rows: those that come with them, and those that are touched."""
import warnings

import pytest

import ryx
from ryx import Count, F, Prefetch, Q

from conftest import growth, run


@pytest.fixture(autouse=True)
def no_touch():
    """A relation that is touched without being loaded is an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def names(rows):
    return sorted(r.name for r in rows)


def test_select_related(Book, Writer):
    async def main():
        books = await Book.objects.select_related("writer", "writer__mentor").order_by("id")
        assert [b.writer.name for b in books] == ["Ann", "Ann", "Bob", "Bob", "Cid"]
        assert [b.writer.mentor and b.writer.mentor.name for b in books] == [None, None, "Ann", "Ann", "Bob"]
        assert isinstance(books[2].writer.mentor, Writer) and books[2].writer.mentor.born == 1950
        assert books[0].meta == {"kind": "a", "n": 1}
        one = await Book.objects.select_related().annotate(n=F("pages") * 2).get(title="Gamma")
        assert one.writer.name == "Bob" and one.n == 600 and one["n"] == 600
        assert (await Book.objects.select_related("writer").only("title", "writer__name").first()).writer.name == "Ann"
        assert [b.writer.name async for b in Book.objects.select_related("writer").order_by("-id")][0] == "Cid"
        page = await Book.objects.select_related("writer").order_by("pages").paginate(size=2)
        assert [b.writer.name for b in page] == ["Bob", "Cid"]
        books[0].writer.name = "Ann"
        await books[0].writer.save()
        with pytest.raises(RuntimeWarning):
            (await Book.objects.select_related("writer").select_related(None).first()).writer

    run(main())
    with pytest.raises(ryx.FieldError, match="prefetch_related"):
        Writer.objects.select_related("books")


def test_select_related_of_a_one_to_one(Writer, library):
    async def main():
        writers = await Writer.objects.select_related("desk").order_by("name")
        assert [w.desk and w.desk.label for w in writers] == ["oak", None, None, None]
        assert writers[0].desk.writer is writers[0]
        desk = await library.PyDesk.objects.select_related("writer").get()
        assert desk.writer.name == "Ann" and desk.writer.desk is desk

    run(main())


def test_prefetch_related(Book, Writer):
    async def main():
        writers = await Writer.objects.prefetch_related("books", "students").order_by("name")
        assert [[b.title for b in await w.books] for w in writers] == [
            ["Alpha", "Beta"], ["Gamma", "Delta"], ["Epsilon"], []]
        assert [names(await w.students.all()) for w in writers] == [["Bob"], ["Cid"], [], []]
        first = (await writers[0].books)[0]
        assert first.writer is writers[0] and first.meta == {"kind": "a", "n": 1}
        assert await writers[0].books.filter(pages__gt=100).count() == 1
        assert await writers[0].books.order_by("-id").values_list("title", flat=True) == ["Beta", "Alpha"]

        books = await Book.objects.prefetch_related("writer__mentor").annotate(n=F("pages") + 1).order_by("id")
        assert [b.writer.name for b in books] == ["Ann", "Ann", "Bob", "Bob", "Cid"]
        assert books[0].writer is books[1].writer and books[2].writer.mentor.name == "Ann"
        assert [b.n for b in books] == [101, 201, 301, None, 51] and books[3].pages is None
        assert [b.writer.name async for b in Book.objects.prefetch_related("writer").order_by("id").stream(chunk_size=2)][
            1:3] == ["Ann", "Bob"]
        assert (await Book.objects.prefetch_related("writer").latest("day")).writer.name == "Cid"
        page = await Book.objects.prefetch_related("writer").order_by("-pages").paginate(size=2)
        assert [b.writer.name for b in page] == ["Bob", "Ann"]

    run(main())


def test_prefetch_with_a_queryset_of_its_own(Book, Writer):
    async def main():
        long = Prefetch("books", queryset=Book.objects.filter(pages__gte=200).order_by("-pages"), to="long")
        last = Prefetch("books", queryset=Book.objects.only("title").order_by("-day"), limit=1)
        writers = await Writer.objects.prefetch_related(long, last).order_by("name")
        assert [[b.title for b in w.long] for w in writers] == [["Beta"], ["Gamma"], [], []]
        assert [[b.title for b in await w.books] for w in writers] == [["Beta"], ["Delta"], ["Epsilon"], []]
        assert "pages" not in (await writers[0].books)[0].__dict__

    run(main())
    with pytest.raises(ryx.MisuseError, match="whole"):
        Prefetch("books", limit=0)
    with pytest.raises(ryx.FieldError, match="books"):
        Writer.objects.prefetch_related("book_s")


def test_the_other_side_of_an_instance(Book, Writer):
    async def main():
        ann = await Writer.objects.get(name="Ann")
        assert len(await ann.books) == 2 and await ann.books.filter(Q(pages=100)).exists()
        assert names(await ann.students.annotate(n=Count("books"))) == ["Bob"]
        made = await ann.books.create(title="Zeta", day="2024-01-01")
        assert isinstance(made, Book) and made.writer_id == ann.pk and await ann.books.count() == 3
        await made.delete()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert ann.desk.label == "oak"
            assert (await Writer.objects.get(name="Bob")).desk is None
        with pytest.raises(ryx.MisuseError, match="not saved"):
            Writer(name="new").books
        assert not hasattr(ann, "nothing")

    run(main())


def test_related_rows_leave_nothing_behind(Book, Writer):
    async def work():
        await Book.objects.select_related("writer__mentor").order_by("id")
        await Writer.objects.select_related("desk")
        for w in await Writer.objects.prefetch_related("books__writer", Prefetch("students", limit=1, to="some")):
            await w.books

    objects, blocks, of_book, of_none = growth(work, Book, None)
    assert objects < 50 and blocks < 500 and of_book < 20 and of_none < 100, (objects, blocks, of_book, of_none)


def test_what_is_in_the_way_of_a_delete_is_named(ns, database):
    async def main():
        for table in ("py_boxes", "py_shelves", "py_shelfs"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([ns.PyShelf, ns.PyBox])
        shelf = await ns.PyShelf.objects.create(name="top")
        box = await ns.PyBox.objects.create(shelf=shelf)
        for delete in (shelf.delete, ns.PyShelf.objects.filter(name="top").delete):
            with pytest.raises(ryx.ProtectedError, match=f"PyBox.shelf .* of {box.pk}") as caught:
                await delete()
            assert caught.value.model == "PyBox" and caught.value.field == "shelf"
        assert await ns.PyShelf.objects.count() == 1
        await box.delete()
        await shelf.delete()

    run(main())
