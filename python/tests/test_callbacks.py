# SPDX-License-Identifier: MIT
"""Python called by Lua: what it may do, what becomes of its exceptions, what it holds."""
import asyncio
import concurrent.futures
import gc
import threading
import weakref

import pytest

import ryx
from ryx import CharField, Field, IntField, Model, ValidationError

from conftest import growth

seen = []


class Odd:
    def __init__(self, text):
        self.text = text


class OddField(Field):
    def to_python(self, value):
        return Odd(value) if isinstance(value, str) else value

    def to_db(self, value):
        if value.text == "boom":
            raise LookupError("boom")
        if value.text == "no":
            raise ValueError("not this one")
        return value.text


def elsewhere(make):
    """The value of what make() gives, in a loop of another thread."""

    async def main():
        return await make()

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, main()).result()


def asks_ryx(value):
    """Uses ryx itself while Lua waits for it."""
    if value == "ask":
        seen.append(CbThing.objects.filter(name="x").sql())
        seen.append(repr(CbThing(name="inner")))
    if value == "load":
        seen.append(elsewhere(CbThing.objects.count))


class CbThing(Model):
    name = CharField(max_length=20, validators=[asks_ryx])
    odd = OddField(null=True)
    n = IntField(default=lambda: len(seen))


@pytest.fixture
def Thing(database):
    async def make():
        await ryx.raw_execute("DROP TABLE IF EXISTS cb_things")
        await ryx.migrate([CbThing])

    seen.clear()
    asyncio.run(make())
    return CbThing


def test_a_callback_may_use_ryx(Thing):
    async def main():
        await Thing.objects.create(name="a")
        one = await Thing.objects.create(name="ask")
        assert "FROM" in seen[0] and seen[1] == "<CbThing: pk=None>"
        assert await Thing.objects.filter(pk=one.pk).count() == 1
        await Thing.objects.create(name="load")
        assert seen[2] == 2
        async with ryx.transaction():
            await Thing.objects.create(name="ask")
            assert await Thing.objects.count() == 4

    asyncio.run(main())


def test_many_at_once(Thing):
    async def main():
        await asyncio.gather(*(Thing.objects.create(name="ask" if i % 2 else f"n{i}", odd=str(i)) for i in range(20)))
        assert await Thing.objects.count() == 20
        assert {t.odd.text for t in await Thing.objects.all()} == {str(i) for i in range(20)}

    asyncio.run(main())


def test_from_several_threads(Thing):
    problems = []

    def work():
        async def main():
            for i in range(20):
                await Thing(name="ask", odd="x").full_clean()

        try:
            asyncio.run(main())
        except BaseException as e:
            problems.append(e)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert problems == [] and len(seen) == 160


def test_exceptions_are_the_same_object(Thing):
    async def main():
        with pytest.raises(LookupError, match="boom"):
            await Thing.objects.create(name="a", odd="boom")
        with pytest.raises(LookupError, match="boom"):
            await Thing.objects.filter(odd=Odd("boom"))
        with pytest.raises(ValidationError) as caught:
            await Thing.objects.create(name="a", odd="no")
        assert caught.value.errors == {"odd": ["not this one"]}
        assert await Thing.objects.count() == 0

    asyncio.run(main())


def test_objects_are_let_go_of(Thing):
    async def main():
        odd = Odd("x")
        known = weakref.ref(odd)
        await Thing.objects.create(name="a", odd=odd)
        del odd
        for _ in range(200):
            await Thing.objects.filter(odd=Odd("y")).count()
            gc.collect()
            if known() is None:
                break
        return known

    known = asyncio.run(main())
    for _ in range(50):
        [Thing.objects.filter(name=str(i)) for i in range(1000)]
        if known() is None:
            break
    assert known() is None


def test_memory_stays_flat(Thing):
    async def work():
        await Thing(name="a", odd="b").full_clean()
        try:
            await Thing(name="a", odd="boom").full_clean()
        except LookupError:
            pass

    ryx.setup("sqlite::memory:")
    for grown in growth(work):
        assert grown < 300
