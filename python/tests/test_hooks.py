# SPDX-License-Identifier: MIT
"""Hooks of models: what is called around a write, with which object, in which order."""
import asyncio

import pytest

import ryx
from ryx import ValidationError, hooks, post_delete, post_save, pre_delete, pre_save

from conftest import run
from shop import open_shop


@pytest.fixture
def shop(url):
    return open_shop(url)


@pytest.fixture(autouse=True)
def nobody_stays_connected():
    yield
    for signal in (pre_save, post_save, pre_delete, post_delete):
        signal._replace(())


def add_hooks(cls, **methods):
    """What the body of a class model does."""
    for name, fn in methods.items():
        setattr(cls, name, fn)
    hooks.tie(cls)


def test_hooks_and_signals_keep_their_order(shop):
    heard = []

    def hook(name):
        async def fn(self, *args):
            await asyncio.sleep(0)
            heard.append((name, self, *args))

        return fn

    add_hooks(shop.Item, **{name: hook(name) for name in hooks.NAMES})
    for signal in (pre_save, post_save, pre_delete, post_delete):
        def told(sender, instance, signal=signal, **kwargs):
            heard.append((signal.name, instance))

        signal.connect(told, sender=shop.Item)

    async def main():
        item = shop.Item(name="Pen")
        await item.save()
        assert [h[0] for h in heard] == ["clean", "before_save", "pre_save", "post_save", "after_save"]
        assert all(h[1] is item for h in heard)
        assert heard[1][2] is True and heard[4][2] is True
        heard.clear()
        await item.save(validate=False)
        assert [h[0] for h in heard] == ["before_save", "pre_save", "post_save", "after_save"]
        assert heard[0][2] is False
        heard.clear()
        await item.delete()
        assert [h[0] for h in heard] == ["before_delete", "pre_delete", "post_delete", "after_delete"]
        assert all(h[1] is item for h in heard) and item.pk is None

    run(main())


def test_clean_may_be_plain_and_refuse(shop):
    def clean(self):
        if self.name == "bad":
            raise ValidationError({"name": ["is bad"]})
        self.country = self.name.lower()

    add_hooks(shop.Maker, clean=clean)

    async def main():
        with pytest.raises(ValidationError) as e:
            await shop.Maker.objects.create(name="bad")
        assert e.value.errors == {"name": ["is bad"]}
        maker = shop.Maker(name="ANN")
        await maker.full_clean()
        assert maker.country == "ann"
        await shop.Maker(name="BOB").save()
        assert await shop.Maker.objects.values_list("country", flat=True) == ["bob"]

    run(main())


def test_clean_is_called_only_when_the_fields_are_well(shop):
    heard = []

    async def clean(self):
        heard.append(self)

    add_hooks(shop.Item, clean=clean)

    async def main():
        with pytest.raises(ValidationError) as e:
            await shop.Item(name="x" * 200).save()
        assert [*e.value.errors] == ["name"] and heard == []

    run(main())


def test_what_hooks_set_is_written_and_stays(shop):
    async def before_save(self, created):
        self.slug = f"{self.name}-{created}"
        self.maker = await shop.Maker.objects.create(name="Ann") if created else self.maker

    async def after_save(self, created):
        self.seen = self.pk
        self.name = self.name.upper()

    add_hooks(shop.Item, before_save=before_save, after_save=after_save)

    async def main():
        item = await shop.Item.objects.create(name="pen")
        assert (item.slug, item.name, item.seen, item.maker.name) == ("pen-True", "PEN", item.pk, "Ann")
        fresh = await shop.Item.objects.select_related("maker").get()
        assert (fresh.slug, fresh.name, fresh.maker.name) == ("pen-True", "pen", "Ann")
        await fresh.save()
        assert (await shop.Item.objects.get()).slug == "pen-False"

    run(main())


def test_a_hook_that_fails_stops_the_write(shop):
    async def before_save(self, created):
        raise RuntimeError("not today")

    async def before_delete(self):
        raise RuntimeError("never")

    async def main():
        item = await shop.Item.objects.create(name="pen")
        add_hooks(shop.Item, before_save=before_save, before_delete=before_delete)
        with pytest.raises(RuntimeError, match="not today"):
            await shop.Item(name="ink").save()
        with pytest.raises(RuntimeError, match="never"):
            await item.delete()
        assert item.pk and await shop.Item.objects.count() == 1

    run(main())


def test_what_is_saved_in_a_hook_is_undone_with_the_transaction(shop):
    async def after_save(self, created):
        await shop.Stock.objects.create(item=self)

    add_hooks(shop.Item, after_save=after_save)

    async def main():
        with pytest.raises(ZeroDivisionError):
            async with ryx.transaction():
                await shop.Item.objects.create(name="pen")
                assert await shop.Stock.objects.count() == 1
                1 / 0
        assert await shop.Stock.objects.count() == 0

    run(main())


def test_a_hook_that_waits_where_nothing_may_is_refused(shop):
    async def clean(self):
        await asyncio.sleep(0)

    add_hooks(shop.Maker, clean=clean)
    maker = shop.Maker(name="Ann")
    with pytest.raises(ryx.MisuseError, match="waits, and what calls it blocks"):
        ryx.runtime.run_blocking("full_clean", maker)


def test_values_of_every_kind_pass_through_hooks_unchanged(shop, ns):
    import datetime
    import decimal
    import uuid
    key, moment = uuid.uuid4(), datetime.datetime(2024, 1, 2, 3, 4, 5, 6)
    seen = {}

    async def before_save(self, created):
        seen.update(self.__dict__)

    Values = ns.Values
    add_hooks(Values, before_save=before_save)

    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS py_values")
        await ryx.migrate([Values])
        v = await Values.objects.create(
            flag=True, whole=2**60, real=1.5, text="x", data=b"\x00\xff", price=decimal.Decimal("1.250"), moment=moment,
            key=key, doc={"a": [1, None]}, words=["a", "b"], span=datetime.timedelta(seconds=3))
        assert seen["data"] == b"\x00\xff" and seen["key"] == key and seen["doc"] == {"a": [1, None]}
        assert seen["moment"] == moment and seen["words"] == ["a", "b"] and seen["price"] == decimal.Decimal("1.25")
        fresh = await Values.objects.get(pk=v.pk)
        for name in ("flag", "whole", "real", "text", "data", "price", "moment", "key", "doc", "words", "span", "hour"):
            assert getattr(fresh, name) == getattr(v, name), name

    try:
        run(main())
    finally:
        del Values.before_save
        ryx._ryx.call(ryx._ryx.function("hook"), Values._lua, "before_save", None)


def test_hooks_of_class_models(database):
    heard = []

    class Base(ryx.Model):
        name = ryx.CharField(max_length=20)

        async def clean(self):
            await super().clean()
            heard.append(("clean", self))

        class Meta:
            abstract = True

    class HookNote(Base):
        slug = ryx.CharField(max_length=20, null=True)

        async def before_save(self, created):
            await super().before_save(created)
            self.slug = self.name.lower()
            heard.append(("before", self))

        def after_delete(self):
            heard.append(("gone", self))

    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS hook_notes")
        await ryx.migrate([HookNote])
        note = HookNote(name="A")
        await note.save()
        assert heard == [("clean", note), ("before", note)] and heard[0][1] is note
        assert (await HookNote.objects.get()).slug == "a"
        assert await note.delete() == 1
        assert heard[2] == ("gone", note)

    run(main())


def test_signals_of_class_models_are_for_the_class_itself(database):
    heard = []

    class SignalBase(ryx.Model):
        name = ryx.CharField(max_length=20)

        class Meta:
            abstract = True

    class SignalA(SignalBase):
        pass

    class SignalB(SignalBase):
        pass

    def told(sender, instance, **kwargs):
        heard.append((sender, instance.name))

    post_save.connect(told, sender=SignalBase)
    post_save.connect(told, sender=SignalA)

    async def main():
        for cls in (SignalA, SignalB):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {cls._meta.table_name}")
            await ryx.migrate([cls])
            await cls.objects.create(name=cls.__name__)
        assert heard == [(SignalA, "SignalA")]

    run(main())


def test_what_lua_calls_at_once_does_not_wait_for_it(database):
    class Waiting(ryx.CharField):
        def to_db(self, value):
            if value == "late":
                ryx.runtime.run_blocking("raw_fetch", "SELECT 1 AS n", None, None)
            return value

    class HookLate(ryx.Model):
        name = Waiting(max_length=10)

        async def before_save(self, created):
            await ryx.raw_fetch("SELECT 1 AS n")
            self.name = "late"

    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS hook_lates")
        await ryx.migrate([HookLate])

        async def save():
            try:
                await HookLate.objects.create(name="a")
            except ryx.MisuseError as e:
                assert "do no I/O" in str(e)

        await asyncio.wait_for(asyncio.gather(*(save() for _ in range(4))), 20)

    run(main())
