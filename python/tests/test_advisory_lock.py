# SPDX-License-Identifier: MIT
"""Advisory locks: one block at a time under a name."""
import asyncio
import threading

import pytest

import ryx

from conftest import all_given_back


async def is_free(name):
    try:
        async with ryx.advisory_lock(name, wait=0):
            return True
    except ryx.TimeoutError:
        return False


async def most_inside(n, name_of):
    """How many of n tasks are inside at once, at most."""
    now = most = 0

    async def enter(i):
        nonlocal now, most
        async with ryx.advisory_lock(name_of(i)):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1

    await asyncio.gather(*(enter(i) for i in range(n)))
    return most


def test_one_at_a_time(database):
    assert asyncio.run(most_inside(6, lambda i: "one")) == 1


def test_a_timeout_names_the_lock_and_the_seconds(database):
    async def main():
        async with ryx.advisory_lock("nightly"):
            async def late():
                async with ryx.advisory_lock("nightly", wait=0.05):
                    pass

            with pytest.raises(ryx.TimeoutError, match='the advisory lock "nightly" was not free within 0.05 s'):
                await asyncio.create_task(late())
        assert await is_free("nightly")

    asyncio.run(main())


def test_the_same_task_asks_again(database):
    async def main():
        async with ryx.advisory_lock("one"):
            async with ryx.advisory_lock("two"):
                with pytest.raises(ryx.MisuseError, match='"one" is held by this task already'):
                    async with ryx.advisory_lock("one"):
                        pass
        assert await is_free("one")

    asyncio.run(main())


def test_an_exception_gives_it_back(database):
    async def main():
        error = KeyError("mine")
        with pytest.raises(KeyError) as e:
            async with ryx.advisory_lock("one"):
                raise error
        assert e.value is error
        assert await is_free("one")

    asyncio.run(main())


def test_cancelling_gives_it_back(database):
    async def hold(entered):
        async with ryx.advisory_lock("one"):
            entered.set()
            await asyncio.sleep(5)

    async def main():
        entered = asyncio.Event()
        holder = asyncio.create_task(hold(entered))
        await entered.wait()
        waiter = asyncio.create_task(hold(asyncio.Event()))
        await asyncio.sleep(0.05)
        assert not await is_free("one")
        for task in (waiter, holder):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await is_free("one")
        await all_given_back()

    asyncio.run(main())


def test_cancelling_the_entry_leaves_nothing(database):
    async def main():
        for delay in range(16):
            async def work():
                async with ryx.advisory_lock("one"):
                    await asyncio.sleep(0)

            task = asyncio.create_task(work())
            for _ in range(delay):
                await asyncio.sleep(0 if delay % 2 else 0.001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with ryx.advisory_lock("one", wait=2):
            pass
        await all_given_back()

    asyncio.run(main())


def test_statements_are_as_they_were(database):
    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS py_lock")
        await ryx.raw_execute("CREATE TABLE py_lock (n INTEGER)")
        async with ryx.advisory_lock("one"):
            await ryx.raw_execute("INSERT INTO py_lock VALUES (1)")
        with pytest.raises(KeyError):
            async with ryx.transaction():
                async with ryx.advisory_lock("one"):
                    await ryx.raw_execute("INSERT INTO py_lock VALUES (2)")
                assert await is_free("one")
                raise KeyError
        assert await ryx.raw_fetch("SELECT count(*) AS n FROM py_lock") == [{"n": 1}]

    asyncio.run(main())


def test_loops_of_two_threads_exclude_each_other(database):
    seen = []

    def work():
        async def main():
            for _ in range(10):
                async with ryx.advisory_lock("one"):
                    seen.append("in")
                    await asyncio.sleep(0.001)
                    seen.append("out")

        asyncio.run(main())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert seen == ["in", "out"] * 20


def test_nonsense_is_refused(database):
    async def main():
        for name, options in (("", {}), (5, {}), ("a", {"wait": -1}), ("a", {"alias": "nowhere"})):
            with pytest.raises(ryx.MisuseError):
                async with ryx.advisory_lock(name, **options):
                    pass

    asyncio.run(main())
