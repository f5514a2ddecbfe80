# SPDX-License-Identifier: MIT
"""Lookups by name, and those of a program's own."""
import pytest

import ryx
from ryx import Q

from blog import BlogPost as Post, open_blog
from conftest import run


@pytest.fixture(autouse=True)
def blog(url):
    open_blog(url)


def test_names():
    built_in, all_of_them = ryx.list_lookups(), ryx.available_lookups()
    assert built_in == sorted(set(built_in)) and set(built_in) <= set(all_of_them)
    assert {"exact", "gt", "gte", "lt", "lte", "contains", "icontains", "startswith", "istartswith", "endswith",
            "iendswith", "isnull", "in", "range", "has_key", "has_any", "has_all", "contained_by"} <= set(built_in)
    transforms = ryx.available_transforms()
    assert transforms == sorted(transforms) == ryx.list_transforms()
    assert {"date", "year", "month", "day", "hour", "minute", "second", "week", "dow", "quarter", "time", "iso_week",
            "iso_dow", "key", "key_text", "json"} <= set(transforms)


def test_lookups_of_ones_own():
    ryx.register_lookup("py_ne", "{col} <> ?")
    ryx.register_lookup("py_even", "{col} % 20 = 0")

    @ryx.lookup("py_len_gt")
    def longer():
        """
        LENGTH({col}) > ?
        """

    ryx.lookup("py_less")("{col} < ?")
    assert longer.__doc__ and longer() is None
    assert {"py_ne", "py_even", "py_len_gt", "py_less"} <= set(ryx.available_lookups())
    assert not {"py_ne", "py_even"} & set(ryx.list_lookups())

    async def views(*args, **kwargs):
        return await Post.objects.filter(*args, **kwargs).order_by("views").values_list("views", flat=True)

    async def main():
        assert await views(views__py_ne=10) == [20, 30, 40, 50]
        assert await views(views__py_even=True) == [20, 40]
        assert await views(Q(views__py_less=20) | ~Q(views__py_ne=50)) == [10, 50]
        assert await views(title__py_len_gt=6) == [] and len(await views(title__py_len_gt=5)) == 5
        assert await views(author__name__py_ne="Ann") == [10, 30, 50]

    run(main())


def test_what_is_wrong_with_a_lookup_is_told():
    with pytest.raises(ryx.MisuseError, match="lacks {col}"):
        ryx.register_lookup("py_bad", "? = 1")
    with pytest.raises(ryx.MisuseError, match="is not a name"):
        ryx.register_lookup("a__b", "{col} = ?")
    with pytest.raises(ValueError, match="docstring"):
        ryx.lookup("py_bad")(lambda: None)
    with pytest.raises(ryx.FieldError, match="py_bad"):
        Post.objects.filter(views__py_bad=1).sql()


def test_transforms_of_ones_own():
    ryx.register_transform("py_initial", "SUBSTR({col}, 1, 1)", type="text")
    assert "py_initial" in ryx.available_transforms()
    assert run(Post.objects.filter(author__name__py_initial="A").count()) == 2


def test_lookup_keys_and_q_nodes():
    split = ryx.queryset._parse_lookup_key
    assert split("views__gte") == ("views", "gte") and split("views") == ("views", "exact")
    assert split("created__year__lte") == ("created__year", "lte") and split("author__name") == ("author__name", "exact")
    leaf = {"type": "leaf", "field": "views", "lookup": "gte", "value": 5, "negated": False}
    other = {"type": "leaf", "field": "title", "lookup": "exact", "value": "a", "negated": False}
    assert Q(views__gte=5).to_q_node() == leaf
    assert (Q(views__gte=5) | Q(title="a")).to_q_node() == {"type": "or", "children": [leaf, other]}
    assert Q(views__gte=5, title="a").to_q_node() == {"type": "and", "children": [leaf, other]}
    assert (~Q(views__gte=5)).to_q_node() == {"type": "not", "children": [leaf]}
    assert (~Q(Q(views__gte=5) | Q(title="a"))).to_q_node() == {
        "type": "not", "children": [{"type": "or", "children": [leaf, other]}]}
