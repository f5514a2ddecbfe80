# SPDX-License-Identifier: MIT
"""The same tables and rows for every peer, made by the databases' plain drivers."""
import sqlite3

AUTHORS, POSTS_OF_EACH = 100, 20
POSTS = AUTHORS * POSTS_OF_EACH

TABLES = """
CREATE TABLE bench_authors (id {key}, name VARCHAR(100) NOT NULL);
CREATE TABLE bench_posts (
  id {key}, author_id {ref} NOT NULL REFERENCES bench_authors (id), title VARCHAR(200) NOT NULL, views {ref} NOT NULL,
  rating {real} NOT NULL, created TIMESTAMP NOT NULL
);
CREATE INDEX bench_posts_author ON bench_posts (author_id);
CREATE TABLE bench_items (
  id {key}, name VARCHAR(100) NOT NULL, category VARCHAR(50) NOT NULL, price {ref} NOT NULL, is_active {ref} NOT NULL
);
"""
TYPES = {
    "sqlite": {"key": "INTEGER PRIMARY KEY AUTOINCREMENT", "ref": "INTEGER", "real": "REAL"},
    "postgres": {"key": "SERIAL PRIMARY KEY", "ref": "INTEGER", "real": "DOUBLE PRECISION"},
}
DROP = "DROP TABLE IF EXISTS bench_items; DROP TABLE IF EXISTS bench_posts; DROP TABLE IF EXISTS bench_authors;"


def authors():
    return [(i, f"Author {i}") for i in range(1, AUTHORS + 1)]


def posts():
    return [
        (i, (i - 1) // POSTS_OF_EACH + 1, f"A title of some length {i}", i % 997, i / 7,
         f"2024-{i % 12 + 1:02}-{i % 28 + 1:02} {i % 24:02}:{i % 60:02}:00.000000")
        for i in range(1, POSTS + 1)
    ]


def _fill(execute, executemany, mark):
    executemany(f"INSERT INTO bench_authors VALUES ({mark}, {mark})", authors())
    executemany(f"INSERT INTO bench_posts VALUES ({', '.join([mark] * 6)})", posts())


def make(kind, place):
    """place: a file, or a URL of PostgreSQL."""
    if kind == "sqlite":
        db = sqlite3.connect(place)
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(DROP + TABLES.format(**TYPES[kind]))
        _fill(db.execute, db.executemany, "?")
    else:
        import psycopg

        db = psycopg.connect(place)
        db.execute(DROP + TABLES.format(**TYPES[kind]))
        _fill(db.execute, db.cursor().executemany, "%s")
        for table in ("bench_authors", "bench_posts"):
            db.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    db.commit()
    db.close()


def item(i):
    """A row of the reference's own benchmark."""
    return {"name": f"Item {i}", "category": "B" if i % 2 else "A", "price": i * 10, "is_active": 1 if i % 3 else 0}


ITEMS = [item(i) for i in range(1000)]
