# SPDX-License-Identifier: MIT
"""Transactions: blocks, savepoints, who is in them."""
import asyncio

import pytest

import ryx

from conftest import run
from shop import open_shop


@pytest.fixture
def shop(url):
    return open_shop(url)


async def names(shop):
    return await shop.Item.objects.order_by("id").values_list("name", flat=True)


def test_a_block_commits_and_an_exception_rolls_back(shop):
    async def main():
        async with ryx.transaction() as tx:
            await shop.Item.objects.create(name="a")
            assert await tx.is_active() is True and tx.get_alias() == "default"
        assert await tx.is_active() is False
        with pytest.raises(ValueError, match="no"):
            async with ryx.transaction():
                await shop.Item.objects.create(name="b")
                raise ValueError("no")
        assert await names(shop) == ["a"]

    run(main())


def test_nested_blocks_are_savepoints(shop):
    async def main():
        async with ryx.transaction():
            await shop.Item.objects.create(name="a")
            with pytest.raises(ValueError):
                async with ryx.transaction("default"):
                    await shop.Item.objects.create(name="b")
                    raise ValueError
            async with ryx.transaction():
                await shop.Item.objects.create(name="c")
        assert await names(shop) == ["a", "c"]

    run(main())


def test_the_active_transaction_is_the_innermost(shop):
    async def main():
        assert ryx.get_active_transaction() is None
        async with ryx.transaction() as outer:
            assert ryx.get_active_transaction() is outer
            async with ryx.transaction() as inner:
                assert ryx.get_active_transaction() is inner

                async def other():
                    return ryx.get_active_transaction()

                assert await asyncio.gather(other(), other()) == [inner, inner]
            assert ryx.get_active_transaction() is outer
        assert ryx.get_active_transaction() is None

    run(main())


def test_rollback_then_a_clean_exit(shop):
    async def main():
        async with ryx.transaction() as tx:
            await shop.Item.objects.create(name="a")
            await tx.rollback()
            await tx.rollback()
            assert await tx.is_active() is False
        async with ryx.transaction():
            await shop.Item.objects.create(name="b")
            async with ryx.transaction() as inner:
                await shop.Item.objects.create(name="c")
                await inner.rollback()
        assert await names(shop) == ["b"]

    run(main())


def test_commit_then_a_clean_exit(shop):
    async def main():
        async with ryx.transaction() as tx:
            await shop.Item.objects.create(name="a")
            await tx.commit()
            await tx.commit()
            assert await tx.is_active() is False
            with pytest.raises(ryx.MisuseError, match="has ended"):
                await shop.Item.objects.create(name="b")
        with pytest.raises(ValueError):
            async with ryx.transaction() as tx:
                await shop.Item.objects.create(name="c")
                await tx.commit()
                raise ValueError
        assert await names(shop) == ["a", "c"]

    run(main())


def test_named_savepoints(shop):
    async def main():
        async with ryx.transaction() as tx:
            await shop.Item.objects.create(name="a")
            await tx.savepoint("first")
            await shop.Item.objects.create(name="b")
            await tx.savepoint("second; DROP TABLE shop_items")
            await shop.Item.objects.create(name="c")
            await tx.rollback_to("second; DROP TABLE shop_items")
            assert await names(shop) == ["a", "b"]
            await shop.Item.objects.create(name="d")
            await tx.rollback_to("first")
            assert await names(shop) == ["a"]
            with pytest.raises(ryx.MisuseError, match="no savepoint"):
                await tx.rollback_to("second; DROP TABLE shop_items")
            await shop.Item.objects.create(name="e")
            await tx.rollback_to("first")
            await shop.Item.objects.create(name="f")
            await tx.release_savepoint("first")
            with pytest.raises(ryx.MisuseError, match="no savepoint"):
                await tx.release_savepoint("first")
        assert await names(shop) == ["a", "f"]

    run(main())


def test_savepoints_that_are_left_open(shop):
    async def main():
        async with ryx.transaction():
            await shop.Item.objects.create(name="a")
            async with ryx.transaction() as inner:
                await shop.Item.objects.create(name="b")
                await inner.savepoint("x")
                await shop.Item.objects.create(name="c")
            with pytest.raises(ValueError):
                async with ryx.transaction() as inner:
                    await shop.Item.objects.create(name="d")
                    await inner.savepoint("x")
                    await shop.Item.objects.create(name="e")
                    raise ValueError
            async with ryx.transaction() as inner:
                await shop.Item.objects.create(name="f")
                await inner.savepoint("x")
                await inner.rollback()
        assert await names(shop) == ["a", "b", "c"]
        async with ryx.transaction() as tx:
            await tx.savepoint("x")
            await shop.Item.objects.create(name="g")
        async with ryx.transaction() as tx:
            await tx.savepoint("x")
            await shop.Item.objects.create(name="h")
            await tx.rollback()
        assert await names(shop) == ["a", "b", "c", "g"]

    run(main())


def test_a_savepoint_saves_a_transaction_from_an_error(shop):
    async def main():
        await shop.Label.objects.create(text="x")
        async with ryx.transaction() as tx:
            await shop.Label.objects.create(text="y")
            await tx.savepoint("try")
            with pytest.raises(ryx.IntegrityError):
                await shop.Label.objects.create(text="x")
            await tx.rollback_to("try")
            await shop.Label.objects.create(text="z")
        assert await shop.Label.objects.order_by("id").values_list("text", flat=True) == ["x", "y", "z"]

    run(main())


def test_savepoints_of_a_block_around_another_one_are_out_of_reach(shop):
    async def main():
        async with ryx.transaction() as tx:
            await tx.savepoint("x")
            async with ryx.transaction():
                for call in (tx.savepoint("y"), tx.rollback_to("x"), tx.release_savepoint("x"), tx.rollback(), tx.commit()):
                    with pytest.raises(ryx.MisuseError, match="inside of this one"):
                        await call
            await tx.rollback_to("x")

    run(main())


def test_gathered_calls_queue_in_the_transaction(shop):
    async def main():
        async with ryx.transaction() as tx:
            items = await asyncio.gather(*(shop.Item.objects.create(name=f"n{i}") for i in range(20)))
            counts = await asyncio.gather(*(shop.Item.objects.filter(pk__lte=i.pk).count() for i in items))
            assert len({i.pk for i in items}) == 20 and sorted(counts) == [*range(1, 21)]
            await tx.rollback()
        assert await shop.Item.objects.count() == 0

    run(main())


def test_bulk_and_raw_are_in_the_transaction(shop):
    async def main():
        async with ryx.transaction() as tx:
            await shop.Item.objects.bulk_create([shop.Item(name="a"), shop.Item(name="b")])
            await ryx.raw_execute("UPDATE shop_items SET slug = ?", ["x"])
            assert await shop.Item.objects.filter(slug="x").count() == 2
            await tx.rollback()
        assert await shop.Item.objects.count() == 0

    run(main())


def test_functions_that_are_told_of_the_end(shop):
    heard = []

    async def committed():
        heard.append(("commit", await shop.Item.objects.count()))

    async def main():
        async with ryx.transaction() as tx:
            tx.on_commit(committed)
            tx.on_commit(lambda: heard.append("plain"))
            tx.on_rollback(lambda: heard.append("never"))
            await shop.Item.objects.create(name="a")
            async with ryx.transaction() as inner:
                inner.on_commit(lambda: heard.append("inner"))
                inner.on_rollback(lambda: heard.append("inner undone"))
                await inner.rollback()
                assert heard == ["inner undone"]
        assert heard == ["inner undone", ("commit", 1), "plain"]
        with pytest.raises(ryx.MisuseError, match="has ended"):
            tx.on_commit(committed)

    run(main())
