# SPDX-License-Identifier: MIT
"""Many rows at once, in both ways of saying it; rows that may be there already."""
import inspect

import pytest

import ryx
from ryx import F, bulk_create, bulk_delete, bulk_update, stream

from blog import BlogAuthor as Author, BlogKey as Key, BlogPost as Post, open_blog
from conftest import run


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)


def posts(n=3):
    return [Post(title=f"New {i}", views=i) for i in range(n)]


def test_bulk_create_takes_a_list_or_a_model_and_a_list():
    async def main():
        for created in (
            await bulk_create(posts(), batch_size=2), await bulk_create(Post, posts()),
            await bulk_create(Post, iter(posts()), validate=True), await Post.objects.bulk_create(posts(), batch_size=500),
            await Post.objects.bulk_create(posts(), 2), await bulk_create(model=Post, instances=posts()),
        ):
            assert [p.title for p in created] == ["New 0", "New 1", "New 2"]
            assert [p.pk for p in created] == sorted(p.pk for p in created)
            again = await Post.objects.get(pk=created[1].pk)
            assert again == created[1] and again.views == 1
        assert await Post.objects.count() == 5 + 6 * 3
        assert await bulk_create([]) == [] == await bulk_create(Post, [])

    run(main())
    with pytest.raises(TypeError, match="takes objects of a model, not 5"):
        run(bulk_create([5]))
    with pytest.raises(TypeError, match="is none"):
        run(bulk_create(Post, [Author(name="x")]))
    with pytest.raises(TypeError, match="a model and a list"):
        run(bulk_create(Post))


def test_bulk_create_validates_only_when_it_is_told_to():
    async def main():
        with pytest.raises(ryx.ValidationError, match="author|text|title"):
            await bulk_create([Post(title="")], validate=True)
        assert await bulk_create([Post(title="")])
        with pytest.raises(ryx.MisuseError, match="batch_size"):
            await bulk_create(posts(), batch_size=0)

    run(main())


def test_bulk_create_ignores_what_is_there():
    async def main():
        twice = [Author(name="Ann"), Author(name="Cid")]
        with pytest.raises(ryx.UniqueViolation):
            await bulk_create(Author, twice)
        await bulk_create([Author(name="Ann"), Author(name="Cid")], ignore_conflicts=True)
        assert await Author.objects.order_by("name").values_list("name", flat=True) == ["Ann", "Bob", "Cid"]
        await Author.objects.bulk_create(
            [Author(name="Ann", email="a@b.c")], update_conflicts=True, unique_fields=["name"], update_fields=["email"])
        assert (await Author.objects.get(name="Ann")).email == "a@b.c"

    run(main())


def test_bulk_update_takes_a_list_or_a_model_and_a_list():
    async def main():
        rows = await Post.objects.order_by("id")
        for post in rows:
            post.views += 1
            post.title = "no"
        assert await bulk_update(rows, fields=["views"]) == 5
        assert await bulk_update(Post, rows[:2], ["views"], batch_size=1) == 2
        assert await bulk_update(rows[:2], ["views"]) == 2
        assert await Post.objects.bulk_update(rows, ["views"], batch_size=500) == 5
        assert await bulk_update([], fields=["views"]) == 0
        again = await Post.objects.order_by("id")
        assert [p.views for p in again] == [11, 21, 31, 41, 51] and again[0].title == "Post 1"
        with pytest.raises(ryx.FieldError, match="typo"):
            await bulk_update(rows, fields=["typo"])
        with pytest.raises(ryx.MisuseError, match="not saved"):
            await bulk_update(posts(), fields=["views"])
        with pytest.raises(TypeError, match="names of fields"):
            await bulk_update(rows)

    run(main())


def test_bulk_delete_takes_a_list_a_model_and_a_list_a_queryset_or_nothing():
    async def main():
        rows = await Post.objects.order_by("id")
        assert await bulk_delete(rows[:1]) == 1 and rows[0].pk is None
        assert await bulk_delete(Post, rows[1:2], batch_size=1) == 1
        assert await Post.objects.bulk_delete(rows[2:3]) == 1
        assert await bulk_delete(Post.objects.filter(views=40)) == 1
        assert await bulk_delete([]) == 0
        assert await Post.objects.count() == 1
        await bulk_create(posts())
        assert await Post.objects.bulk_delete(Post.objects.filter(views=0)) == 1
        assert await Post.objects.filter(views=1).bulk_delete() == 1
        assert await Post.objects.bulk_delete() == 2 and not await Post.objects.exists()
        with pytest.raises(ryx.MisuseError, match="not saved"):
            await bulk_delete(posts(1))

    run(main())


def test_keys_that_are_no_numbers():
    async def main():
        made = await bulk_create([Key(label=c) for c in "abc"])
        for key in made:
            key.label += "!"
        assert await bulk_update(made, fields=["label"]) == 3
        assert await Key.objects.order_by("label").values_list("label", flat=True) == ["a!", "b!", "c!"]
        assert await bulk_delete(made[:2]) == 2 and await Key.objects.count() == 1

    run(main())


def test_bulk_functions_are_in_the_transaction():
    async def main():
        rows = await Post.objects.order_by("id")
        with pytest.raises(ZeroDivisionError):
            async with ryx.transaction():
                await bulk_create(posts())
                rows[0].views = 99
                await bulk_update(rows[:1], fields=["views"])
                await bulk_delete(rows[1:2])
                1 / 0
        assert await Post.objects.order_by("id").values_list("views", flat=True) == [10, 20, 30, 40, 50]

    run(main())


def test_stream_gives_rows_or_lists():
    async def main():
        qs = Post.objects.order_by("id")
        assert [p.views async for p in stream(qs, chunk_size=2)] == [10, 20, 30, 40, 50]
        assert [[p.views for p in part] async for part in stream(qs, page_size=2)] == [[10, 20], [30, 40], [50]]
        assert [p.views async for p in stream(Post.objects)] == [p.views async for p in Post.objects.stream()]
        assert [len(part) async for part in qs.stream(page_size=3)] == [3, 2]
        assert [p.pk async for p in Post.objects.stream(keyset="-id")] == sorted((p.pk for p in await qs), reverse=True)
        rows = [row async for row in Post.objects.stream(chunk_size=500, keyset="id", as_dict=True)]
        assert type(rows[0]) is dict and rows[0]["title"] == "Post 1"
        assert [p.views async for p in stream(qs[1:4], chunk_size=1)] == [20, 30, 40]

    run(main())
    assert inspect.signature(bulk_create).parameters["batch_size"].default == 500
    assert inspect.signature(stream).parameters["chunk_size"].default == 100


def test_get_or_create():
    async def main():
        ann, created = await Author.objects.get_or_create(name="Ann", defaults={"email": "x"})
        assert (ann.name, ann.email, created) == ("Ann", "", False) and type(ann) is Author
        eve, created = await Author.objects.get_or_create(defaults={"email": lambda: "called"}, name="Eve")
        assert created and eve.email == "called" and eve.pk and eve == await Author.objects.get(name="Eve")
        post, created = await Post.objects.get_or_create(title="Post 1", author__name="Bob")
        assert not created and post.views == 10
        post, created = await Post.objects.get_or_create({"views": 7}, title="Seven", author=ann)
        assert created and (post.views, post.author_id) == (7, ann.pk)
        with pytest.raises(Post.MultipleObjectsReturned):
            await Post.objects.get_or_create(active=True)
        with pytest.raises(ryx.FieldError, match="typo"):
            await Post.objects.get_or_create(title="x", defaults={"typo": 1})
        with pytest.raises(ZeroDivisionError):
            await Post.objects.get_or_create(title="x", defaults={"views": lambda: 1 // 0})

    run(main())


def test_update_or_create():
    async def main():
        ann, created = await Author.objects.update_or_create(name="Ann", defaults={"email": "new"})
        assert (ann.email, created) == ("new", False)
        assert (await Author.objects.get(name="Ann")).email == "new"
        post, created = await Post.objects.update_or_create(title="Post 1", defaults={"views": F("views") + 1})
        assert not created and (await Post.objects.get(title="Post 1")).views == 11
        eve, created = await Author.objects.update_or_create(
            name="Eve", defaults={"email": "old"}, create_defaults={"email": "first"})
        assert created and eve.email == "first"
        same, created = await Author.objects.update_or_create(id=eve.pk, defaults={"email": lambda: "called"})
        assert same == eve and not created and same.email == "called"

    run(main())
