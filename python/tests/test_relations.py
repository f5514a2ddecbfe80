# SPDX-License-Identifier: MIT
"""Relations: what is loaded on touch, managers of both sides, links, what is in the way of a delete."""
import asyncio
import copy
import time
import warnings

import pytest

import ryx
from ryx import apply_prefetch_related, apply_select_related

from conftest import growth, run
from shop import open_shop


@pytest.fixture
def shop(url):
    ns = open_shop(url)

    async def fill():
        ns.ann = await ns.Maker.objects.create(name="Ann", country="AT")
        ns.bob = await ns.Maker.objects.create(name="Bob", country="BE")
        for name, maker in [("Pen", ns.ann), ("Ink", ns.ann), ("Pad", ns.bob), ("Bin", None)]:
            setattr(ns, name.lower(), await ns.Item.objects.create(name=name, maker=maker))
        for item in (ns.pen, ns.pad):
            await ns.Stock.objects.create(item=item, count=item.pk * 10)
        ns.red, ns.dry = [await ns.Label.objects.create(text=text) for text in ("red", "dry")]

    asyncio.run(fill())
    return ns


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


class Counting:
    """Counts the calls into Lua that wait."""

    def __init__(self, monkeypatch):
        self.n = 0
        original = ryx.runtime.run_blocking

        def counted(name, *args):
            self.n += 1
            return original(name, *args)

        monkeypatch.setattr(ryx.runtime, "run_blocking", counted)


def test_a_touch_loads_the_siblings_too(shop, monkeypatch):
    async def main():
        items = await shop.Item.objects.order_by("id")
        calls = Counting(monkeypatch)
        assert [i.maker and i.maker.name for i in items] == ["Ann", "Ann", "Bob", None]
        assert calls.n == 1 and items[0].maker is items[1].maker
        assert items[3].maker is None
        stocks = [i.stock and i.stock.count for i in items]
        assert stocks == [shop.pen.pk * 10, None, shop.pad.pk * 10, None] and calls.n == 2
        assert items[0].stock.item is items[0] and calls.n == 2

    run(main())


def test_a_touch_of_a_column_loads_it_for_the_siblings(shop, monkeypatch):
    async def main():
        items = await shop.Item.objects.only("name").order_by("id")
        calls = Counting(monkeypatch)
        assert [i.maker_id for i in items] == [shop.ann.pk, shop.ann.pk, shop.bob.pk, None]
        assert calls.n == 1 and [i.maker and i.maker.name for i in items] == ["Ann", "Ann", "Bob", None] and calls.n == 2

    run(main())


def test_objects_of_select_related_are_siblings(shop, monkeypatch):
    async def main():
        stocks = await shop.Stock.objects.select_related("item").order_by("id")
        calls = Counting(monkeypatch)
        assert [s.item.maker.name for s in stocks] == ["Ann", "Bob"] and calls.n == 1

    run(main())


def test_siblings_that_are_gone_are_not_asked_for(shop):
    async def main():
        items = await shop.Item.objects.order_by("id")
        assert len(items[0]._peers()) == 4
        pen = items[0]
        del items
        assert pen._peers() == [pen] and pen.maker.name == "Ann"
        alone = await shop.Item.objects.get(name="Ink")
        assert alone._peers() == [alone] and alone.maker.name == "Ann"

    run(main())


def test_a_touch_warns_once_and_names_select_related(shop):
    async def main():
        for _ in range(3):
            for item in await shop.Item.objects.filter(maker__isnull=False):
                item.maker

    ryx.touch._warned.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Outside of a loop nothing stands still.
        assert run(shop.Item.objects.get(name="Ink")).maker.name == "Ann"
        assert not caught
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        run(main())
    assert len(caught) == 1 and "select_related" in str(caught[0].message)


def test_a_key_that_leads_nowhere(shop):
    async def main():
        item = (await shop.Item.objects.order_by("id"))[0]
        item.maker_id = 999999
        with pytest.raises(shop.Maker.DoesNotExist):
            item.maker

    run(main())


def test_what_is_loaded_can_be_awaited(shop):
    async def main():
        item = await shop.Item.objects.get(name="Pen")
        maker = await item.maker
        assert maker.name == "Ann" and await maker is maker
        assert [i.name for i in await maker.items.order_by("id")] == ["Pen", "Ink"]
        assert [i.name for i in await maker.items] and isinstance((await maker.items)[0], shop.Item)

    run(main())


def test_a_touch_in_a_transaction_is_in_it(shop):
    async def main():
        async with ryx.transaction() as tx:
            await shop.Maker.objects.filter(name="Ann").update(country="ZZ")
            item = (await shop.Item.objects.order_by("id"))[0]
            assert item.maker.country == "ZZ"
            await tx.rollback()

    run(main())


def test_a_touch_that_would_wait_for_a_task_of_this_loop_is_refused(shop, url):
    ryx.setup(url, max_connections=1)

    async def main():
        item = (await shop.Item.objects.order_by("id"))[0]
        inside, go = asyncio.Event(), asyncio.Event()

        async def hold():
            async with ryx.transaction():
                await shop.Item.objects.count()
                inside.set()
                await go.wait()

        task = asyncio.ensure_future(hold())
        await inside.wait()
        start = time.monotonic()
        with pytest.raises(ryx.MisuseError, match="await"):
            item.maker
        assert time.monotonic() - start < 1
        go.set()
        await task
        assert item.maker.name == "Ann"
        await shop.Item.objects.bulk_create([shop.Item(name="x" * 90) for _ in range(3000)])
        rows = shop.Item.objects.order_by("id").stream(chunk_size=10)
        await rows.__anext__()
        fresh = item.__class__(name="x")
        fresh.__dict__.update(item.__dict__)
        fresh.__dict__["_related"] = {}
        # SQLite may have read all of them.
        if ryx.pool_stats()["idle"] == 0:
            with pytest.raises(ryx.MisuseError, match="await"):
                fresh.maker
        await rows.aclose()
        assert fresh.maker.name == "Ann"

    run(main())
    ryx.setup(url)


def test_objects_are_copied_and_pickled(shop):
    async def main():
        items = await shop.Item.objects.order_by("id")
        again = copy.copy(items[0])
        assert again == items[0] and again.name == "Pen" and again.maker.name == "Ann"
        assert copy.deepcopy(items[1]).name == "Ink"
        assert items[2].__getstate__()["name"] == "Pad"

    run(main())


def test_the_manager_of_the_other_side(shop):
    async def main():
        items = shop.ann.items
        assert repr(items) == f"<ReverseFKManager: ShopItem where maker_id={shop.ann.pk}>"
        assert await items.count() == 2 and await items.exists()
        assert (await items.get(name="Ink")).pk == shop.ink.pk
        assert (await items.order_by("name").first()).name == "Ink" and (await items.order_by("name").last()).name == "Pen"
        assert [i.name for i in await items.filter(name="Pen")] == ["Pen"]
        assert [i.name for i in await items.exclude(name="Pen")] == ["Ink"]
        assert await items.order_by("id").values("name") == [{"name": "Pen"}, {"name": "Ink"}]
        assert [i.name for i in await items.order_by("id").limit(1).offset(1)] == ["Ink"]
        assert await items.aggregate(n=ryx.Count()) == {"n": 2}
        assert [i.name async for i in items] == ["Pen", "Ink"]
        assert (await items[0]).name and len(await items[:1]) == 1

        made = await items.create(name="Cap")
        assert made.maker is shop.ann and made.maker_id == shop.ann.pk and await items.count() == 3
        new = shop.Item(name="Lid")
        assert await items.add(shop.pad, shop.bin.pk, new) == 3
        assert shop.pad.maker is shop.ann and new.pk and new.maker is shop.ann and await items.count() == 6
        await items.remove(shop.pad)
        assert shop.pad.maker is None and (await shop.Item.objects.get(pk=shop.pad.pk)).maker_id is None
        await items.remove(shopitem_id=shop.bin.pk)
        await items.set([shop.pen, shop.ink.pk])
        assert await items.order_by("id").values_list("name", flat=True) == ["Pen", "Ink"]
        await items.clear()
        assert await items.count() == 0
        with pytest.raises(TypeError, match="shopitem_id"):
            await items.add(post_id=1)
        assert await shop.bob.items.delete() == 0

    run(main())


def test_links(shop):
    async def main():
        labels = shop.pen.labels
        await labels.add(shop.red)
        await labels.add(shop.red, shop.dry.pk)
        await labels.add(shoplabel_id=shop.dry.pk)
        assert sorted(label.text for label in await labels.all()) == ["dry", "red"]
        assert sorted(label.text for label in await labels) == ["dry", "red"]
        assert await labels.count() == 2 and await labels.exists()
        assert [i.name for i in await shop.red.items] == ["Pen"]
        await labels.remove(shop.red)
        await labels.remove(shoplabel_id=shop.dry.pk)
        assert not await labels.exists()
        await labels.set([shop.red.pk, shop.dry])
        assert await labels.count() == 2
        await labels.set([])
        await shop.ink.labels.set(label for label in [shop.red])
        assert await shop.ink.labels.count() == 1
        made = await labels.create(text="blue")
        assert isinstance(made, shop.Label) and [label.text for label in await labels] == ["blue"]
        await labels.clear()
        assert await labels.count() == 0 and await shop.Label.objects.count() == 3
        assert [i.name for i in await shop.Item.objects.filter(labels__text="red")] == ["Ink"]
        async with ryx.transaction() as tx:
            await labels.add(shop.red)
            await tx.rollback()
        assert await labels.count() == 0

    run(main())


def test_after_a_prefetch_nothing_is_asked(shop, monkeypatch):
    async def main():
        makers = await shop.Maker.objects.prefetch_related("items").order_by("id")

        async def asked(*args):
            raise AssertionError("a query")

        with monkeypatch.context() as m:
            m.setattr(ryx.runtime, "run", asked)
            assert [i.name for i in await makers[0].items.all()] == ["Pen", "Ink"]
            assert [i.name for i in await makers[0].items] == ["Pen", "Ink"]
            assert [i.name async for i in makers[0].items] == ["Pen", "Ink"]
            assert await makers[0].items.count() == 2 and (await makers[0].items.first()).name == "Pen"
        await makers[0].items.create(name="Cap")
        assert await makers[0].items.count() == 3
        items = await shop.Item.objects.prefetch_related("maker").order_by("id")
        calls = Counting(monkeypatch)
        assert [i.maker and i.maker.name for i in items][:3] == ["Ann", "Ann", "Bob"] and calls.n == 0

    run(main())


def test_both_helpers_take_lists_and_querysets(shop, monkeypatch):
    async def main():
        await shop.pen.labels.add(shop.red)
        items = await shop.Item.objects.order_by("id")
        assert await apply_select_related(items, fields=["maker_id"]) == items
        calls = Counting(monkeypatch)
        assert [i.maker and i.maker.name for i in items] == ["Ann", "Ann", "Bob", None] and calls.n == 0
        assert await apply_prefetch_related(items, fields=["labels", "maker"]) == items
        assert [[label.text for label in await i.labels] for i in items] == [["red"], [], [], []]
        rows = await apply_prefetch_related(shop.Maker.objects.order_by("id"), ["items__labels"])
        assert [[[label.text for label in await i.labels] for i in await m.items] for m in rows] == [[["red"], []], [[]]]
        assert [i.maker.name for i in await apply_select_related(shop.Item.objects.filter(maker=shop.bob), ["maker"])] == [
            "Bob"]
        with pytest.raises(ryx.FieldError):
            await apply_select_related(items, fields=["nothing"])
        assert await apply_select_related([], fields=["maker"]) == []

    run(main())


def test_what_is_in_the_way_of_a_delete(shop):
    async def main():
        orders = [await shop.Order.objects.create(number=n, item=shop.pen) for n in (1, 2)]
        for call in (shop.pen.delete(), shop.Item.objects.filter(name="Pen").delete(), shop.ann.delete()):
            with pytest.raises(ryx.ProtectedError, match="ShopOrder.item") as e:
                await call
            assert f"{orders[0].pk}, {orders[1].pk}" in str(e.value)
        assert shop.pen.pk and await shop.Item.objects.count() == 4
        await shop.Order.objects.filter(item=shop.pen).delete()
        await shop.pen.delete()

    run(main())


def test_touching_leaves_nothing_behind(shop):
    async def work():
        for item in await shop.Item.objects.order_by("id"):
            item.maker, item.stock
        for maker in await shop.Maker.objects.all():
            await maker.items

    objects, blocks, of_class = growth(work, shop.Item)
    assert objects < 100 and blocks < 800 and of_class < 30, (objects, blocks, of_class)


def test_forms_of_many_to_many(database):
    class Post(ryx.Model):
        title = ryx.CharField(max_length=20)

        class Meta:
            table_name = "rel_posts"

    class Tag(ryx.Model):
        name = ryx.CharField(max_length=20)
        posts = ryx.ManyToManyField(Post)

        class Meta:
            table_name = "rel_tags"

    class Mark(ryx.Model):
        name = ryx.CharField(max_length=20)
        posts = ryx.ManyToManyField("Post", through="PostMark", related_name="marks")

        class Meta:
            table_name = "rel_marks"

    class PostMark(ryx.Model):
        post = ryx.ForeignKey("Post", on_delete="CASCADE")
        mark = ryx.ForeignKey(Mark, on_delete="CASCADE")
        at = ryx.DateTimeField(auto_now_add=True)
        weight = ryx.IntField(default=3)

        class Meta:
            table_name = "rel_post_marks"

    class Shelf(ryx.Model):
        name = ryx.CharField(max_length=20)
        posts = ryx.ManyToManyField(Post, through="rel_shelf_links")

        class Meta:
            table_name = "rel_shelves"

    async def main():
        tables = ("tag_posts", "rel_shelf_links", "rel_shelves", "rel_post_marks", "rel_marks", "rel_tags", "rel_posts")
        for table in tables:
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([Post, Tag, Mark, PostMark, Shelf])
        post, other = [await Post.objects.create(title=t) for t in ("a", "b")]
        tag = await Tag.objects.create(name="x")

        await tag.posts.add(post)
        assert await ryx.raw_fetch("SELECT tag_id, post_id FROM tag_posts") == [{"tag_id": tag.pk, "post_id": post.pk}]
        await post.tag_set.remove(tag_id=tag.pk)
        await tag.posts.add(post_id=other.pk)
        await tag.posts.set([post.pk, other])
        assert [p.pk for p in await Post.objects.filter(rel_tags__name="x").order_by("id")] == [post.pk, other.pk]
        assert await post.rel_tags == [tag] and await post.tag_set == [tag]
        (loaded,) = await apply_prefetch_related([post], fields=["rel_tags"])
        assert loaded is post and await post.rel_tags.all() == [tag]

        mark = await Mark.objects.create(name="m")
        await mark.posts.add(post, other.pk)
        await mark.posts.set([other])
        (link,) = await PostMark.objects.all()
        assert (link.post_id, link.weight) == (other.pk, 3) and link.at is not None
        await mark.posts.add(post, through_defaults={"weight": 9})
        assert await PostMark.objects.filter(post=post).values_list("weight", flat=True) == [9]
        assert await post.marks == [mark]

        shelf = await Shelf.objects.create(name="s")
        await shelf.posts.add(post)
        assert len(await ryx.raw_fetch("SELECT * FROM rel_shelf_links")) == 1 and await shelf.posts == [post]

    run(main())


def test_relations_of_class_models(database):
    class Person(ryx.Model):
        name = ryx.CharField(max_length=20)
        boss = ryx.ForeignKey("self", null=True, on_delete="SET_NULL", related_name="team")

        class Meta:
            table_name = "rel_people"

    class Badge(ryx.Model):
        person = ryx.OneToOneField(Person, on_delete="CASCADE")
        code = ryx.UUIDField(auto_create=True)

        class Meta:
            table_name = "rel_badges"

    async def main():
        for table in ("rel_badges", "rel_people"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([Person, Badge])
        ann = await Person.objects.create(name="Ann")
        bob = await Person.objects.create(name="Bob", boss=ann)
        cid = await ann.team.create(name="Cid")
        assert [p.name for p in await ann.team.order_by("id")] == ["Bob", "Cid"] and cid.boss is ann
        badge = await Badge.objects.create(person=bob)
        people = await Person.objects.order_by("id")
        assert [p.badge and p.badge.code for p in people] == [None, badge.code, None]
        assert [p.boss and p.boss.name for p in people] == [None, "Ann", "Ann"]
        assert people[1].badge.person is people[1]
        await ann.delete()
        fresh = await Person.objects.get(name="Bob")
        assert fresh.boss_id is None and fresh.boss is None
        with pytest.raises(TypeError, match="takes a"):
            fresh.boss = badge

    run(main())


def test_objects_that_lua_made_are_siblings_too(shop, monkeypatch, database):
    class Shout(ryx.CharField):
        def to_python(self, value):
            return value if value is None else value.upper()

    class Owner(ryx.Model):
        name = Shout(max_length=10)

        class Meta:
            table_name = "rel_owners"

    class Thing(ryx.Model):
        owner = ryx.ForeignKey(Owner, related_name="things")
        name = Shout(max_length=10)

        class Meta:
            table_name = "rel_things"

    async def main():
        for table in ("rel_things", "rel_owners"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([Owner, Thing])
        for name in ("a", "b"):
            owner = await Owner.objects.create(name=name)
            await owner.things.create(name=name)
        things = await Thing.objects.order_by("id")
        calls = Counting(monkeypatch)
        assert [t.owner.name for t in things] == ["A", "B"] and calls.n == 1
        makers = await shop.Maker.objects.prefetch_related("items").order_by("id")
        items = [i for m in makers for i in await m.items]
        calls.n = 0
        assert [i.stock and i.stock.count for i in items] == [shop.pen.pk * 10, None, shop.pad.pk * 10] and calls.n == 1

    run(main())
