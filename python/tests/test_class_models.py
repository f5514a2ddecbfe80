# SPDX-License-Identifier: MIT
"""Models as classes: what the class says, instances, the table, redefinition."""
import asyncio
import datetime
import decimal
import uuid

import pytest

import ryx
from ryx import (
    CharField, Constraint, DateTimeField, DecimalField, F, ForeignKey, GeneratedField, Index, IntField, JSONField,
    Manager, Model, TextField, UUIDField,
)
from ryx.models import Options


class CmAuthor(Model):
    name = CharField(max_length=100)
    email = CharField(max_length=100, unique=True, null=True)


class CmPost(Model):
    title = CharField(max_length=100)
    author = ForeignKey(CmAuthor, on_delete="CASCADE", related_name="posts")
    views = IntField(default=0)
    price = DecimalField(max_digits=8, decimal_places=2, null=True)
    created = DateTimeField(auto_now_add=True)
    changed = DateTimeField(auto_now=True)
    meta = JSONField(default=dict)
    slug = CharField(max_length=50, db_column="address", null=True)

    class Meta:
        ordering = ["-views", "title"]
        unique_together = [("title", "author")]
        index_together = [("views", "price")]
        indexes = [Index(fields=["created"], name="cm_created_idx")]
        constraints = [Constraint(check="views >= 0", name="cm_views_chk")]

    def shout(self):
        return self.title.upper()

    @property
    def is_read(self):
        return self.views > 0


class CmKeyed(Model):
    id = UUIDField(primary_key=True, auto_create=True)
    label = CharField(max_length=20)


class CmNatural(Model):
    code = CharField(max_length=10, primary_key=True)
    label = TextField(blank=True, default="")


@pytest.fixture
def tables(database):
    async def make():
        for table in ("cm_posts", "cm_authors", "cm_keyeds", "cm_naturals"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([CmAuthor, CmPost, CmKeyed, CmNatural])

    asyncio.run(make())


def test_what_a_class_has():
    meta = CmPost._meta
    assert list(meta.fields) == [
        "id", "title", "author_id", "views", "price", "created", "changed", "meta", "slug"]
    assert meta.field_names == list(meta.fields)
    assert meta.column_names[-1] == "address"
    assert meta.table_name == "cm_posts" and meta.model_name == "CmPost"
    assert meta.pk_field is meta.fields["id"] and meta.pk_field.primary_key and not meta.pk_field.editable
    assert meta.ordering == ["-views", "title"] and meta.unique_together == [("title", "author")]
    assert meta.index_together == [("views", "price")]
    assert [repr(i) for i in meta.indexes] == ["<Index: cm_created_idx on ['created']>"]
    assert [repr(c) for c in meta.constraints] == ["<Constraint: cm_views_chk>"]
    assert not meta.abstract and meta.managed and meta.database is None and meta.app_label == ""
    assert meta.get_field("author") is meta.get_field("author_id") is meta.fields["author_id"]
    with pytest.raises(KeyError):
        meta.get_field("nope")
    assert CmPost.title is meta.fields["title"] and CmPost.title.model is CmPost
    assert issubclass(CmPost.DoesNotExist, ryx.DoesNotExist)
    assert CmPost.DoesNotExist.__name__ == "CmPost.DoesNotExist"
    assert CmPost.DoesNotExist is not CmAuthor.DoesNotExist
    assert isinstance(CmPost.objects, Manager)
    assert CmPost in Model.__subclasses__()


@pytest.mark.parametrize("name, table", [
    ("Post", "posts"), ("Author", "authors"), ("BlogPost", "blog_posts"), ("PostComment", "post_comments"),
    ("User", "users"), ("Status", "statuses"), ("UserProfileImage", "user_profile_images"), ("Box", "boxes"),
    ("API", "apis"), ("Church", "churches"), ("Wish", "wishes"), ("Category", "categories"),
])
def test_names_of_tables(name, table):
    assert Options(None, name).table_name == table
    assert ryx.models._to_table_name(name) == table


def test_options_of_a_meta_without_a_model():
    class Meta:
        table_name = "things"
        ordering = ["x"]
        abstract = True

    options = Options(Meta, "Thing")
    assert options.table_name == "things" and options.ordering == ["x"] and options.abstract
    assert Options(None, "Thing").indexes == []


def test_an_instance_by_keywords():
    post = CmPost(title="  a  ", views="5", price=1.5)
    assert (post.title, post.views, post.price) == ("a", 5, decimal.Decimal("1.5"))
    assert post.pk is None and post.author_id is None and post.meta == {} and post.slug is None
    assert repr(post) == str(post) == "<CmPost: pk=None>"
    assert post.shout() == "A" and post.is_read
    assert CmPost(pk=7).id == 7
    assert CmPost().meta is not CmPost().meta
    author = CmAuthor(id=3, name="Ann")
    assert CmPost(author=author).author_id == 3 and CmPost(author=3).author_id == 3 and CmPost(author_id=3).author_id == 3


@pytest.mark.parametrize("name", ["k", "save", "objects", "_meta", "shout", "is_read", "DoesNotExist"])
def test_unknown_keywords_are_refused(name):
    with pytest.raises(TypeError, match=rf"^CmPost\(\) got unexpected keyword argument '{name}'$"):
        CmPost(**{name: 1})


def test_values_are_converted_when_they_are_assigned():
    post = CmPost()
    post.views = "12"
    assert post.views == 12
    post.price = "3.5"
    assert post.price == decimal.Decimal("3.5")
    post.created = "2024-01-05T13:00:00"
    assert post.created == datetime.datetime(2024, 1, 5, 13)
    post.meta = '{"a": [1]}'
    assert post.meta == {"a": [1]}
    post.pk = "4"
    assert post.id == 4
    with pytest.raises(ValueError):
        post.views = "many"
    with pytest.raises(ryx.ValidationError) as caught:
        CmPost(views="many", price="dear")
    assert caught.value.errors == {"views": ["Enter a whole number."], "price": ["Enter a decimal number."]}
    post.anything = 1
    assert post.anything == 1


def test_equality_is_by_model_and_key():
    assert CmPost(id=1) == CmPost(id=1) and CmPost(id=1) != CmPost(id=2) and CmPost(id=1) != CmAuthor(id=1)
    assert CmPost() != CmPost()
    assert len({CmPost(id=1), CmPost(id=1)}) == 1


def test_a_hash_stays_when_a_key_comes(tables):
    async def main():
        author = CmAuthor(name="Ann")
        seen = {author}
        await author.save()
        assert author in seen

    asyncio.run(main())


def test_create_get_save_delete(tables):
    async def main():
        ann = await CmAuthor.objects.create(name="Ann", email="a@b.example")
        assert ann.pk is not None
        post = CmPost(title="Hello", author=ann, price="9.5")
        await post.save()
        assert isinstance(post.created, datetime.datetime) and isinstance(post.changed, datetime.datetime)
        again = await CmPost.objects.get(pk=post.pk)
        assert type(again) is CmPost and again == post and again.shout() == "HELLO"
        assert again.price == decimal.Decimal("9.50") and again.meta == {} and again.created == post.created
        again.title, again.slug = "Bye", "bye"
        await again.save()
        assert [p.title for p in await CmPost.objects.filter(slug="bye")] == ["Bye"]
        await post.refresh_from_db()
        assert post.title == "Bye"
        await again.save(update_fields=["title"])
        with pytest.raises(CmPost.DoesNotExist, match="^CmPost matching query does not exist.$"):
            await CmPost.objects.get(title="Hello")
        await CmPost.objects.create(title="Two", author=ann)
        with pytest.raises(CmPost.MultipleObjectsReturned, match=r"^get\(\) returned more than one CmPost\.$"):
            await CmPost.objects.get()
        await again.delete()
        assert again.pk is None and await CmPost.objects.count() == 1
        with pytest.raises(ryx.RyxError, match="^Cannot delete an unsaved CmPost instance.$"):
            await CmPost().delete()
        with pytest.raises(ryx.RyxError, match="^Cannot refresh an unsaved instance.$"):
            await CmPost().refresh_from_db()

    asyncio.run(main())


def test_what_meta_says_is_in_the_database(tables):
    async def main():
        ann = await CmAuthor.objects.create(name="Ann")
        await CmPost.objects.bulk_create([CmPost(title=t, author=ann, views=v) for t, v in (("b", 1), ("c", 3), ("a", 1))])
        assert [p.title for p in await CmPost.objects.all()] == ["c", "a", "b"]
        with pytest.raises(ryx.UniqueViolation):
            await CmPost.objects.create(title="a", author=ann)
        with pytest.raises(ryx.CheckViolation):
            await CmPost.objects.create(title="d", author=ann, views=-1)
        with pytest.raises(ryx.ForeignKeyViolation):
            await CmPost.objects.create(title="e", author_id=999)

    asyncio.run(main())


def test_relations_of_classes(tables):
    async def main():
        ann = await CmAuthor.objects.create(name="Ann")
        await CmPost.objects.create(title="a", author=ann)
        post = (await CmPost.objects.select_related("author"))[0]
        assert type(post.author) is CmAuthor and post.author.name == "Ann"
        assert [p.title for p in await ann.posts.all()] == ["a"]
        assert [p.title for p in await CmPost.objects.filter(author__name="Ann")] == ["a"]
        assert [p.title for p in await CmPost.objects.filter(author=ann)] == ["a"]
        with pytest.raises(TypeError, match="takes a CmAuthor"):
            post.author = post

    asyncio.run(main())


def test_keys_that_are_no_numbers(tables):
    async def main():
        one = CmKeyed(label="x")
        assert isinstance(one.pk, uuid.UUID)
        key = one.pk
        await one.save()
        assert one.pk == key and (await CmKeyed.objects.get(pk=key)).label == "x"
        assert await CmKeyed.objects.count() == 1
        given = uuid.uuid4()
        await CmKeyed(pk=given, label="y").save()
        assert (await CmKeyed.objects.get(label="y")).pk == given
        await CmNatural.objects.create(code="de", label="Germany")
        await CmNatural(code="fr").save()
        assert [n.pk for n in await CmNatural.objects.order_by("code")] == ["de", "fr"]
        france = await CmNatural.objects.get(pk="fr")
        france.label = "France"
        await france.save()
        assert await CmNatural.objects.count() == 2

    asyncio.run(main())


class CmSale(Model):
    pieces = IntField()
    kind = CharField(max_length=5, choices=[("a", "All"), ("s", "Some")], default="a")
    weight = IntField(db_default=3)
    total = GeneratedField(expression=F("pieces") * 2, output_field=IntField(null=True), db_persist=True)


def test_columns_of_the_database(database):
    async def main():
        await ryx.raw_execute("DROP TABLE IF EXISTS cm_sales")
        await ryx.migrate([CmSale])
        sale = CmSale(pieces=4)
        assert sale.total is None and sale.weight is None
        await sale.save()
        assert (sale.total, sale.weight) == (8, 3)
        sale.pieces = 5
        await sale.save()
        assert sale.total == 10 and (await CmSale.objects.get(total=10)).pieces == 5
        with pytest.raises(ryx.MisuseError, match="CmSale.total is worked out by the database"):
            sale.total = 3
        with pytest.raises(ryx.MisuseError):
            CmSale(total=1)
        assert (await CmSale.objects.create(pieces=1, weight=9)).weight == 9

    asyncio.run(main())


def test_labels_of_choices():
    assert CmSale(kind="s").get_kind_display() == "Some" and CmSale(kind="x").get_kind_display() == "x"
    assert CmSale().get_kind_display() == "All"


def test_fields_of_a_lua_file(tmp_path):
    (tmp_path / "models.lua").write_text("""
        local ryx = require "ryx"
        ryx.model("CmLuaTag", { name = ryx.CharField{ max_length = 9 } })
        ryx.model("CmLua", {
          kind = ryx.CharField{ max_length = 5, choices = { { "a", "All" }, { "s", "Some" } }, default = "a" },
          when = ryx.DateField{ default = function() return ryx.date("2024-01-05") end },
          words = ryx.ArrayField(ryx.IntField(), { null = true }),
          upper = ryx.field("Upper", { base = ryx.CharField, to_db = string.lower, from_db = string.upper }){
            null = true, max_length = 7 },
          tags = ryx.ManyToManyField("CmLuaTag"),
          n = ryx.IntField{ min_value = 2, help_text = "how many" },
        })
    """)
    model = ryx.load(tmp_path / "models.lua").CmLua
    fields = model._meta.fields
    assert [type(f).__name__ for f in fields.values()][1:4] == ["CharField", "DateField", "ArrayField"]
    assert fields["n"].min_value == 2 and fields["n"].help_text == "how many" and fields["kind"].max_length == 5
    assert list(model._meta.many_to_many) == ["tags"]
    row = model(n="3", words=("1", 2), upper="X")
    assert (row.kind, row.when, row.n, row.words, row.upper) == ("a", datetime.date(2024, 1, 5), 3, [1, 2], "X")
    assert row.get_kind_display() == "All"
    assert fields["n"].validate(5) is None
    with pytest.raises(ryx.ValidationError):
        fields["n"].validate(1)


def test_from_row():
    post = CmPost._from_row({"id": 3, "title": "x", "address": "s", "price": "1.5"})
    assert (post.pk, post.title, post.slug, post.price, post.views) == (3, "x", "s", decimal.Decimal("1.5"), 0)


def test_the_newest_class_of_a_name_is_meant():
    def make(**more):
        class CmAgain(Model):
            name = CharField(max_length=10)
            locals().update(more)

        class CmUser(Model):
            again = ForeignKey("CmAgain", related_name="users")

        return CmAgain, CmUser

    first, _ = make()
    second, user = make(extra=IntField(default=0))
    assert first is not second and "extra" in second._meta.fields
    assert CmPost is not second
    assert user(again=second(id=1)).again_id == 1
    with pytest.raises(TypeError):
        user(again=first(id=1))


def test_names_of_other_scopes():
    class CmAuthor(Model):
        """Not the one of the module."""

    class CmBook(Model):
        author = ForeignKey("CmAuthor")

    assert CmBook(author=CmAuthor(id=2)).author_id == 2
    with pytest.raises(TypeError):
        CmBook(author=globals()["CmAuthor"](id=2))


def test_a_model_that_comes_later():
    class CmLate(Model):
        owner = ForeignKey("CmOwner", related_name="lates")
        parent = ForeignKey("self", null=True)

    late = CmLate(owner_id=4)
    assert late.owner_id == 4
    with pytest.raises(ryx.FieldError, match="CmLate.owner refers to model \"CmOwner\", which is not defined"):
        CmLate.objects.filter(owner__name="x").sql()

    class CmOwner(Model):
        name = CharField(max_length=10)

    assert CmLate(owner=CmOwner(id=5), parent=CmLate(id=1)).owner_id == 5


def test_a_definition_that_is_wrong():
    for body, message in [
        ({"x__y": IntField()}, "double underscore"), ({"save": IntField()}, "is a method"),
        ({"a": IntField(primary_key=True), "b": IntField(primary_key=True)}, "both the primary key"),
        ({"Meta": type("Meta", (), {"nonsense": 1})}, "nonsense"),
        ({"Meta": type("Meta", (), {"ordering": ["nope"]})}, "nope"),
    ]:
        with pytest.raises(ryx.RyxError, match=message):
            type(Model)("CmWrong", (Model,), {"__module__": __name__, "__qualname__": "CmWrong", **body})
