# SPDX-License-Identifier: MIT
"""Between code that awaits and code that does not."""
import asyncio
import contextvars
import inspect
import threading
import time

import pytest

import ryx
import ryx.queryset
from ryx import async_to_async, async_to_sync, run_async, run_sync, sync_to_async

from blog import BlogPost as Post, open_blog

VAR = contextvars.ContextVar("var", default=0)


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)


def test_async_to_sync():
    async def count(views, *, more=0):
        return await Post.objects.filter(views__gte=views).count() + more

    plain = async_to_sync(count)
    assert plain(40) == 2 and plain(40, more=1) == 3 and plain.__name__ == "count"
    assert async_to_sync(lambda: Post.objects.filter(views=10))()[0].title == "Post 1"
    assert async_to_sync(Post.objects.filter(views=10).__await__)()[0].title == "Post 1"
    assert async_to_sync(Post.objects.count()) == 5
    with pytest.raises(TypeError, match="async function"):
        async_to_sync(5)

    async def inside():
        return plain(40)

    assert asyncio.run(inside()) == 2


def test_sync_to_async():
    def blocking(a, b=0):
        return a + b, threading.current_thread(), VAR.get()

    async def main():
        VAR.set(7)
        fn = sync_to_async(blocking)
        assert inspect.iscoroutinefunction(fn) and fn.__name__ == "blocking"
        total, thread, var = await fn(1, b=2)
        assert (total, var) == (3, 7) and thread is not threading.main_thread()
        assert (await fn(1))[1] is thread
        with pytest.raises(ZeroDivisionError):
            await sync_to_async(lambda: 1 / 0)()
        # Those that want one thread come one after another, the others at once.
        for sensitive, n_threads in ((True, 1), (False, 2)):
            gate = threading.Barrier(2)
            meet = sync_to_async(lambda: gate.wait(0.2), thread_sensitive=sensitive)
            results = await asyncio.gather(meet(), meet(), return_exceptions=True)
            assert sum(isinstance(r, threading.BrokenBarrierError) for r in results) == (2 if n_threads == 1 else 0)

    asyncio.run(main())
    with pytest.raises(TypeError, match="takes a function"):
        sync_to_async(5)


def test_bridges_over_bridges():
    @sync_to_async
    def inner():
        return run_sync(Post.objects.count())

    def outer():
        return run_sync(run_sync_again())

    async def run_sync_again():
        return await inner() + run_sync(inner())

    async def main():
        return await asyncio.wait_for(sync_to_async(outer)(), 10)

    assert asyncio.run(main()) == 10


def test_run_async():
    async def count():
        return await Post.objects.count()

    async def main():
        assert await run_async(lambda a, key: (a, key), 1, key="value") == (1, "value")
        assert await run_async(count) == 5 and await run_async(Post.objects.count()) == 5
        start = time.monotonic()
        await asyncio.gather(run_async(time.sleep, 0.05), asyncio.sleep(0.05))
        assert time.monotonic() - start < 0.5

    asyncio.run(main())


def test_async_to_async():
    async def count():
        return await Post.objects.count()

    async def main():
        assert async_to_async(count) is count and await async_to_async(len)([1]) == 1

    asyncio.run(main())


def test_they_are_in_the_module_of_querysets():
    for name in ryx.bridges.__all__:
        assert getattr(ryx.queryset, name) is getattr(ryx, name)
