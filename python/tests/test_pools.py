# SPDX-License-Identifier: MIT
"""Databases by alias, SQL of one's own through every module that has it, names of the package."""
import importlib
import subprocess
import sys

import pytest

import ryx
from ryx.executor_helpers import raw_execute, raw_fetch
from ryx.pool_ext import execute_with_params, fetch_with_params

from blog import BlogPost as Post, open_blog
from conftest import run


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)
    yield
    ryx.setup(url)


def test_setup_again(url, tmp_path):
    async def main():
        assert await ryx.setup(url, max_connections=2, min_connections=0, connect_timeout=30, idle_timeout=600,
                               max_lifetime=1800) is None
        await ryx.raw_fetch("SELECT 1 AS n")
        assert await Post.objects.count() == 5
        await ryx.setup({"default": url, "other": f"sqlite:{tmp_path}/a.db"})
        assert await ryx.raw_fetch("SELECT 1 AS n", alias="other") == [{"n": 1}]
        await ryx.setup(url)
        assert ryx.is_connected() and not ryx.is_connected("other")
        with pytest.raises(ryx.MisuseError, match="other"):
            await ryx.raw_fetch("SELECT 1 AS n", alias="other")
        await ryx.setup(url, 4)

    run(main())
    for bad in ({}, "nonsense://x", {"a": 5}):
        with pytest.raises(ryx.RyxError):
            ryx.setup(bad)


def test_aliases_and_what_they_are(url, tmp_path):
    ryx.setup({"default": url, "replica": f"sqlite:{tmp_path}/postgres.db", "logs": {"url": "sqlite::memory:"}})
    assert ryx.list_aliases() == ["default", "logs", "replica"]
    assert ryx.get_backend("replica") == ryx.get_backend("logs") == "SQLite"
    assert ryx.get_backend() in {"SQLite", "PostgreSQL", "MySQL"}
    with pytest.raises(ryx.MisuseError, match="replika.*replica"):
        ryx.get_backend("replika")


def test_pool_stats():
    async def main():
        await ryx.raw_fetch("SELECT 1 AS n")
        stats = ryx.pool_stats()
        assert stats["size"] >= 1 and stats["available"] == stats["idle"] == stats["size"] and stats["in_use"] == 0
        assert ryx.pool_stats("default").keys() == stats.keys()
        async with ryx.transaction():
            await ryx.raw_fetch("SELECT 1 AS n")
            stats = ryx.pool_stats(alias="default")
            assert stats["in_use"] == 1 and stats["available"] == stats["size"] - 1

    run(main())


def test_the_environment_names_databases(monkeypatch, url, tmp_path):
    monkeypatch.setenv("RYX_DATABASE_URL", url)
    monkeypatch.setenv("RYX_DB_REPLICA_URL", f"sqlite:{tmp_path}/a.db")
    monkeypatch.setenv("RYX_DB_EMPTY_URL", "")
    ryx.setup(max_connections=3)
    assert ryx.list_aliases() == ["default", "replica"] and run(Post.objects.count()) == 5
    monkeypatch.delenv("RYX_DATABASE_URL")
    monkeypatch.delenv("RYX_DB_REPLICA_URL")
    with pytest.raises(ryx.MisuseError, match="setup"):
        ryx.setup()


def test_raw_sql_with_and_without_parameters(url, tmp_path):
    async def main():
        await ryx.setup({"default": url, "other": f"sqlite:{tmp_path}/a.db"})
        sql = "SELECT title FROM blog_posts WHERE views > ? ORDER BY views"
        for rows in (await raw_fetch(sql, [30]), await ryx.raw_fetch(sql, params=(30,)), await fetch_with_params(sql, [30]),
                     await ryx.executor_helpers.raw_fetch(sql, [30], alias="default")):
            assert rows == [{"title": "Post 4"}, {"title": "Post 5"}]
        assert await raw_fetch("SELECT 1 AS n", "other") == await raw_fetch("SELECT 1 AS n", alias="other") == [{"n": 1}]
        update = "UPDATE blog_posts SET views = ? WHERE title = ?"
        assert await execute_with_params(update, [1, "Post 1"]) == await raw_execute(update, [1, "Post 1"]) == 1
        assert await raw_execute("CREATE TABLE other_one (a INT)", alias="other") == 0
        with pytest.raises(ryx.DatabaseError):
            await raw_execute("SELEKT")
        with pytest.raises(ZeroDivisionError):
            async with ryx.transaction():
                await execute_with_params(update, [2, "Post 1"])
                await raw_execute("DELETE FROM blog_posts")
                assert await fetch_with_params("SELECT 1 AS n FROM blog_posts", []) == []
                1 / 0
        assert (await Post.objects.get(title="Post 1")).views == 1

    run(main())


def test_every_name_that_is_promised_is_there():
    found = {}
    exec("from ryx import *", found)
    assert set(ryx.__all__) <= set(found) and len(set(ryx.__all__)) == len(ryx.__all__)
    for name in (
        "setup is_connected pool_stats list_aliases register_lookup lookup available_lookups list_lookups "
        "available_transforms list_transforms run_sync run_async sync_to_async async_to_sync async_to_async bulk_create "
        "bulk_update bulk_delete stream cache_module configure_cache get_cache invalidate invalidate_model invalidate_all "
        "MemoryCache AbstractCache BaseRouter set_router get_router FieldError Field UniqueValueValidator migrate Q Count "
        "Sum Avg Min Max RawAgg raw_fetch raw_execute transaction get_active_transaction Signal receiver Model Index "
        "Constraint ValidationError DoesNotExist MultipleObjectsReturned PoolNotInitialized QuerySet Manager"
    ).split():
        assert name in found, name
        assert getattr(ryx, name) is found[name]
    assert callable(ryx.transaction) and not hasattr(ryx.transaction, "__path__")
    for name in ("executor_helpers", "pool_ext", "router", "bulk", "cache", "queryset", "lookups"):
        module = importlib.import_module(f"ryx.{name}")
        for each in getattr(module, "__all__", ()):
            assert hasattr(module, each)


def test_nothing_needs_a_database_to_be_imported_or_built():
    code = ("import ryx; from ryx import *\n"
            "ryx.register_lookup('x_ne', '{col} <> ?'); assert 'x_ne' in ryx.available_lookups()\n"
            "class A(Model):\n    n = IntField()\n"
            "qs = A.objects.filter(Q(n__gt=1) | ~Q(n=0)).order_by('-n')[2:4]\n"
            "assert repr(qs) == '<QuerySet model=A>', repr(qs)\n"
            "assert ryx.list_aliases() == [] and not ryx.is_connected()\n"
            "try: run_sync(A.objects.count())\n"
            "except ryx.PoolNotInitialized: print('good')\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "good\n", done.stderr
