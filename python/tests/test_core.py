# SPDX-License-Identifier: MIT
"""ryx.ryx_core: functions and statements without models."""
import subprocess
import sys

import pytest

import ryx
from ryx import Q, ryx_core
from ryx.ryx_core import QueryBuilder

from blog import BlogAuthor as Author, BlogPost as Post, open_blog
from conftest import run


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)
    yield
    ryx.setup(url)


def test_names_and_the_other_module(url):
    import ryx_core as other

    assert other is ryx_core and ryx_core.__version__ == ryx.__version__
    for name in ("setup register_lookup available_lookups list_lookups list_transforms list_aliases get_backend is_connected "
                 "pool_stats raw_fetch raw_execute execute_with_params fetch_with_params bulk_insert bulk_update bulk_delete "
                 "begin_transaction _set_active_transaction _get_active_transaction QueryBuilder TransactionHandle").split():
        assert callable(getattr(ryx_core, name)), name

    async def main():
        await ryx_core.setup({"default": url}, 5, 1, 30, 600, 1800)
        assert ryx_core.is_connected("default") and ryx_core.pool_stats("default")["in_use"] == 0
        assert await ryx_core.raw_fetch("SELECT 1 AS n", "default") == [{"n": 1}]
        assert await ryx_core.raw_execute("UPDATE blog_posts SET views = 1 WHERE views = 10") == 1

    run(main())


def test_what_a_builder_says():
    builder = QueryBuilder("posts")
    with_filter = builder.add_filter("views", "gte", 100, False).add_order_by("-views").set_limit(5).set_offset(2)
    sql = with_filter.set_distinct().compiled_sql().replace("`", '"')
    assert sql == 'SELECT DISTINCT * FROM "posts" WHERE "views" >= ? ORDER BY "views" DESC LIMIT 5 OFFSET 2'
    assert builder.compiled_sql().replace("`", '"') == 'SELECT * FROM "posts"'
    joined = builder.add_join("LEFT", "authors", "a", "posts.author_id", "a.id").compiled_sql().replace("`", '"')
    assert joined == 'SELECT * FROM "posts" LEFT OUTER JOIN "authors" AS "a" ON "posts"."author_id" = "a"."id"'
    odd = QueryBuilder('x"; DROP TABLE y; --').compiled_sql()
    assert '"x""; DROP' in odd or '`x"; DROP' in odd
    with pytest.raises(ryx.FieldError, match="nope"):
        builder.add_filter("a", "nope", 1).compiled_sql()
    with pytest.raises(ryx.MisuseError, match="join"):
        builder.add_join("SIDEWAYS", "a", "b", "c", "d")


def test_a_builder_without_a_database():
    code = "from ryx.ryx_core import QueryBuilder as Q; print(Q('t').add_filter('a', 'in', [1, 2], True).compiled_sql())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == 'SELECT * FROM "t" WHERE NOT ("a" IN (?, ?))\n', done.stderr


def test_a_builder_asks():
    posts = QueryBuilder("blog_posts").add_order_by("views")

    async def views(builder):
        return [row["views"] for row in await builder.fetch_all()]

    async def main():
        for (lookup, value), want in {
            ("exact", 10): [10], ("gt", 30): [40, 50], ("lte", 20): [10, 20], ("range", (20, 30)): [20, 30], ("isnull", True): [],
        }.items():
            assert await views(posts.add_filter("views", lookup, value, False)) == want, lookup
        assert await views(posts.add_filter("views", "in", [], False)) == [] and len(await views(posts.add_filter("views", "in", [], True))) == 5
        for lookup, value in (("contains", "t 2"), ("icontains", "POST 2"), ("startswith", "Post 2"), ("iendswith", "T 2"), ("iexact", "pOST 2")):
            assert await views(posts.add_filter("title", lookup, value, False)) == [20], lookup
        assert await views(posts.add_filter("title", "contains", "%", False)) == []
        ryx.register_lookup("core_ne", "{col} <> ?")
        assert await views(posts.add_filters_batch([("views", "core_ne", 10, False), ("views", "gt", 30, True)])) == [20, 30]
        assert await views(posts.add_q_node((~Q(Q(views=10) | Q(views__gte=40))).to_q_node())) == [20, 30]
        assert await views(posts.set_offset(3)) == [40, 50]
        assert (await posts.fetch_first())["title"] == "Post 1" and await posts.add_filter("views", "exact", 1).fetch_first() is None
        assert (await posts.add_filter("views", "exact", 20).fetch_get())["title"] == "Post 2"
        with pytest.raises(ryx.MultipleObjectsReturned):
            await posts.fetch_get()
        with pytest.raises(ryx.DoesNotExist):
            await posts.add_filter("views", "exact", 1).fetch_get()
        assert await posts.fetch_count() == 5 and await posts.set_limit(2).fetch_count() == 2
        sums = posts.add_annotation("total", "Sum", "views", False).add_annotation("n", "Count", "*", False)
        assert await sums.fetch_aggregate() == {"total": 150, "n": 5}
        grouped = QueryBuilder("blog_posts").add_group_by("author_id").add_annotation("n", "Count", "id", True).add_order_by("author_id")
        assert [row["n"] for row in await grouped.fetch_all()] == [2, 3] and await grouped.fetch_count() == 2

    run(main())


def test_a_builder_writes():
    async def main():
        authors = QueryBuilder("blog_authors").set_using("default")
        key = await authors.execute_insert([("name", "Cid"), ("email", "")], True)
        assert (await Author.objects.get(name="Cid")).pk == key
        assert await authors.execute_insert([("name", "Dan"), ("email", "")], False) == 1
        cid = authors.add_filter("name", "exact", "Cid", False)
        assert await cid.execute_update([("email", "x"), ("name", "Eve")]) == 1
        assert (await Author.objects.get(pk=key)).email == "x"
        assert await authors.add_filter("name", "in", ["Eve", "Dan"], False).execute_delete() == 2
        for bad in (authors.set_limit(1).execute_delete(), authors.set_limit(1).execute_update([("name", "x")])):
            with pytest.raises(ryx.MisuseError, match="conditions alone"):
                await bad

    run(main())


def test_many_rows():
    async def main():
        rows = [[f"bulk {i}", ""] for i in range(4)]
        made = await ryx_core.bulk_insert("blog_authors", ["name", "email"], rows)
        assert made == 4 or len(made) == 4
        await ryx_core.bulk_insert("blog_authors", ["name", "email"], [["Ann", ""], ["new", ""]], True, True)
        assert await Author.objects.count() == 2 + 4 + 1
        keys = await Author.objects.filter(name__startswith="bulk").order_by("name").values_list("id", flat=True)
        assert await ryx_core.bulk_update("blog_authors", "id", [("email", ["a", "b"])], keys[:2]) == 2
        assert await Author.objects.filter(email="b").values_list("name", flat=True) == ["bulk 1"]
        assert await ryx_core.bulk_delete("blog_authors", "id", keys) == 4

    run(main())


def test_transactions_that_end_when_they_are_told():
    async def main():
        tx = await ryx_core.begin_transaction("default")
        assert isinstance(tx, ryx_core.TransactionHandle) and await tx.is_active() and tx.get_alias() == "default"
        assert ryx_core._get_active_transaction() is None
        ryx_core._set_active_transaction(tx)
        assert ryx_core._get_active_transaction() is tx
        await Post.objects.filter(views=10).update(views=1)
        await tx.savepoint("a")
        await Post.objects.filter(views=20).update(views=2)
        await tx.rollback_to("a")
        ryx_core._set_active_transaction(None)
        await tx.commit()
        await tx.commit()
        assert not await tx.is_active()
        assert sorted(await Post.objects.values_list("views", flat=True)) == [1, 20, 30, 40, 50]
        tx = await ryx_core.begin_transaction()
        ryx_core._set_active_transaction(tx)
        await Post.objects.all().delete()
        ryx_core._set_active_transaction(None)
        await tx.rollback()
        assert await Post.objects.count() == 5

    run(main())
