# SPDX-License-Identifier: MIT
"""On which database rows are read and written."""
import asyncio

import pytest

import ryx
from ryx import BaseRouter, get_router, set_router
from ryx.router import set_router as same

from blog import BlogAuthor as Author, BlogPost as Post, open_blog
from conftest import run


@pytest.fixture(autouse=True)
def databases(url, tmp_path):
    """The tests' database, and one of few rows."""
    open_blog(url)
    ryx.setup({"default": url, "few": f"sqlite:{tmp_path}/few.db"})
    run(fill_few())
    yield
    set_router(None)
    ryx.setup(url)


async def fill_few():
    set_router(Everything("few"))
    await ryx.migrate([Author, Post])
    set_router(None)
    ann = await Author.objects.using("few").create(name="Few")
    await Post.objects.using("few").create(title="few", author=ann)


class Everything(BaseRouter):
    def __init__(self, alias):
        self.alias = alias

    def db_for_read(self, model, **hints):
        return self.alias

    def db_for_write(self, model, **hints):
        return self.alias

    def allow_migrate(self, db, app_label, model_name):
        return db == self.alias


class Noted(BaseRouter):
    def __init__(self):
        self.asked = []

    def db_for_read(self, model, **hints):
        self.asked.append(("read", model, hints))
        return "few" if model is Post else None

    def db_for_write(self, model, **hints):
        self.asked.append(("write", model, hints))


def test_a_router_is_set_and_taken_back():
    router = BaseRouter()
    assert get_router() is None and set_router is same
    assert router.db_for_read(Post) is router.db_for_write(Post) is router.allow_migrate("a", "b", "c") is None
    set_router(router)
    assert get_router() is router and run(Post.objects.count()) == 5
    set_router(None)
    assert get_router() is None


def test_reads_and_writes_ask_the_router():
    async def main():
        router = Noted()
        set_router(router)
        assert await Post.objects.count() == 1 and await Author.objects.count() == 2
        assert await Post.objects.aggregate(n=ryx.Count()) == {"n": 1}
        assert await Post.objects.exists() and (await Post.objects.first()).title == "few"
        assert {what for what, _, _ in router.asked} == {"read"}
        assert {model for _, model, _ in router.asked} == {Post, Author}
        router.asked.clear()
        # What using says goes before.
        assert await Post.objects.using("default").count() == 5 and router.asked == []
        await Post.objects.using("few").create(title="more")
        assert router.asked == [] and await Post.objects.count() == 2
        await Post.objects.create(title="default")
        assert router.asked[-1][:2] == ("write", Post)
        assert await Post.objects.using("default").count() == 6
        assert await Post.objects.filter(title="default").update(views=1) == 1
        assert await Post.objects.using("default").filter(title="default").delete() == 1

    run(main())


def test_objects_know_their_database():
    async def main():
        few = await Post.objects.using("few").get()
        few.views = 8
        await few.save()
        assert (await Post.objects.using("few").get()).views == 8
        assert (await few.author).name == "Few" if hasattr(few.author, "__await__") else few.author.name == "Few"
        router = Noted()
        set_router(router)
        await few.author.posts.count()
        assert router.asked and type(router.asked[-1][2].get("instance")) in (Author, Post)

    run(main())


def test_a_router_may_be_async_or_of_few_methods():
    class Async:
        async def db_for_read(self, model, **hints):
            await asyncio.sleep(0)
            return "few"

    set_router(Async())
    assert run(Post.objects.count()) == 1

    class Broken:
        def db_for_read(self, model, **hints):
            return "nowhere" if model is Post else 1 / 0

    set_router(Broken())
    with pytest.raises(ryx.MisuseError, match="nowhere"):
        run(Post.objects.count())
    with pytest.raises(ZeroDivisionError):
        run(Author.objects.count())


def test_migrate_asks_the_router():
    asked = []

    class Migrating(BaseRouter):
        def allow_migrate(self, db, app_label, model_name):
            asked.append((db, app_label, model_name))
            return False

    set_router(Migrating())
    run(ryx.migrate([Author]))
    assert ("default", "", "BlogAuthor") in asked
