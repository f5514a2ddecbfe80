# SPDX-License-Identifier: MIT
"""Medians as a table, ratios as a plot."""
import statistics

# Scenario -> what it is, and how many times faster than the best peer it is to be on SQLite and PostgreSQL.
WORDS = {
    "get": ("100 gets by key, one after another", 8, 3), "filter50": ("filter, order, 50 rows", 5, 5),
    "rows1000": ("1,000 rows as objects", 5, 5), "values1000": ("1,000 rows of values_list", None, None),
    "select_related": ("1,000 rows with select_related", 5, 5), "prefetch": ("prefetch of 100 x 20", 4, 4),
    "together": ("100 gets at once", 5, 3), "bulk_create": ("bulk_create of 1,000, keys set", 2, 2),
    "bulk_create_keyless": ("the same of those that set no keys", None, None), "create": ("50 creates, one after another", None, None),
    "update": ("update of 500 rows", 2, 2),
}
BARE = "sqlite3"


def medians(times):
    return {peer: statistics.median(list_) for peer, list_ in times.items()}


def ms(seconds):
    return f"{seconds * 1000:.2f}" if seconds is not None else "-"


def best_of(found):
    others = {p: t for p, t in found.items() if p not in ("ryx", BARE)}
    return min(others.values(), default=None)


def rows_of(kind, results):
    for scenario, times in results.items():
        words, *budgets = WORDS[scenario]
        found = medians(times)
        best, own = best_of(found), found.get("ryx")
        ratio = best / own if best and own else None
        yield words, found, ratio, budgets[kind != "sqlite"]


def table(kind, results):
    """Milliseconds of each peer, and how many times ryx is faster than the best."""
    peers = ["ryx"] + sorted({p for times in results.values() for p in times} - {"ryx"})
    lines = [f"| {kind}, ms | " + " | ".join(peers) + " | times faster | to be |", "|---|" + "--:|" * (len(peers) + 2)]
    for words, found, ratio, budget in rows_of(kind, results):
        cells = [ms(found.get(p)) for p in peers]
        lines.append(f"| {words} | " + " | ".join(cells) + f" | {ratio:.1f} | {budget or '-'} |" if ratio
                     else f"| {words} | " + " | ".join(cells) + " | - | - |")
    bare = medians(results.get("values1000", {}))
    if BARE in bare and "ryx" in bare:
        lines.append(f"\nvalues_list against the bare sqlite3 module: {bare[BARE] / bare['ryx']:.2f} (at least 0.90)")
    return "\n".join(lines) + "\n"


def _bar(y, words, ratio, width):
    return (f'<text x="250" y="{y + 13}" text-anchor="end">{words}</text>'
            f'<rect x="258" y="{y}" width="{width:.1f}" height="17" fill="#4878a8"/>'
            f'<text x="{264 + width:.1f}" y="{y + 13}">{ratio:.1f} x</text>')


def plot(kind, results):
    """How many times ryx is faster than the best peer, as bars."""
    rows = [(words, ratio) for words, _, ratio, _ in rows_of(kind, results) if ratio]
    scale = 400 / max([ratio for _, ratio in rows] + [1])
    bars = [_bar(36 + 24 * i, words, ratio, ratio * scale) for i, (words, ratio) in enumerate(rows)]
    line = 258 + scale
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{48 + 24 * len(rows)}" font-family="sans-serif" '
            f'font-size="13"><text x="258" y="20">{kind}: times faster than the best peer</text>{"".join(bars)}'
            f'<line x1="{line:.1f}" y1="28" x2="{line:.1f}" y2="{40 + 24 * len(rows)}" stroke="#c04040"/></svg>\n')


def write(folder, results, import_took):
    folder.mkdir(parents=True, exist_ok=True)
    parts = [table(kind, found) + f"\n![{kind}](python-{kind}.svg)\n" for kind, found in results.items()]
    for kind, found in results.items():
        (folder / f"python-{kind}.svg").write_text(plot(kind, found))
    (folder / "python.md").write_text(
        "# ryx beside other ORMs of Python\n\n`make bench-python` writes this page: medians of interleaved runs, each peer in a "
        "process of its own, on the same tables and rows. All are asynchronous; SQLite is a file in WAL mode with "
        "`synchronous = NORMAL`. *Times faster* is against the best peer that has the scenario.\n\n" + "\n".join(parts)
        + f"\n`import ryx` takes {import_took:.0f} ms (at most 60).\n")
