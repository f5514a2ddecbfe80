# SPDX-License-Identifier: MIT
"""Rows that are kept."""
import asyncio
import json
import logging

import pytest

import ryx
import ryx.cache as cache
from ryx import AbstractCache, Count, F, MemoryCache, configure_cache, get_cache, invalidate, invalidate_all, invalidate_model

from blog import BlogAuthor as Author, BlogPost as Post, open_blog
from conftest import run


class Own(AbstractCache):
    """As a program has it: four methods, what json takes, whole seconds."""

    def __init__(self):
        self.kept, self.log = {}, []

    async def get(self, key):
        self.log.append(("get", key))
        await asyncio.sleep(0)
        text = self.kept.get(key)
        return json.loads(text) if text else None

    async def set(self, key, value, ttl: int):
        assert type(ttl) is int and ttl > 0
        self.log.append(("set", key, ttl))
        self.kept[key] = json.dumps(value)

    async def delete(self, key):
        self.kept.pop(key, None)

    async def clear(self):
        self.kept.clear()


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)
    yield
    configure_cache(False)


@pytest.fixture(params=["memory", "own"])
def backend(request):
    backend = MemoryCache(max_size=100, ttl=60) if request.param == "memory" else Own()
    configure_cache(backend)
    return backend


async def behind_its_back(views):
    """A write that ryx is not told of."""
    await ryx.raw_execute("UPDATE blog_posts SET views = ? WHERE title = 'Post 1'", [views])


def test_nothing_is_kept_before_it_is_configured():
    async def main():
        qs = Post.objects.filter(title="Post 1").cache(ttl=60)
        assert get_cache() is None and (await qs)[0].views == 10
        await behind_its_back(11)
        assert (await qs)[0].views == 11

    run(main())


def test_rows_are_kept_until_they_are_written(backend):
    async def main():
        assert get_cache() is backend
        qs = Post.objects.filter(title="Post 1").cache()
        first = await qs
        second = await Post.objects.cache().filter(title="Post 1")
        assert type(first[0]) is type(second[0]) is Post and first == second and first[0] is not second[0]
        assert vars(first[0]).keys() == vars(second[0]).keys()
        assert (await qs.first()).views == 10 and await qs.count() == 1
        kept = backend.size() if isinstance(backend, MemoryCache) else len(backend.kept)
        assert kept >= 2
        await Post.objects.filter(title="Post 2").update(views=1)
        second[0].views = 12
        await second[0].save()
        assert (await qs)[0].views == 12 and (await qs.first()).views == 12
        await Post.objects.create(title="Post 1", views=13)
        assert await qs.count() == 2 and {p.views for p in await qs} == {12, 13}

    run(main())


def test_a_hit_asks_no_database(backend):
    async def main():
        qs = Post.objects.filter(title="Post 1").cache()
        rows = await qs
        async with ryx.transaction():
            pass
        requests = ryx.pool_stats()["requests"]
        assert await qs == rows and await qs == rows
        assert ryx.pool_stats()["requests"] == requests

    run(main())


def test_every_kind_of_rows_is_the_same_from_a_cache(backend):
    async def main():
        post = await Post.objects.get(title="Post 1")
        post.meta, post.data, post.created = {"a": [1, None]}, b"\0x", None
        await post.save()
        qs = Post.objects.order_by("id")
        for some in (
            qs, qs.values(), qs.values("title", "author__name", "created"), qs.values_list("title", "created"),
            qs.values_list("created", flat=True), qs.values_list("title", "views", named=True),
            qs.annotate(n=F("views") + 1), qs.select_related("author"), qs.prefetch_related("comments"), qs.only("title"),
            Author.objects.values("name").annotate(n=Count("posts")).order_by("name"), qs.none(), qs[1:3],
        ):
            plain, miss, hit = await some, await some.cache(), await some.cache()
            assert plain == miss == hit and [*map(type, plain)] == [*map(type, hit)], some
            if plain and hasattr(plain[0], "_asdict"):
                assert plain[0]._asdict() == hit[0]._asdict()
            if plain and type(plain[0]) is Post:
                for a, b in zip(plain, hit):
                    own = {k: v for k, v in vars(a).items() if k[0] != "_"}
                    assert own == {k: v for k, v in vars(b).items() if k[0] != "_"}
            for method in ("first", "last", "count", "exists"):
                assert [await getattr(some.cache(), method)() for _ in "ab"] == [await getattr(some, method)()] * 2, method
        assert [await qs.cache().get(title="Post 2") for _ in "ab"] == [await qs.get(title="Post 2")] * 2
        assert [await qs.cache().values_list("title", "created").get(title="Post 2") for _ in "ab"] == [("Post 2", None)] * 2
        assert [await qs.cache().aggregate(n=Count("id"), m=ryx.Max("created")) for _ in "ab"] == [{"n": 5, "m": None}] * 2
        assert (await qs.select_related("author").cache())[0].author.name == "Bob"
        assert [p.pk for p in (await qs.cache().paginate(page=1, size=2))] == [p.pk for p in (await qs[:2])]
        assert [p async for p in qs.cache()] == await qs

    run(main())


def test_values_and_databases_are_of_the_key(backend, tmp_path, url):
    async def main():
        by = Post.objects.cache().filter
        assert [p.title for p in await by(views=10)] == ["Post 1"]
        assert [p.title for p in await by(views=20)] == ["Post 2"]
        ryx.setup({"default": url, "other": f"sqlite:{tmp_path}/other.db"})
        assert len(await by(views=10)) == 1
        with pytest.raises(ryx.DatabaseError):
            await by(views=10).using("other")
        keys = await backend.keys() if isinstance(backend, MemoryCache) else list(backend.kept)
        assert keys and all(key.startswith("ryx:BlogPost:") for key in keys)

    run(main())
    ryx.setup(url)


def test_named_keys_and_what_is_dropped_by_hand(backend):
    async def main():
        named = Post.objects.filter(title="Post 1").cache(key="front", ttl=300)
        plain = Post.objects.filter(title="Post 1").cache()
        for drop in (invalidate("front"), invalidate_model(Post), invalidate_all()):
            await Post.objects.filter(title="Post 1").update(views=10)
            assert (await named)[0].views == (await plain)[0].views == 10
            async with ryx.transaction() as tx:
                await tx.rollback()
            await drop
            assert (await named)[0].views == 10
        # What is written drops named ones as well.
        await Post.objects.filter(title="Post 1").update(views=14)
        assert (await named)[0].views == 14

    run(main())


def test_bulk_writes_and_raw_sql_drop_rows(backend):
    async def main():
        qs = Post.objects.order_by("views").cache()
        n = len(await qs)
        await ryx.bulk_create([Post(title="more", views=1)])
        assert len(await qs) == n + 1
        rows = await qs
        rows[0].views = 2
        await ryx.bulk_update(rows[:1], fields=["views"])
        assert (await qs)[0].views == 2
        await ryx.bulk_delete((await qs)[:1])
        assert len(await qs) == n
        await ryx.raw_execute("DELETE FROM blog_posts")
        assert await qs == []

    run(main())


def test_a_transaction_keeps_what_it_wrote_to_itself(backend):
    async def main():
        qs = Post.objects.filter(title="Post 1").cache()
        assert (await qs)[0].views == 10
        async with ryx.transaction() as tx:
            await Post.objects.filter(title="Post 1").update(views=99)
            assert (await qs)[0].views == 99
            await tx.rollback()
        assert (await qs)[0].views == 10
        async with ryx.transaction():
            await Post.objects.filter(title="Post 1").update(views=98)
        assert (await qs)[0].views == 98

    run(main())


def test_invalidation_can_be_left_out():
    async def main():
        configure_cache(MemoryCache(), auto_invalidate=False)
        qs = Post.objects.filter(title="Post 1").cache()
        assert (await qs)[0].views == 10
        await Post.objects.filter(title="Post 1").update(views=11)
        assert (await qs)[0].views == 10
        await invalidate_model(Post)
        assert (await qs)[0].views == 11

    run(main())


def test_forms_of_configure_cache():
    async def main():
        configure_cache(ttl=300, max_size=2)
        assert isinstance(get_cache(), MemoryCache) and (get_cache().ttl, get_cache().max_size) == (300, 2)
        for views in (10, 20, 30):
            await Post.objects.filter(views=views).cache()
        assert get_cache().size() == 2
        own = Own()
        configure_cache(backend=own, ttl=33)
        await Post.objects.cache()
        await Post.objects.filter(views=1).cache(ttl=44)
        assert [entry[2] for entry in own.log if entry[0] == "set"] == [33, 44]
        value = json.loads(next(iter(own.kept.values())))
        assert value["rows"][0][1] == "Post 1"
        await Post.objects.cache(ttl=0)
        assert len(own.kept) == 2

    run(main())
    for bad in (object(), type("Half", (), {"get": len, "set": len})()):
        with pytest.raises(TypeError, match="needs an async method"):
            configure_cache(bad)
    with pytest.raises(TypeError, match="max_size"):
        configure_cache(Own(), max_size=3)
    with pytest.raises(TypeError, match="abstract"):
        AbstractCache()


def test_a_backend_that_fails_is_none(caplog):
    class Failing(Own):
        async def get(self, key):
            raise OSError("gone")

        set = delete = get

    async def main():
        configure_cache(Failing())
        for _ in "ab":
            assert (await Post.objects.filter(title="Post 1").cache())[0].views == 10

    with caplog.at_level(logging.ERROR, "ryx.cache"):
        run(main())
    assert "gone" in caplog.text


def test_a_call_that_is_cancelled_in_the_backend():
    class Slow(Own):
        async def get(self, key):
            await asyncio.sleep(60)

    async def main():
        configure_cache(Slow())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Post.objects.cache(), 0.05)
        configure_cache(False)
        assert await Post.objects.cache().count() == 5

    run(main())


def test_equal_queries_at_once_are_one():
    sets = []

    class Counted(MemoryCache):
        async def set(self, key, value, ttl=None):
            sets.append(key)
            await super().set(key, value, ttl)

    async def main():
        configure_cache(Counted())
        lists = await asyncio.gather(*(Post.objects.order_by("id").cache() for _ in range(20)))
        assert all(rows == lists[0] for rows in lists) and len(lists[0]) == 5 and len(sets) == 1

    run(main())


def test_memory_cache():
    async def main():
        own = MemoryCache(max_size=2, ttl=0.05)
        await own.set("a", 1)
        await own.set("b", 2, ttl=60)
        assert await own.get("a") == 1
        await own.set("c", 3, 60)
        assert own.size() == 2 and await own.get("b") is None and sorted(await own.keys()) == ["a", "c"]
        await asyncio.sleep(0.06)
        assert await own.get("a") is None and await own.keys("c*") == ["c"] and await own.keys("x*") == []
        await own.set("c", 4, ttl=0)
        assert await own.get("c") is None
        for key in "de":
            await own.set(key, key)
        await own.delete_many(["d", "nothing"])
        await own.delete("nothing")
        assert await own.keys() == ["e"]
        await own.clear()
        assert own.size() == 0

    run(main())
    with pytest.raises(ValueError):
        MemoryCache(max_size=0)


def test_keys_of_ones_own():
    key = cache.make_cache_key("Post", "SELECT 1", [1])
    assert key.startswith("ryx:Post:") and len(key) == len("ryx:Post:") + 16
    assert key == cache.make_cache_key("Post", "SELECT 1", (1,)) != cache.make_cache_key("Post", "SELECT 1", [2])
    assert ryx.cache_module is cache
