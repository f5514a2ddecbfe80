# SPDX-License-Identifier: MIT
"""Loops, threads, forks, cancellation, transactions and what stays in memory."""
import asyncio
import contextvars
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

import ryx

from conftest import all_given_back, growth


@pytest.fixture
def table(database):
    async def make():
        await ryx.raw_execute("DROP TABLE IF EXISTS py_runtime")
        await ryx.raw_execute("CREATE TABLE py_runtime (n INTEGER)")

    asyncio.run(make())
    return "py_runtime"


async def count(table):
    return (await ryx.raw_fetch(f"SELECT count(*) AS n FROM {table}"))[0]["n"]


def test_loops_one_after_another(database):
    before = set(ryx.runtime._loops)  # those of threads that run_sync uses
    for i in range(5):
        assert asyncio.run(ryx.raw_fetch("SELECT ? AS n", [i])) == [{"n": i}]
    assert set(ryx.runtime._loops) <= before


def test_a_loop_that_ends_takes_its_engine_along(database):
    async def main():
        await ryx.raw_fetch("SELECT 1 AS n")
        return ryx.runtime.engine()

    assert asyncio.run(main()).closed


def test_a_loop_that_is_only_closed_is_noticed(database):
    before = set(ryx.runtime._loops)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(ryx.raw_fetch("SELECT 1 AS n"))
    loop.close()
    asyncio.run(ryx.raw_fetch("SELECT 1 AS n"))
    assert set(ryx.runtime._loops) <= before


def test_loops_in_several_threads_at_once(database):
    failures = []

    def work(k):
        async def main():
            for i in range(20):
                rows = await asyncio.gather(*(ryx.raw_fetch("SELECT ? AS n", [k * 1000 + i * 10 + j]) for j in range(5)))
                assert [r[0]["n"] for r in rows] == [k * 1000 + i * 10 + j for j in range(5)]

        try:
            asyncio.run(main())
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []


def test_statements_beside_an_open_stream_all_end(Book):
    """Beside a stream each statement looks at what arrived: what it sees there of
    others does not wake the loop again."""

    async def main():
        rows = Book.objects.order_by("id").stream(chunk_size=1)
        await rows.__anext__()
        for _ in range(300):
            calls = (ryx.raw_fetch("SELECT ? AS n", [i]) for i in range(5))
            found = await asyncio.wait_for(asyncio.gather(*calls), 5)
            assert [r[0]["n"] for r in found] == [0, 1, 2, 3, 4]
        await rows.aclose()

    asyncio.run(main())


def test_run_sync_from_plain_code_and_inside_a_loop(database):
    assert ryx.run_sync(ryx.raw_fetch("SELECT 1 AS n")) == [{"n": 1}]
    assert ryx.run_sync(ryx.raw_fetch("SELECT 2 AS n")) == [{"n": 2}]

    async def main():
        return ryx.run_sync(ryx.raw_fetch("SELECT 3 AS n"))

    assert asyncio.run(main()) == [{"n": 3}]
    with pytest.raises(TypeError):
        ryx.run_sync(5)


def test_setup_may_be_called_again_and_need_not_be_awaited(url):
    async def main():
        for _ in range(3):
            await ryx.setup(url, max_connections=3)
            ryx.setup({"default": url, "other": {"url": url, "max_connections": 2}})
            assert await ryx.raw_fetch("SELECT 1 AS n", alias="other") == [{"n": 1}]
            assert ryx.is_connected() and ryx.is_connected("other")
            assert ryx.pool_stats("other")["max"] == 2
        await ryx.close()
        assert not ryx.is_connected()
        with pytest.raises(ryx.PoolNotInitialized, match="setup"):
            await ryx.raw_fetch("SELECT 1 AS n")

    asyncio.run(main())


def test_unknown_options_and_aliases_are_named(url):
    with pytest.raises(ryx.RyxError, match="pool_sise"):
        ryx.setup({"default": {"url": url, "pool_sise": 3}})
    ryx.setup(url)
    with pytest.raises(ryx.MisuseError, match="replica"):
        asyncio.run(ryx.raw_fetch("SELECT 1 AS n", alias="replica"))


def test_a_fork_opens_its_own_connections(table):
    async def in_child():
        return await count(table)

    async def main():
        await ryx.raw_execute("INSERT INTO py_runtime VALUES (1)")

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    # A thread of SQLite's that works at the moment of a fork would leave its
    # locks held in the child.
    time.sleep(0.2)
    pid = os.fork()
    if pid == 0:
        try:
            asyncio._set_running_loop(None)
            os._exit(0 if asyncio.run(in_child()) == 1 else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0
    assert loop.run_until_complete(count(table)) == 1
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def test_tasks_of_a_context_share_its_transaction(table):
    async def insert(n):
        await ryx.raw_execute("INSERT INTO py_runtime VALUES (?)", [n])

    async def main():
        with pytest.raises(KeyError):
            async with ryx.transaction():
                await asyncio.gather(*(insert(n) for n in range(10)))
                assert await count(table) == 10
                raise KeyError
        assert await count(table) == 0
        async with ryx.transaction():
            async with ryx.transaction() as inner:
                await insert(1)
                await inner.rollback()
                assert not await inner.is_active()
            await insert(2)
        assert await count(table) == 1
        await all_given_back()

    asyncio.run(main())


def test_a_task_outside_does_not_see_the_transaction(ns, database):
    async def main():
        await ryx.raw_execute(f"DROP TABLE IF EXISTS {ns.Values._meta.table_name}")
        await ryx.migrate([ns.Values])
        started, seen = asyncio.Event(), asyncio.Event()

        async def other():
            await started.wait()
            n = await ns.Values.objects.count()
            seen.set()
            return n

        task = asyncio.create_task(other())
        async with ryx.transaction():
            await ns.Values.objects.create(whole=1)
            assert await ns.Values.objects.count() == 1
            started.set()
            await seen.wait()
        assert await task == 0

    asyncio.run(main())


def test_a_transaction_does_not_cross_to_another_loop(table):
    async def main():
        async with ryx.transaction():
            context = contextvars.copy_context()
            with pytest.raises(ryx.MisuseError, match="another event loop"):
                await asyncio.to_thread(context.run, asyncio.run, ryx.raw_fetch("SELECT 1 AS n"))

    asyncio.run(main())


def test_cancelling_inside_a_transaction_rolls_it_back(table):
    async def main():
        async def work():
            async with ryx.transaction():
                await ryx.raw_execute("INSERT INTO py_runtime VALUES (1)")
                await asyncio.sleep(30)

        task = asyncio.create_task(work())
        while not ryx.pool_stats()["in_use"]:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await count(table) == 0
        await all_given_back()

    asyncio.run(main())


def test_cancelling_the_begin_leaves_nothing(table):
    async def main():
        for delay in range(12):
            async def work():
                async with ryx.transaction():
                    await ryx.raw_execute("INSERT INTO py_runtime VALUES (1)")

            task = asyncio.create_task(work())
            for _ in range(delay):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        await all_given_back()
        await count(table)

    asyncio.run(main())


def test_read_only_and_isolation_are_passed_on(table):
    async def main():
        async with ryx.transaction(isolation="serializable"):
            await count(table)
        with pytest.raises(ryx.MisuseError, match="isolation"):
            async with ryx.transaction(isolation="chaos"):
                pass
        with pytest.raises(ryx.RyxError):
            async with ryx.transaction(read_only=True):
                await ryx.raw_execute("INSERT INTO py_runtime VALUES (1)")
        assert await count(table) == 0

    asyncio.run(main())


def test_a_busy_program_lets_other_tasks_run(database):
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(tick())
        for _ in range(500):
            await ryx.raw_fetch("SELECT 1 AS n")
        task.cancel()
        assert ticks >= 5

    asyncio.run(main())


def test_errors_carry_what_is_known(database):
    with pytest.raises(ryx.DatabaseError) as caught:
        asyncio.run(ryx.raw_fetch("SELECT * FROM no_such_table_here"))
    error = caught.value
    assert error.kind == "operational" and "no_such_table_here" in str(error)
    assert error.sql == "SELECT * FROM no_such_table_here"
    assert error.alias == "default" and error.constraint is None


def test_sql_that_is_none_is_misuse(database):
    for call in (ryx.raw_fetch, ryx.raw_execute):
        with pytest.raises(ryx.DatabaseError) as caught:
            asyncio.run(call("SELEC 1"))
        assert caught.value.kind == "misuse" and isinstance(caught.value, ryx.MisuseError)


def test_two_columns_of_one_name_are_an_error(database):
    with pytest.raises(ryx.MisuseError, match="two columns are called 'n'"):
        asyncio.run(ryx.raw_fetch("SELECT 1 AS n, 2 AS n"))


def test_lua_c_modules_load(tmp_path):
    (tmp_path / "uses.lua").write_text("""
      local cjson, luv = require "cjson", require "luv"
      assert(cjson.decode("[1]")[1] == 1 and luv.hrtime() > 0)
      return {}
    """)
    script = "import ryx, sys; ryx.load(sys.argv[1]); print('fine')"
    out = subprocess.run([sys.executable, "-c", script, str(tmp_path / "uses.lua")], capture_output=True, text=True,
                         timeout=60)
    assert out.stdout == "fine\n", out.stderr


def test_a_broken_lua_file_is_an_error(tmp_path):
    (tmp_path / "broken.lua").write_text("local = 5")
    with pytest.raises(ryx.MisuseError, match="broken.lua:1"):
        ryx.load(tmp_path / "broken.lua")
    with pytest.raises(ryx.MisuseError, match="nowhere.lua"):
        ryx.load(tmp_path / "nowhere.lua")


def test_the_process_ends_with_calls_under_way(url):
    script = """
import asyncio, sys, ryx
async def main():
    ryx.setup(sys.argv[1])
    await ryx.raw_fetch("SELECT 1 AS n")
    global left
    left = [asyncio.ensure_future(ryx.raw_fetch("SELECT 1 AS n")) for _ in range(20)]
    await asyncio.sleep(0)
    print("fine", flush=True)
    sys.exit(0)
asyncio.run(main())
"""
    out = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, timeout=60)
    assert out.stdout == "fine\n" and out.returncode == 0, out.stderr


def test_calls_leave_no_objects_behind(table):
    async def work():
        await ryx.raw_fetch("SELECT 1 AS a, 'text' AS b, NULL AS c")
        await ryx.raw_execute("DELETE FROM py_runtime WHERE n = ?", [4])
        try:
            await ryx.raw_fetch("SELECT * FROM no_such_table_here")
        except ryx.RyxError:
            pass
        async with ryx.transaction():
            await ryx.raw_fetch("SELECT 1 AS n")
        task = asyncio.create_task(ryx.raw_fetch("SELECT 1 AS n"))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    objects, blocks = growth(work)
    assert objects < 50 and blocks < 500, (objects, blocks)


def test_loops_and_their_engines_leave_no_descriptors(database):
    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    if not pathlib.Path("/proc/self/fd").exists():
        pytest.skip("no /proc here")
    asyncio.run(ryx.raw_fetch("SELECT 1 AS n"))
    before = descriptors()
    for _ in range(20):
        asyncio.run(ryx.raw_fetch("SELECT 1 AS n"))
    assert descriptors() <= before


def test_a_database_in_memory_is_one_for_all_loops_and_threads(ns):
    Post = ns.HostPost

    async def make():
        await ryx.migrate([ns.HostAuthor, Post])
        ann = await ns.HostAuthor.objects.create(name="Ann", email="a@x")
        await Post.objects.create(title="one", author=ann)

    async def titles():
        return await Post.objects.order_by("id").values_list("title", flat=True)

    async def write(i):
        async with ryx.transaction():
            n = await Post.objects.count()
            await asyncio.sleep(0.001)
            await Post.objects.create(title=f"{i}", author_id=1, views=n)

    def work(i):
        asyncio.run(write(i))

    ryx.setup("sqlite::memory:")
    asyncio.run(make())
    assert asyncio.run(titles()) == ["one"] and ryx.run_sync(titles()) == ["one"]

    async def main():
        await asyncio.gather(*(asyncio.to_thread(work, i) for i in range(8)))
        assert ryx.run_sync(titles()) == await titles()
        assert len(await titles()) == 9
        # Transactions came one after another.
        assert sorted(await Post.objects.exclude(title="one").values_list("views", flat=True)) == [*range(1, 9)]
        async with ryx.transaction() as tx:
            await Post.objects.all().delete()
            await tx.rollback()
        assert await Post.objects.count() == 9

    asyncio.run(main())
    ryx.setup("sqlite::memory:")
    with pytest.raises(ryx.OperationalError, match="no such table"):
        asyncio.run(titles())


def test_the_memory_of_a_parent_is_not_the_child_s(ns):
    ryx.setup("sqlite::memory:")

    async def tables():
        return len(await ryx.raw_fetch("SELECT name FROM sqlite_schema"))

    asyncio.run(ryx.raw_execute("CREATE TABLE a (n INTEGER)"))
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(ryx.raw_execute("CREATE TABLE b (n INTEGER)"))
            os._exit(asyncio.run(tables()))
        except BaseException:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1 and asyncio.run(tables()) == 1
