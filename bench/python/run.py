# SPDX-License-Identifier: MIT
"""ryx beside other ORMs of Python: a process for each, their measures interleaved.

BENCH_PEERS=peewee,django  BENCH_ROUNDS=5  BENCH_DATABASES=sqlite,postgres  BENCH_SCENARIOS=get,prefetch
BENCH_REFERENCE is the folder that the reference's package is in; --write DIR leaves a table and a plot."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import data
import report
from worker import SCENARIOS

HERE = pathlib.Path(__file__).parent
ALL = ["sqlite3", "django", "sqlalchemy", "tortoise", "peewee", "piccolo", "oxyde", "reference"]


def listed(name, default):
    return os.environ[name].split(",") if os.environ.get(name) else default


class Worker:
    def __init__(self, name, kind, place):
        self.name, env = name, dict(os.environ)
        if name == "reference":
            env["PYTHONPATH"] = os.environ.get("BENCH_REFERENCE", "")
        self.process = subprocess.Popen(
            [sys.executable, "worker.py", name, kind, place], cwd=HERE, env=env, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE if not os.environ.get("BENCH_VERBOSE") else None)

    def ask(self, scenario):
        """(seconds, what came out), None when it has no such thing, or a text."""
        try:
            self.process.stdin.write(scenario + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else "it ended"

    def end(self):
        self.process.communicate()


def place_of(kind, name, folder):
    if kind == "sqlite":
        return f"{folder}/{name}.db"
    return os.environ["RYX_TEST_PG_URL"]


def measured(kind, names, rounds, scenarios, folder):
    """{scenario: {peer: [seconds, ...]}}; on a server all use the same tables, one after another."""
    workers = []
    for name in ["ryx", *names]:
        if name == "sqlite3" != kind:
            continue
        place = place_of(kind, name, folder)
        if kind == "sqlite" or name == "ryx":
            data.make(kind, place)
        workers.append(Worker(name, kind, place))
    out = {}
    for scenario in scenarios:
        times = out[scenario] = {}
        for i in range(rounds + 2):
            for worker in workers:
                answer = worker.ask(scenario) if times.get(worker.name, []) is not None else None
                if not isinstance(answer, list):
                    if isinstance(answer, str) and times.get(worker.name, []) is not None:
                        print(f"# {kind} {scenario} {worker.name}: {answer}", file=sys.stderr)
                    times[worker.name] = None
                elif i > 1:
                    times[worker.name].append(answer[0])
                else:
                    times[worker.name] = []
    for worker in workers:
        worker.end()
    return {s: {n: t for n, t in times.items() if t} for s, times in out.items()}


def import_ms(module, env=None):
    """The fastest of some imports, without the interpreter's own start."""
    def once(code):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=env)
        return (time.perf_counter() - began) * 1000

    return min(once(f"import asyncio, {module}") for _ in range(9)) - min(once("import asyncio") for _ in range(9))


def main():
    names, rounds = listed("BENCH_PEERS", ALL), int(os.environ.get("BENCH_ROUNDS") or 30)
    scenarios = listed("BENCH_SCENARIOS", list(SCENARIOS))
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in listed("BENCH_DATABASES", ["sqlite", "postgres"]):
            if kind == "sqlite" or os.environ.get("RYX_TEST_PG_URL"):
                results[kind] = measured(kind, names, rounds, scenarios, folder)
                print(report.table(kind, results[kind]), flush=True)
    took = import_ms("ryx")
    print(f"import ryx: {took:.0f} ms (at most 60)")
    if "--write" in sys.argv:
        report.write(pathlib.Path(sys.argv[sys.argv.index("--write") + 1]), results, took)


if __name__ == "__main__":
    main()
