# SPDX-License-Identifier: MIT
"""Pages by number and by cursor, streams."""
import pytest

import ryx
from ryx import F

from conftest import run


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


def test_streams_of_pages_and_dicts(Book):
    async def main():
        qs = Book.objects.order_by("id")
        assert [[b.title for b in part] async for part in qs.stream(page_size=2)] == [
            ["Alpha", "Beta"], ["Gamma", "Delta"], ["Epsilon"]]
        assert [r["title"] async for r in qs.stream(as_dict=True)][:2] == ["Alpha", "Beta"]
        assert [b.title async for b in qs.iterator(chunk_size=2)][3:] == ["Delta", "Epsilon"]
        assert [v async for v in qs.values_list("pages", flat=True).stream(chunk_size=2)] == [100, 200, 300, None, 50]

    run(main())
