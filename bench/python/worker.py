# SPDX-License-Identifier: MIT
"""One peer in a process of its own: reads the name of a scenario a line, answers with the
seconds it took, or with what went wrong."""
import asyncio
import gc
import importlib
import json
import os
import sys
import time

# Name in a peer -> arguments, and how often it runs for one measure.
SCENARIOS = {
    "get": ((100,), 1), "filter50": ((), 10), "rows1000": ((), 2), "values1000": ((), 5), "select_related": ((), 2),
    "prefetch": ((), 1), "together": ((100,), 1), "bulk_create": ((), 1), "bulk_create_keyless": ((), 1),
    "create": ((50,), 1), "update": ((), 5),
}
ENDS_CLEAR = {"bulk_create", "bulk_create_keyless", "create"}


async def _prepare(peer, name):
    if name == "update":
        await peer.clear()
        await getattr(peer, "bulk_create", None or getattr(peer, "bulk_create_keyless", None))()


async def measure(peer, name):
    fn = getattr(peer, name, None)
    if fn is None:
        return None
    args, times = SCENARIOS[name]
    await _prepare(peer, name)
    gc.collect()
    began = time.perf_counter()
    for _ in range(times):
        out = await fn(*args)
    took = (time.perf_counter() - began) / times
    if name in ENDS_CLEAR:
        await peer.clear()
    return took, len(out) if isinstance(out, (list, tuple)) else out if isinstance(out, int) else None


async def serve(peer, kind, place):
    await peer.open(kind, place)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            answer = await measure(peer, line.strip())
        except Exception as e:
            answer = f"{type(e).__name__}: {e}"[:200]
        print(json.dumps(answer), flush=True)


async def serve_and_leave(peer, kind, place):
    await serve(peer, kind, place)
    # Threads of some peers never end.
    os._exit(0)


if __name__ == "__main__":
    name, kind, place = sys.argv[1:]
    asyncio.run(serve_and_leave(importlib.import_module(f"peers.{name}_peer"), kind, place))
