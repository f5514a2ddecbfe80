# SPDX-License-Identifier: MIT
"""What documents promise of queries, by the numbers of the list of what was broken elsewhere."""
import datetime as dt
import re
import uuid

import pytest

import ryx
from ryx import Case, Count, F, Q, Sum, When

from blog import (
    BlogAuthor as Author, BlogComment as Comment, BlogKey as Key, BlogOrdered as Ordered, BlogPost as Post, open_blog,
)
from conftest import run


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)


async def views(queryset):
    return sorted(await queryset.values_list("views", flat=True))


def test_a1_fields_of_every_kind_are_filtered_by_name():
    async def main():
        post = await Post.objects.get(pk=(await Post.objects.first()).pk)
        post.text, post.took, post.data = "long", dt.timedelta(hours=2), b"\1\2"
        await post.save()
        for condition in ({"id": post.id}, {"pk": post.pk}, {"author_id": post.author_id}, {"text": "long"},
                          {"text__contains": "on"}, {"took": dt.timedelta(hours=2)}, {"took__gt": dt.timedelta(hours=1)},
                          {"data": b"\1\2"}, {"id__in": [post.id]}):
            assert post in await Post.objects.filter(**condition), condition
        await post.refresh_from_db()
        assert (await Post.objects.in_bulk([post.id])) == {post.id: post}
        assert await (await Author.objects.get(name="Bob")).posts.count() == 3

    run(main())


def test_a2_transforms_by_name():
    async def main():
        await Post.objects.filter(views=10).update(created=dt.datetime(2024, 3, 5, 6, 7, 8))
        for condition in ({"created__year": 2024}, {"created__month__gte": 3}, {"created__date": dt.date(2024, 3, 5)},
                          {"created__hour__in": [6]}, {"created__year__range": (2024, 2025)}):
            assert await views(Post.objects.filter(**condition)) == [10], condition

    run(main())


def test_a3_lookups_of_ones_own_work_on_every_field():
    ryx.register_lookup("promised_ne", "{col} <> ?")
    assert run(views(Post.objects.filter(views__promised_ne=10, id__promised_ne=-1, title__promised_ne="x"))) == [20, 30, 40, 50]


def test_a4_contains_is_of_text_and_of_json():
    async def main():
        await Post.objects.filter(views=10).update(meta={"tags": ["a", "b"], "n": 1})
        assert await views(Post.objects.filter(title__contains="st 1")) == [10]
        assert await views(Post.objects.filter(meta__contains={"n": 1})) == [10]

    run(main())


def test_a5_a6_a7_negation():
    async def main():
        await Post.objects.filter(views=10).update(created=dt.datetime(2024, 3, 5))
        assert await views(Post.objects.filter(~(Q(views=10) | Q(views=20)))) == [30, 40, 50]
        assert await views(Post.objects.filter(~Q(Q(views=10) | Q(views=20)))) == [30, 40, 50]
        assert await views(Post.objects.exclude(Q(views=10, title="Post 1"))) == [20, 30, 40, 50]
        assert await views(Post.objects.exclude(views=10, title="Post 2")) == [10, 20, 30, 40, 50]
        assert await Post.objects.filter(~(Q(views=10) | Q(views=20))).delete() == 3
        assert await views(Post.objects.filter(~Q(created__year=2024))) == [20]
        assert await views(Post.objects.exclude(created__year=2024)) == [20]
        assert await views(Post.objects.exclude(id__in=[])) == [10, 20] and await views(Post.objects.filter(id__in=[])) == []

    run(main())


def test_a8_conditions_that_stand_together_stay_together():
    async def main():
        await Post.objects.filter(views__lte=20).update(meta={"a": 1})
        await Post.objects.filter(views=30).update(meta={"b": 1}, active=False)
        assert await views(Post.objects.filter(meta__has_any=["a", "b"], active=True, views__lt=20)) == [10]

    run(main())


def test_a9_a10_limits_count_for_writes_and_counts():
    async def main():
        assert await Post.objects.order_by("views")[:2].count() == 2
        assert await Post.objects.values("author_id").distinct().count() == 2
        assert await Post.objects.order_by("views")[:1].delete() == 1
        assert await Post.objects.order_by("views").limit(2).update(active=False) == 2
        assert await views(Post.objects.filter(active=False)) == [20, 30]

    run(main())


def test_a11_a12_what_is_not_known_is_refused():
    async def main():
        for bad in ("views__gtee", "typo", "author__typo", "created__yaer", "title__year", "pk__x"):
            for chain in (Post.objects.filter, Post.objects.exclude, lambda **kw: Post.objects.filter(Q(**kw))):
                with pytest.raises(ryx.FieldError, match=bad.split("__")[-1]):
                    await chain(**{bad: 1})
        with pytest.raises(ryx.FieldError, match="typo"):
            await Post.objects.order_by("-typo")
        for method in ("values", "values_list", "only", "defer", "select_related"):
            with pytest.raises(ryx.FieldError, match="typo"):
                await getattr(Post.objects, method)("typo")
        with pytest.raises(ryx.FieldError, match="typo"):
            await Post.objects.filter(views=1).update(typo=1)
        with pytest.raises(ryx.FieldError, match="typo"):
            await Post.objects.aggregate(n=Sum("typo"))
        assert await Post.objects.filter(meta__priority="x").count() == 0

    run(main())


def test_a13_a14_relations_in_conditions():
    async def main():
        bob = await Author.objects.get(name="Bob")
        post = await Post.objects.get(views=10)
        await Comment.objects.create(post=post, text="first")
        for condition in ({"author__name": "Bob"}, {"author": bob}, {"author_id": bob.pk}, {"author__in": [bob]},
                          {"author": bob.pk}, {"author__name__startswith": "B"}):
            assert await views(Post.objects.filter(**condition)) == [10, 30, 50], condition
        assert await views(Post.objects.filter(comments__text="first")) == [10]
        assert await Comment.objects.filter(post__author__name="Bob").count() == 1
        assert await Author.objects.filter(posts__comments__text="first").get() == bob

    run(main())


def test_a15_a16_values_annotations_groups():
    async def main():
        post = await Post.objects.get(views=10)
        await Comment.objects.create(post=post, text="one")
        await Comment.objects.create(post=post, text="two")
        annotated = await Post.objects.annotate(comment_count=Count("comments.id")).order_by("views")
        assert [p["comment_count"] for p in annotated] == [2, 0, 0, 0, 0] and annotated[0].comment_count == 2
        assert annotated[0] == post and annotated[0].title == annotated[0]["title"] == "Post 1"
        grouped = Post.objects.values("author__name").annotate(n=Count("id"), total=Sum("views")).order_by("author__name")
        assert await grouped == [{"author__name": "Ann", "n": 2, "total": 60}, {"author__name": "Bob", "n": 3, "total": 90}]
        assert await grouped.filter(n__gt=2).values_list("author__name", flat=True) == ["Bob"]
        both = Post.objects.values("author_id", "author__name").annotate(n=Count("id")).order_by("author__name")
        assert [list(row) for row in await both] == [["author_id", "author__name", "n"]] * 2
        deep = await Author.objects.annotate(n=Count("posts.comments.id")).order_by("name").values_list("name", "n")
        assert deep == [("Ann", 0), ("Bob", 2)]
        assert await Post.objects.aggregate(n=Count("id", filter=Q(views__gt=20)), all=Count(), star=Count("*")) == {
            "n": 3, "all": 5, "star": 5}
        assert await Post.objects.aggregate(total=ryx.RawAgg("SUM(views)"), n=ryx.RawAgg("COUNT(*)", "n")) == {"total": 150, "n": 5}
        size = Case(When(views__gte=40, then="big"), default="small")
        assert [p["size"] for p in await Post.objects.annotate(size=size).order_by("views")] == ["small"] * 3 + ["big"] * 2
        assert (await Post.objects.last()).views == 50 and await Post.objects.filter(pk=-1).last() is None
        assert len(await Post.objects.limit(2)) == 2 and len(await Post.objects.in_bulk([post.pk])) == 1
        assert (await Post.objects.all().create(title="x")).pk

    run(main())


def test_a17_exists():
    assert run(Post.objects.exists()) and run(Post.objects.filter(views=10).exists())
    assert not run(Post.objects.filter(views=11).exists())


def test_a18_a19_joined_rows_keep_their_own_columns():
    async def main():
        post = await Post.objects.select_related("author").get(views=20)
        assert post.author.name == "Ann" and post.author.pk == post.author_id
        own = (await Post.objects.get(views=20)).pk
        assert post.pk == own
        post.title = "new"
        await post.save()
        again = await Post.objects.get(pk=own)
        assert (again.title, again.author_id) == ("new", post.author_id)
        joined = await Post.objects.join("blog_authors", "blog_posts.author_id = blog_authors.id").order_by("id")
        assert [p.views for p in joined] == [10, 20, 30, 40, 50] and joined[1].pk == own

    run(main())


def test_a20_meta_ordering():
    async def main():
        for n in (2, 3, 1):
            await Ordered.objects.create(n=n)
        assert [o.n for o in await Ordered.objects.all()] == [3, 2, 1] and (await Ordered.objects.first()).n == 3
        assert [o.n for o in await Ordered.objects.order_by("n")] == [1, 2, 3]

    run(main())


def test_a21_slices():
    async def main():
        qs = Post.objects.order_by("views")

        async def of(queryset):
            return [p.views for p in await queryset]

        assert await of(qs[3:]) == [40, 50] and await of(qs[3:1]) == [] and await of(qs[:0]) == []
        assert await of(qs[1:4][1:]) == [30, 40] and await of(qs[1:4][:2]) == [20, 30] and await of(qs[1:][1:][1:]) == [40, 50]
        assert await of(qs[1:3][0:10]) == [20, 30] and await of(qs.limit(4)[2:]) == [30, 40] and await of(qs[:]) == [10, 20, 30, 40, 50]
        assert (await qs[2]).views == 30 and (await qs[1:][0]).views == 20 and (await qs[True]).views == 20
        for missing in (qs[5], qs[1:3][2]):
            with pytest.raises(IndexError, match="^QuerySet index out of range$"):
                await missing

    run(main())
    for bad, text in (
        (-1, "Negative indexing is not supported on QuerySet"), (slice(-1, None), "Negative slicing is not supported on QuerySet"),
        (slice(None, -1), "Negative slicing is not supported on QuerySet"),
        (slice(0, 4, 2), "Step slicing is not supported on QuerySet"),
        ("a", "QuerySet indices must be integers or slices, not str"), (1.0, "QuerySet indices must be integers or slices, not float"),
    ):
        for start in (Post.objects, Post.objects.all()):
            with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
                start[bad]


def test_a22_columns_of_another_name():
    async def main():
        assert await views(Post.objects.filter(slug="post-2")) == [20]
        assert (await Post.objects.order_by("-slug").first()).slug == "post-5"
        assert await Post.objects.filter(slug="post-2").update(slug="other") == 1
        assert await Post.objects.filter(views=20).values("slug") == [{"slug": "other"}]

    run(main())


def test_a23_a24_values_are_stored_and_compared_as_the_field_has_them():
    async def main():
        morning = dt.datetime(2024, 1, 5, 12)
        await Post.objects.filter(views=10).update(
            meta={"a": [1, {"b": None}]}, created=morning, took=dt.timedelta(days=1, microseconds=5), data=b"\xff\0", active=0)
        post = await Post.objects.get(views=10)
        assert (post.meta, post.created, post.took, post.data, post.active) == (
            {"a": [1, {"b": None}]}, morning, dt.timedelta(days=1, microseconds=5), b"\xff\0", False)
        assert await views(Post.objects.filter(created__lt=dt.datetime(2024, 1, 5, 13))) == [10]
        assert await views(Post.objects.filter(created__gt=dt.datetime(2024, 1, 5, 11), took__lte=dt.timedelta(days=2))) == [10]
        key = await Key.objects.create(label="a")
        assert isinstance(key.key, uuid.UUID)
        assert await Key.objects.filter(key=key.key).get() == await Key.objects.get(key=str(key.key)) == key

    run(main())


def test_a25_lists_of_every_kind():
    async def main():
        for values in ([10, 20], (10, 20), {10, 20}, frozenset((10, 20))):
            assert await views(Post.objects.filter(views__in=values)) == [10, 20]
        bobs = Author.objects.filter(name="Bob")
        assert await views(Post.objects.filter(author__in=bobs)) == [10, 30, 50]
        assert await views(Post.objects.filter(author_id__in=bobs.values("id"))) == [10, 30, 50]
        await Post.objects.filter(views=10).update(author=None)
        assert await views(Post.objects.filter(author=None)) == await views(Post.objects.filter(author__isnull=True)) == [10]

    run(main())


def test_a26_patterns_are_texts():
    async def main():
        await Post.objects.filter(views=10).update(title="50% _off")
        assert await views(Post.objects.filter(title__contains="0%")) == [10]
        assert await views(Post.objects.filter(title__contains="%")) == await views(Post.objects.filter(title__contains="_")) == [10]
        assert await views(Post.objects.filter(title__startswith="post")) == []
        assert await views(Post.objects.filter(title__istartswith="post")) == [20, 30, 40, 50]

    run(main())


def test_a27_a28_parts_of_times_are_numbers():
    async def main():
        # A Sunday.
        await Post.objects.filter(views=10).update(created=dt.datetime(2024, 3, 3, 4, 5, 9))
        for condition in ({"minute__in": [5]}, {"minute__lt": 10}, {"second__range": (8, 10)}, {"week": 9}, {"dow": 0},
                          {"iso_week": 9}, {"iso_dow": 7}, {"quarter": 1}, {"time": dt.time(4, 5, 9)}):
            condition = {f"created__{name}": value for name, value in condition.items()}
            assert await views(Post.objects.filter(**condition)) == [10], condition

    run(main())


def test_a29_keys_of_json():
    async def main():
        await Post.objects.filter(views=10).update(meta={"name": "Widget", "n": 5, "deep": {"x": [1, 2]}})
        for condition in ({"meta__name": "Widget"}, {"meta__key__name": "Widget"}, {"meta__key__name__icontains": "widg"},
                          {"meta__n__in": [4, 5]}, {"meta__n__range": (1, 9)}, {"meta__deep__x__0": 1},
                          {"meta__key_text__name__startswith": "W"}, {"meta__has_key": "n"}, {"meta__has_keys": ["n", "name"]}):
            assert await views(Post.objects.filter(**condition)) == [10], condition
        assert await views(Post.objects.filter(meta__missing__isnull=True, views=10)) == [10]

    run(main())


def test_a30_a31_get_and_iteration_read_what_they_need():
    async def main():
        with pytest.raises(Post.MultipleObjectsReturned, match="^get\\(\\) returned more than one BlogPost.$"):
            await Post.objects.get(views__gt=0)
        with pytest.raises(Post.DoesNotExist, match="^BlogPost matching query does not exist.$"):
            await Post.objects.get(views=0)
        async for post in Post.objects.order_by("views"):
            if post.views == 20:
                break
        assert post.views == 20 and await Post.objects.get(Q(views=10) | Q(views=11), title="Post 1")

    run(main())


def test_a32_streams_read_every_row_once():
    async def main():
        await ryx.bulk_create([Post(title="same", views=1) for _ in range(50)])
        assert len([p async for p in Post.objects.order_by("-views").stream(chunk_size=7)]) == 55
        assert len({p.pk async for p in Post.objects.stream(chunk_size=7, keyset="views")}) == 55
        assert [p.views async for p in Post.objects.order_by("-views")[1:3].stream(chunk_size=1)] == [40, 30]
        assert [p.views async for p in Post.objects.order_by("-views").limit(2).stream(keyset="-views")] == [50, 40]

    run(main())


def test_a33_pk_is_the_key_everywhere():
    async def main():
        key = (await Post.objects.get(views=10)).pk
        assert await views(Post.objects.exclude(pk=key)) == await views(Post.objects.filter(~Q(pk=key))) == [20, 30, 40, 50]
        assert (await Post.objects.order_by("-pk").first()).views == 50
        assert await Post.objects.filter(pk=key).values_list("pk", flat=True) == [key]

    run(main())


def test_a34_querysets_know_their_database_when_they_are_used(url, tmp_path):
    qs = Post.objects.filter(views=10)

    async def main():
        await ryx.setup({"default": url, "other": f"sqlite:{tmp_path}/a.db"})
        assert '"views" = ?' in qs.using("other").query
        assert len(await qs) == 1 and ryx.get_backend("other") == "SQLite"

    run(main())
    ryx.setup(url)


def test_a35_the_last_order_counts():
    async def main():
        assert [p.views for p in await Post.objects.order_by("views").order_by("-views")] == [50, 40, 30, 20, 10]
        await Post.objects.filter(views=50).update(created=dt.datetime(2024, 1, 1))
        assert (await Post.objects.order_by(F("created").asc(nulls_last=True)).first()).views == 50
        assert len(await Post.objects.order_by("?")) == 5

    run(main())


def test_repr_and_query_show_the_sql():
    async def main():
        qs = Post.objects.filter(views=10).only("title")
        await qs
        assert repr(qs) == f"<QuerySet model=BlogPost sql={qs.query!r}>" and "views" in qs.query and "10" not in qs.query

    run(main())
