# SPDX-License-Identifier: MIT
"""What documents promise of connections, transactions, bulk functions, caches and bridges, by the numbers of
the list of what was broken elsewhere."""
import asyncio
import datetime as dt
import inspect
import logging
import threading
import uuid

import pytest

import ryx
from ryx import MemoryCache, bulk_create, bulk_delete, bulk_update, configure_cache, transaction

from blog import BlogAuthor as Author, BlogKey as Key, BlogPost as Post, open_blog
from conftest import run


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)
    yield
    configure_cache(False)
    ryx.setup(url)


@pytest.fixture
def other(url, tmp_path):
    """Another database with the tables of the blog and no rows, under the alias "other"."""
    ryx.setup({"default": url, "other": f"sqlite:{tmp_path}/other.db"})

    class Only(ryx.BaseRouter):
        def db_for_write(self, model, **hints):
            return "other"

        def allow_migrate(self, db, app_label, model_name):
            return db == "other"

    ryx.set_router(Only())
    run(ryx.migrate([Author, Post, Key]))
    ryx.set_router(None)
    return "other"


def test_c1_c2_parameters_and_names_on_every_database():
    async def main():
        assert await ryx.raw_fetch("SELECT ? AS a, ? AS b", [1, "x"]) == [{"a": 1, "b": "x"}]
        assert (await Author.objects.create(name='quo"te`s')).pk

    run(main())


def test_c3_columns_of_dates_and_booleans_are_read():
    async def main():
        await Post.objects.filter(views=10).update(created=dt.datetime(2024, 1, 2, 3, 4, 5))
        post = await Post.objects.get(views=10)
        assert post.created == dt.datetime(2024, 1, 2, 3, 4, 5) and post.active is True
        row, = await Post.objects.filter(views=10).values("active", "created")
        assert row == {"active": True, "created": post.created}

    run(main())


def test_c4_a_transaction_is_of_its_task():
    async def main():
        entered, done = asyncio.Event(), asyncio.Event()

        async def inside():
            with pytest.raises(KeyError):
                async with transaction():
                    await Author.objects.filter(name="Bob").update(email="undone")
                    entered.set()
                    await done.wait()
                    raise KeyError

        async def outside():
            await entered.wait()
            assert ryx.get_active_transaction() is None
            assert (await Post.objects.filter(views=10).first()).title == "Post 1"
            done.set()

        await asyncio.gather(inside(), outside())
        assert (await Author.objects.get(name="Bob")).email == ""

    run(main())


def test_c5_everything_is_in_the_transaction():
    async def main():
        rows = await Post.objects.order_by("views")
        with pytest.raises(KeyError):
            async with transaction():
                await bulk_create([Post(title="x", views=1)])
                rows[0].views = 2
                await bulk_update(rows[:1], fields=["views"])
                await bulk_delete(rows[1:2])
                await ryx.raw_execute("UPDATE blog_posts SET views = 7 WHERE views = 30")
                assert (await ryx.raw_fetch("SELECT count(*) AS n FROM blog_posts WHERE views IN (1, 2, 7)"))[0]["n"] == 3
                raise KeyError
        assert [p.views for p in await Post.objects.order_by("views")] == [10, 20, 30, 40, 50]

    run(main())


def test_c6_c7_c8_c9_nested_transactions_and_savepoints():
    async def main():
        async with transaction() as outer:
            await Author.objects.create(name="outer")
            with pytest.raises(KeyError):
                async with transaction("default"):
                    await Author.objects.create(name="inner")
                    raise KeyError
            assert ryx.get_active_transaction() is outer
            odd = 'a"; DROP TABLE blog_posts; --'
            await outer.savepoint(odd)
            await Author.objects.create(name="after")
            await outer.rollback_to(odd)
            await outer.release_savepoint(odd)
        assert await Author.objects.order_by("name").values_list("name", flat=True) == ["Ann", "Bob", "outer"]
        assert ryx.get_active_transaction() is None and await Post.objects.count() == 5

    run(main())


def test_c10_a_name_that_holds_a_word_of_sql_is_a_name():
    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS returning_customers")
        await ryx.raw_execute("CREATE TABLE returning_customers (id INT)")
        assert await ryx.raw_execute("INSERT INTO returning_customers VALUES (1), (2)") == 2
        async with transaction():
            assert await ryx.raw_execute("UPDATE returning_customers SET id = id + 5") == 2
        await ryx.raw_execute("DROP TABLE returning_customers")

    run(main())


def test_c11_keys_are_set_after_bulk_create():
    async def main():
        for created in (await bulk_create([Post(title=c) for c in "abc"]), await Post.objects.bulk_create([Post(title="d")])):
            assert all(isinstance(p.pk, int) for p in created)
            assert [(await Post.objects.get(pk=p.pk)).title for p in created] == [p.title for p in created]

    run(main())


def test_c12_c20_what_using_says_counts(other):
    async def main():
        created = await bulk_create([Author(name=c) for c in "ab"], using=other)
        assert await Author.objects.using(other).count() == 2 == await Author.objects.using(other).filter(name__in=["a", "b"]).count()
        created[0].email = "x"
        assert await bulk_update(created, fields=["email"]) == 2
        assert (await Author.objects.using(other).aggregate(n=ryx.Count()))["n"] == 2
        assert await bulk_delete(created[:1]) == 1 and await Author.objects.using(other).count() == 1

        class Router(ryx.BaseRouter):
            def db_for_read(self, model, **hints):
                return "default"

            db_for_write = db_for_read

        ryx.set_router(Router())
        await Author.objects.using(other).create(name="c")
        assert await Author.objects.using(other).filter(name="c").update(email="y") == 1
        assert await Author.objects.using(other).cache().count() == 2
        obj, created = await Author.objects.using(other).get_or_create(name="d")
        assert created and await Author.objects.using(other).count() == 3
        obj.email = "z"
        await obj.save(using=other)
        assert (await Author.objects.using(other).get(name="d")).email == "z"
        assert await Author.objects.count() == 2 and await Author.objects.using(other).all().delete() == 3

    try:
        run(main())
    finally:
        ryx.set_router(None)


def test_c13_keys_of_every_type():
    async def main():
        made = await bulk_create(Key, [Key(label=c) for c in "ab"])
        assert all(isinstance(k.pk, uuid.UUID) for k in made)
        made[0].label = "c"
        assert await bulk_update(Key, made, ["label"]) == 2 and await bulk_delete(Key, made) == 2

    run(main())


def test_c14_c15_many_rows_and_columns():
    async def main():
        rows = [Post(title=f"many {i}", views=i, slug=f"s{i}") for i in range(7000)]
        await bulk_create(rows, batch_size=7000)
        for row in rows:
            row.views += 1
        assert await bulk_update(rows, fields=["views", "title", "slug"], batch_size=7000) == 7000
        assert await Post.objects.filter(title__startswith="many").aggregate(s=ryx.Sum("views")) == {"s": 7000 * 7001 // 2}
        assert await bulk_delete(rows, batch_size=7000) == 7000

    run(main())


def test_c16_c18_pools(url, tmp_path):
    async def main():
        await ryx.setup({"one": url, "two": f"sqlite:{tmp_path}/a.db"})
        with pytest.raises(ryx.MisuseError, match="default"):
            await Post.objects.count()
        assert await Post.objects.using("one").count() == 5
        assert {"size", "idle", "available", "in_use"} <= ryx.pool_stats("one").keys()
        await ryx.setup(url)
        assert await Post.objects.count() == 5

    run(main())


def test_c17_c19_urls(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        ryx.setup({"a": "mysql://postgres:secret@127.0.0.1:1/x", "b": f"sqlite:{tmp_path}/postgres.db",
                   "c": "postgresql://mysql:secret@127.0.0.1:1/sqlite"})
        assert [ryx.get_backend(alias) for alias in "abc"] == ["MySQL", "SQLite", "PostgreSQL"]
        with pytest.raises(ryx.ConnectionError) as e:
            run(ryx.raw_fetch("SELECT 1 AS n", alias="a"))
    assert "secret" not in caplog.text + str(e.value) + repr(vars(e.value))


def test_c21_c22_values_keep_their_types():
    async def main():
        await Post.objects.filter(views=10).update(created=None, meta=None, took=None, data=None, slug=None, author=None)
        post = await Post.objects.get(views=10)
        assert post.created is post.meta is post.took is post.data is post.slug is post.author_id is None
        row, = await ryx.raw_fetch("SELECT views AS is_views, views AS has_views FROM blog_posts WHERE views = ?", [10])
        assert row == {"is_views": 10, "has_views": 10}
        await Post.objects.filter(views=10).update(views=1)
        async with transaction():
            row, = await ryx.raw_fetch("SELECT views AS is_views FROM blog_posts WHERE views = ?", [1])
        assert row == {"is_views": 1} and row["is_views"] is not True

    run(main())


def test_c24_errors_have_classes():
    async def main():
        with pytest.raises(ryx.UniqueViolation) as e:
            await Author.objects.create(name="Ann")
        assert isinstance(e.value, (ryx.IntegrityError, ryx.DatabaseError)) and isinstance(e.value, ryx.RyxError)
        with pytest.raises(ryx.IntegrityError):
            await Post.objects.create(title="x", author_id=9999)
        with pytest.raises(ryx.DatabaseError):
            await ryx.raw_execute("SELEKT 1")
        with pytest.raises(ryx.DatabaseError):
            await ryx.raw_fetch("SELECT * FROM no_such_table")
        await ryx.close()
        with pytest.raises(ryx.PoolNotInitialized):
            await Post.objects.count()

    run(main())


def test_d1_entries_are_of_values_and_databases(other):
    async def main():
        configure_cache(MemoryCache())
        qs = Post.objects.order_by("id").cache()
        assert [p.views for p in await qs.filter(views=10)] == [10] and [p.views for p in await qs.filter(views=20)] == [20]
        assert await qs.using(other).filter(views=10) == [] and len(await qs.filter(views=10)) == 1

    run(main())


def test_d2_d3_hits_are_instances_and_chains_stay_cached():
    async def main():
        configure_cache(MemoryCache())
        qs = Post.objects.cache(ttl=60).filter(views__lte=20).order_by("views")
        first, second = await qs, await qs
        assert [type(p) for p in second] == [Post, Post] and first == second
        second[0].title = "saved"
        await second[0].save()
        n = ryx.get_cache().size()
        for ask in (qs.count, qs.first, qs.exists, lambda: qs.get(views=10), lambda: qs.aggregate(n=ryx.Sum("views"))):
            assert await ask() == await ask()
            n, before = ryx.get_cache().size(), n
            assert n > 0 and n >= before - 1

    run(main())


def test_d4_named_entries_go_with_what_they_are_made_of():
    async def main():
        configure_cache(MemoryCache())
        named = Post.objects.filter(views__gte=10).cache(key="front")
        for write in (lambda: Post.objects.create(title="x", views=60), lambda: bulk_create([Post(title="y", views=70)]),
                      lambda: Post.objects.filter(views=70).delete(), lambda: ryx.raw_execute("DELETE FROM blog_posts WHERE views = 60")):
            before = len(await named)
            await write()
            assert len(await named) != before
        async with transaction() as tx:
            await Post.objects.create(title="z", views=80)
            await tx.rollback()
        assert len(await named) == 5

    run(main())


def test_d5_configured_again_and_off():
    async def main():
        for _ in range(3):
            configure_cache(MemoryCache())
        await Post.objects.cache()
        assert ryx.get_cache().size() == 1
        configure_cache(False)
        assert ryx.get_cache() is None and len(await Post.objects.cache()) == 5

    run(main())


def test_d6_memory_is_for_threads_and_its_time_ends():
    own = MemoryCache(max_size=50)

    def work(name):
        async def main():
            for i in range(200):
                await own.set(f"{name}{i}", i)
                assert await own.get(f"{name}{i}") in (i, None)

        asyncio.run(main())

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert own.size() == 50
    run(own.set("never", 1, ttl=0))
    assert run(own.get("never")) is None


def test_d7_forms_of_configuration_and_small_backends():
    class Small:
        kept = {}

        async def get(self, key):
            return self.kept.get(key)

        async def set(self, key, value, ttl):
            self.kept[key] = value

        async def delete(self, key):
            self.kept.pop(key, None)

        async def clear(self):
            self.kept.clear()

    async def main():
        ryx.configure_cache(ttl=300, max_size=1000)
        assert ryx.get_cache().max_size == 1000
        ryx.configure_cache(backend=Small(), ttl=300)
        assert await Post.objects.order_by("id").cache() == await Post.objects.order_by("id").cache()
        assert len(Small.kept) == 1 and next(iter(Small.kept)).startswith("ryx:BlogPost:")

    run(main())


def test_d10_bridges():
    async def main():
        seen = await asyncio.gather(*(ryx.sync_to_async(threading.current_thread)() for _ in range(3)))
        assert len(set(seen)) == 1 and seen[0] is not threading.current_thread()
        assert inspect.iscoroutinefunction(ryx.sync_to_async(len))
        return ryx.run_sync(Post.objects.count())

    assert run(main()) == 5 and ryx.run_sync(Post.objects.filter(views=10))[0].title == "Post 1"
