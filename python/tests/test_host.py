# SPDX-License-Identifier: MIT
"""What every host must be able to do (spec/host/scenarios.lua), in Python. The
scenarios build on one another, in one event loop after another."""
import asyncio
import datetime
import inspect
import re
import warnings

import pytest

import ryx
from ryx import Q

from conftest import all_given_back

SLOW = ("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) "
        "SELECT count(*) AS n FROM c")
FACTS = {
    "sqlite": {"slow": SLOW},
    "postgres": {"slow": "SELECT pg_sleep(20)",
                 "running": "SELECT count(*) AS n FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)' "
                            "AND state = 'active'",
                 "id": "SELECT pg_backend_pid() AS id",
                 "kill": "SELECT pg_terminate_backend(?)"},
    "mysql": {"slow": "SELECT SLEEP(20)",
              "running": "SELECT count(*) AS n FROM information_schema.processlist WHERE info = 'SELECT SLEEP(20)'",
              "id": "SELECT CONNECTION_ID() AS id", "kill": "KILL ?"},
}
FACTS["mariadb"] = FACTS["mysql"]
SCHEMES = {"sqlite": "sqlite", "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mariadb"}


@pytest.fixture
def facts(database):
    return FACTS[SCHEMES[re.match(r"\w+", database)[0]]]


@pytest.fixture
def Author(ns, database):
    return ns.HostAuthor


@pytest.fixture
def Post(ns, database):
    return ns.HostPost


def scenario(fn):
    """Runs an async test in a loop of its own; nothing may be left open."""

    def test(**fixtures):
        async def main():
            await fn(**fixtures)
            await all_given_back()

        asyncio.run(main())

    test.__name__ = fn.__name__
    test.__signature__ = inspect.signature(fn)
    return test


@scenario
async def test_create_tables(Author, Post):
    await ryx.raw_execute("DROP TABLE IF EXISTS host_posts")
    await ryx.raw_execute("DROP TABLE IF EXISTS host_authors")
    await ryx.migrate([Author, Post])
    assert await Author.objects.count() == 0


@scenario
async def test_insert(Author, Post):
    ann = await Author.objects.create(name="Ann", email="ann@example.com")
    assert isinstance(ann.id, int)
    post = Post(title="Hello", author=ann)
    await post.save()
    assert post.views == 0
    assert isinstance(post.created, datetime.datetime)
    posts = [Post(title=f"Post {i}", author=ann, views=i) for i in range(1, 1001)]
    await Post.objects.bulk_create(posts)
    assert isinstance(posts[999].id, int)
    assert await Post.objects.count() == 1001


@scenario
async def test_query(Post):
    popular = await Post.objects.filter(views__gte=991).order_by("-views").limit(5)
    assert [p.title for p in popular] == ["Post 1000", "Post 999", "Post 998", "Post 997", "Post 996"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert popular[0].author.name == "Ann"
    assert (await Post.objects.get(title="Hello")).views == 0
    assert await Post.objects.filter(title__startswith="Post 99").count() == 11
    assert await Post.objects.filter(views__in=[1, 2, 3, 5000]).count() == 3
    assert await Post.objects.filter(Q(views=1) | Q(views__gt=999)).count() == 2
    assert await Post.objects.filter(views=7).update(title="Seven é 🙂") == 1
    assert (await Post.objects.get(views=7)).title == "Seven é 🙂"


@scenario
async def test_stream(Post):
    n = 0
    async for post in Post.objects.order_by("id").stream(chunk_size=100):
        assert isinstance(post.title, str)
        n += 1
    assert n == 1001
    rows = Post.objects.order_by("id").stream(chunk_size=50)
    n = 0
    async for post in rows:
        n += 1
        if n == 150:
            break
    await rows.aclose()
    assert await Post.objects.count() == 1001


@scenario
async def test_100_at_once(Post):
    async def views(i):
        return (await Post.objects.get(views=8 if i == 7 else i)).views

    results = await asyncio.gather(*(views(i) for i in range(1, 101)))
    assert results == [8 if i == 7 else i for i in range(1, 101)]


@scenario
async def test_roll_a_transaction_back(Post):
    before = await Post.objects.count()
    with pytest.raises(ZeroDivisionError, match="changed my mind"):
        async with ryx.transaction():
            await Post.objects.filter(views__gt=500).delete()
            assert await Post.objects.count() == 501
            raise ZeroDivisionError("changed my mind")
    assert await Post.objects.count() == before
    async with ryx.transaction():
        await Post.objects.filter(views=1).update(views=-1)
        with pytest.raises(KeyError):
            async with ryx.transaction():
                await Post.objects.filter(views=2).update(views=-2)
                raise KeyError("inner")
    assert await Post.objects.filter(views__lt=0).count() == 1


@scenario
async def test_time_a_query_out(Post, facts):
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(ryx.raw_fetch(facts["slow"]), 0.2)
    if "running" in facts:
        assert await ryx.raw_fetch(facts["running"]) == [{"n": 0}]
    assert await Post.objects.count() == 1001


@scenario
async def test_survive_a_killed_connection(Post, facts, url):
    if "kill" not in facts:
        # Nobody can kill a connection to a file; what can be lost is the pool.
        await ryx.close()
        ryx.setup(url)
        assert await Post.objects.count() == 1001
        return
    ryx.setup({"default": url, "admin": url})
    admin = (await ryx.raw_fetch(facts["id"], alias="admin"))[0]["id"]
    victim = (await ryx.raw_fetch(facts["id"]))[0]["id"]
    assert admin != victim
    try:
        await ryx.raw_fetch(facts["kill"], [victim], alias="admin")
    except ryx.DatabaseError:
        pass
    # The server closes the socket on its own time; whichever query meets it
    # first, none fails and the pool heals.
    for _ in range(20):
        assert await Post.objects.count() == 1001
    ryx.setup(url)


@scenario
async def test_report_a_constraint_error(Author, Post):
    with pytest.raises(ryx.IntegrityError) as caught:
        await Author.objects.create(name="Other Ann", email="ann@example.com")
    assert caught.value.kind == "unique_violation"
    assert isinstance(caught.value, ryx.UniqueViolation)
    assert "\n" not in str(caught.value) and "ann@example.com" not in str(caught.value)
    assert (caught.value.model, caught.value.field, caught.value.fields) == ("HostAuthor", "email", None)
    assert caught.value.errors == {"email": ["This value must be unique."]}
    with pytest.raises(ryx.ForeignKeyViolation) as caught:
        await Post.objects.create(title="Orphan", author_id=987654)
    assert (caught.value.field, caught.value.column) == ("author", "author_id")
    assert caught.value.constraint.startswith("fk_") and list(caught.value.errors) == ["author"]
    assert await Author.objects.count() == 1


@scenario
async def test_nothing_is_left_open(database):
    assert ryx.runtime.call("left_open").keys() >= {"requests", "rows", "pinned", "transactions", "streams"}
