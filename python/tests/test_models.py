# SPDX-License-Identifier: MIT
"""Models of a Lua file as Python classes: QuerySets, instances, errors."""
import asyncio
import datetime
import time
import warnings

import pytest

import ryx
from ryx import Q

from conftest import growth, run


@pytest.fixture
def Author(ns, database):
    async def make():
        await ryx.raw_execute("DROP TABLE IF EXISTS host_posts")
        await ryx.raw_execute("DROP TABLE IF EXISTS host_authors")
        await ryx.migrate([ns.HostAuthor, ns.HostPost])
        ann = await ns.HostAuthor.objects.create(name="Ann", email="a@example.com")
        await ns.HostPost.objects.bulk_create(
            [ns.HostPost(title=f"t{i:02}", author=ann, views=i) for i in range(20)])

    asyncio.run(make())
    return ns.HostAuthor


@pytest.fixture
def Post(ns, Author):
    return ns.HostPost


def views(rows):
    return [row.views for row in rows]


def test_chains_and_slices(Post):
    async def main():
        qs = Post.objects.order_by("views")
        assert views(await qs[2:5]) == [2, 3, 4]
        assert views(await qs[5:][1:3]) == [6, 7]
        assert views(await qs[:3]) == [0, 1, 2]
        assert views(await qs[3:3]) == []
        assert (await qs[4]).views == 4
        with pytest.raises(IndexError):
            await qs[99]
        for bad in (-1, slice(-3, None), slice(0, 4, 2)):
            with pytest.raises(TypeError, match="not supported"):
                qs[bad]
        assert views(await qs.reverse().limit(2)) == [19, 18]
        assert views(await qs.offset(18)) == [18, 19]
        assert views(await qs.exclude(views__gte=2).all()) == [0, 1]
        assert views(await qs.filter(views__gte=5).filter(views__lt=7)) == [5, 6]
        assert views(await qs.filter()) == list(range(20))
        assert await qs.none() == []
        assert len(await Post.objects) == 20

    asyncio.run(main())


def test_a_changed_copy_leaves_the_first_as_it_was(Post):
    async def main():
        first = Post.objects.filter(views__lt=10)
        second = first.filter(views__gt=7)
        assert await first.count() == 10 and await second.count() == 2

    asyncio.run(main())


def test_q(Post):
    async def main():
        async def count(*args, **kwargs):
            return await Post.objects.filter(*args, **kwargs).count()

        assert await count(Q(views=1) | Q(views=2)) == 2
        assert await count(Q(views__gte=5) & Q(views__lt=7)) == 2
        assert await count(~Q(views__gte=5)) == 5
        assert await count(~(Q(views=1) | Q(views=2))) == 18
        assert await count(Q(Q(views=1) | Q(views=2)), title="t01") == 1
        assert await count(~~Q(views=3)) == 1
        assert await count(Q(views=1, title="t02")) == 0
        assert await Post.objects.exclude(Q(views__gt=2)).count() == 3
        with pytest.raises(TypeError):
            Q(a=1) | 5

    asyncio.run(main())
    assert repr(~Q(a=1)) == "~Q(a=1)"


def test_one_row(Post):
    async def main():
        assert (await Post.objects.get(views=3)).title == "t03"
        assert (await Post.objects.get(Q(views=3), title="t03")).views == 3
        assert (await Post.objects.order_by("views").first()).views == 0
        assert (await Post.objects.order_by("views").last()).views == 19
        assert await Post.objects.filter(views=99).first() is None
        assert await Post.objects.filter(views=9).exists()
        assert not await Post.objects.filter(views=99).exists()
        with pytest.raises(Post.DoesNotExist) as missing:
            await Post.objects.get(views=99)
        assert isinstance(missing.value, ryx.DoesNotExist) and missing.value.kind == "does_not_exist"
        with pytest.raises(Post.MultipleObjectsReturned):
            await Post.objects.get(views__lt=5)

    asyncio.run(main())


def test_errors_of_one_model_are_not_those_of_another(Author, Post):
    assert not issubclass(Post.DoesNotExist, Author.DoesNotExist)


def test_saving_changing_and_deleting(Author, Post):
    async def main():
        ann = await Author.objects.get(name="Ann")
        post = Post(title="new", author=ann)
        assert post.pk is None and post.views == 0 and post.author is ann
        await post.save()
        assert post.pk and isinstance(post.created, datetime.datetime)
        post.title, post.views = "newer", 77
        await post.save(update_fields=["title"])
        await post.refresh_from_db()
        assert (post.title, post.views) == ("newer", 0)
        same = await Post.objects.get(pk=post.pk)
        assert same == post and hash(same) == hash(post) and same is not post
        assert await post.delete() == 1
        assert post.pk is None
        with pytest.raises(Post.DoesNotExist):
            await Post.objects.get(title="newer")
        for call in (post.delete, post.refresh_from_db):
            with pytest.raises(ryx.MisuseError):
                await call()

    asyncio.run(main())


def test_many_rows(Post):
    async def main():
        assert await Post.objects.filter(views__lt=5).update(title="low") == 5
        assert await Post.objects.filter(title="low").delete() == 5
        with pytest.raises(ryx.MisuseError, match="condition"):
            await Post.objects.delete()
        assert await Post.objects.all().delete() == 15
        assert await Post.objects.count() == 0

    asyncio.run(main())


def test_bulk_create_sets_keys_and_times(Author, Post):
    async def main():
        ann = await Author.objects.get(name="Ann")
        posts = [Post(title=f"b{i}", author=ann) for i in range(50)]
        assert await Post.objects.bulk_create(posts, batch_size=20) == posts
        assert len({p.pk for p in posts}) == 50
        assert all(isinstance(p.created, datetime.datetime) for p in posts)
        assert (await Post.objects.get(pk=posts[31].pk)).title == "b31"
        with pytest.raises(TypeError, match="bulk_create"):
            await Post.objects.bulk_create([ann])

    asyncio.run(main())


def test_foreign_keys_are_objects(Author, Post):
    async def main():
        ann = await Author.objects.get(name="Ann")
        bob = Author(name="Bob", email="b@example.com")
        post = Post(title="of bob", author=bob)
        await bob.save()
        await post.save()
        assert post.author_id == bob.pk
        assert await Post.objects.filter(author=bob).count() == 1
        read = await Post.objects.get(pk=post.pk)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert read.author == bob and read.author.name == "Bob"
        assert [w.category for w in caught] == [RuntimeWarning]
        read.author = ann
        assert read.author_id == ann.pk
        await read.save()
        assert await Post.objects.filter(author=ann).count() == 21
        with pytest.raises(TypeError, match="HostAuthor"):
            read.author = post

    asyncio.run(main())


def test_unknown_names_are_errors_that_help(Post):
    with pytest.raises(TypeError, match=r"^HostPost\(\) got unexpected keyword argument 'view'$"):
        Post(view=1)
    with pytest.raises(ryx.FieldError, match="views"):
        Post.objects.filter(view=1)
    with pytest.raises(TypeError, match="asynchronous"):
        list(Post.objects.all())


def test_what_a_model_is(Post):
    assert Post._meta.table_name == "host_posts"
    assert list(Post._meta.fields) == ["id", "title", "author_id", "views", "created"]
    assert Post._meta.pk_field.name == "id"
    assert repr(Post(title="x", author_id=1)) == "<HostPost: pk=None>"
    assert Post(title="x")["title"] == "x"


def test_streams_inside_and_outside_transactions(Post):
    async def main():
        assert [p.views async for p in Post.objects.order_by("views")] == list(range(20))
        async with ryx.transaction():
            seen = 0
            async for post in Post.objects.order_by("views").stream(chunk_size=3):
                post.title = "seen"
                await post.save()
                seen += 1
            assert seen == 20
            assert await Post.objects.filter(title="seen").count() == 20
        async for _ in Post.objects.none():
            raise AssertionError

    asyncio.run(main())


def test_a_stream_left_alone_ends_with_its_loop(Post):
    async def main():
        rows = Post.objects.order_by("views").stream(chunk_size=2)
        assert (await rows.__anext__()).views == 0
        return rows, ryx.runtime.engine()

    rows, engine = asyncio.run(main())
    assert engine.closed


def test_queries_leave_no_objects_behind(Author, Post):
    ann = asyncio.run(Author.objects.first())

    async def work():
        await Post.objects.filter(views__gte=5).order_by("-views")[:3]
        post = await Post.objects.get(views=3)
        post.title = "same"
        await post.save()
        async for _ in Post.objects.stream(chunk_size=7):
            pass
        made = await Post.objects.create(title="x", author=ann, views=100)
        await made.refresh_from_db()
        await made.delete()
        await Post.objects.bulk_create([Post(title="y", author=ann, views=101) for _ in range(3)])
        await Post.objects.filter(views=101).delete()
        for call in (Post.objects.get(views=99), Author.objects.create(name="Z", email="a@example.com")):
            with pytest.raises(ryx.RyxError):
                await call

    objects, blocks, of_post, of_none = growth(work, Post, None)
    assert objects < 50 and blocks < 500 and of_post < 20 and of_none < 100, (objects, blocks, of_post, of_none)


def test_using_an_alias(url, Post):
    async def main():
        ryx.setup({"default": url, "second": url})
        post = await Post.objects.using("second").get(views=1)
        assert post._alias == "second"
        post.title = "second"
        await post.save()
        assert (await Post.objects.get(views=1)).title == "second"
        assert [p._alias for p in await Post.objects.using("second")[:2]] == ["second"] * 2
        ryx.setup(url)

    asyncio.run(main())


def test_a_stream_left_early_gives_its_connection_back(url, Post):
    async def main():
        began = time.monotonic()
        for _ in range(4):
            async for _ in Post.objects.stream(chunk_size=1):
                break
        assert time.monotonic() - began < 5

    for n in (1, 2):
        ryx.setup(url, max_connections=n)
        run(main())
