# SPDX-License-Identifier: MIT
"""Models built upon others, managers, class bodies that take fields from elsewhere."""
import asyncio

import pytest

import ryx
from ryx import (
    BooleanField, CharField, DateTimeField, Field, ForeignKey, Index, IntField, Manager, Model, TextField, UUIDField,
)


class InUser(Model):
    name = CharField(max_length=20)


class Stamped(Model):
    created = DateTimeField(auto_now_add=True)
    owner = ForeignKey(InUser, null=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]
        app_label = "in_app"
        indexes = [Index(fields=["created"], name="%(class)s_created")]

    def age(self):
        return f"{type(self).__name__} {self.pk}"


class Named(Model):
    name = CharField(max_length=20)
    note = TextField(blank=True, default="n")

    class Meta:
        abstract = True


class Mixed:
    """No model."""

    rank = IntField(default=1)

    def up(self):
        self.rank += 1
        return self.rank


class LiveManager(Manager):
    def get_queryset(self):
        return super().get_queryset().filter(live=True)

    def named(self, name):
        return self.filter(name=name)


class InPage(Mixed, Stamped, Named):
    title = CharField(max_length=30)
    note = None
    live = BooleanField(default=True)

    objects = LiveManager()
    everything = Manager()


class InBook(Stamped, Named):
    key = UUIDField(primary_key=True, auto_create=True)
    name = CharField(max_length=5)

    class Meta(Stamped.Meta):
        table_name = "in_shelf"


class InNovel(InBook):
    pages = IntField(default=0)


@pytest.fixture
def tables(database):
    async def make():
        for table in ("in_pages", "in_shelf", "in_novels", "in_users"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([InUser, InPage, InBook, InNovel])

    asyncio.run(make())


def test_fields_come_first_from_bases_in_their_order():
    assert list(InPage._meta.fields) == ["id", "created", "owner_id", "name", "rank", "title", "live"]
    assert list(InBook._meta.fields) == ["created", "owner_id", "note", "key", "name"]
    assert list(Stamped._meta.fields) == ["created", "owner_id"] and Stamped._meta.pk_field is None
    assert InBook._meta.fields["name"].max_length == 5 and Named._meta.fields["name"].max_length == 20
    assert list(InNovel._meta.fields) == [*InBook._meta.fields, "pages"]


def test_fields_are_never_shared():
    page, book = InPage._meta.fields, InBook._meta.fields
    assert page["created"] is not book["created"]
    assert (page["created"].model, book["created"].model, Stamped._meta.fields["created"].model) == (
        InPage, InBook, Stamped)
    assert page["owner_id"].attname == "owner_id" and page["owner_id"].column == "owner_id"
    assert page["rank"] is not vars(Mixed)["rank"] and vars(Mixed)["rank"].model is None


def test_options_are_taken_over():
    meta = InPage._meta
    assert (meta.abstract, meta.ordering, meta.app_label, meta.table_name) == (False, ["-pk"], "in_app", "in_pages")
    assert [i.name for i in meta.indexes] == ["%(class)s_created"]
    assert InBook._meta.table_name == "in_shelf" and not InBook._meta.abstract
    assert InNovel._meta.table_name == "in_novels"
    assert Stamped._meta.abstract


def test_abstract_models_have_no_rows():
    with pytest.raises(ryx.MisuseError, match="Stamped is abstract"):
        Stamped()
    with pytest.raises(ryx.MisuseError, match="Stamped is abstract"):
        Stamped.objects.all()

    class InBad(Model):
        to = ForeignKey("Stamped")

    with pytest.raises(ryx.RyxError, match="Stamped"):
        InBad.objects.filter(to__created=None).sql()


def test_errors_are_of_their_model():
    assert issubclass(InNovel.DoesNotExist, InBook.DoesNotExist)
    assert issubclass(InPage.DoesNotExist, Stamped.DoesNotExist)
    assert not issubclass(InBook.DoesNotExist, InPage.DoesNotExist)


def test_objects(tables):
    async def main():
        ann = await InUser.objects.create(name="Ann")
        page = await InPage.objects.create(title="T", name="x", owner=ann)
        assert page.created is not None and page.rank == 1 and page.up() == 2 and page.age() == f"InPage {page.pk}"
        await page.save()
        await InPage(title="hidden", name="x", live=False).save()
        assert [p.title for p in await InPage.objects.all()] == ["T"]
        assert [p.title for p in await InPage.everything.all()] == ["hidden", "T"]
        assert [p.title for p in await InPage.objects.named("x")] == ["T"]
        assert await InPage.objects.using("default").count() == 1
        assert await InPage.objects.count() == 1 and await InPage.everything.count() == 2
        assert [p.rank for p in await ann.inpage_set.all()] == [2]
        book = await InBook.objects.create(name="b", owner=ann)
        novel = await InNovel.objects.create(name="n", pages=3)
        assert await InBook.objects.count() == 1 and await InNovel.objects.count() == 1
        assert (await InNovel.objects.get(pk=novel.pk)).note == "n" and type(book) is InBook

    asyncio.run(main())


def test_managers_belong_to_their_class():
    assert InPage.objects._model is InPage and isinstance(InPage.objects, LiveManager)
    assert type(InPage.everything) is Manager and InBook.objects._model is InBook
    assert InBook.objects is not InNovel.objects

    class InBase(Model):
        live = BooleanField(default=True)
        alive = LiveManager()

        class Meta:
            abstract = True

    class InOne(InBase):
        pass

    class InTwo(InBase):
        pass

    assert InOne.alive._model is InOne and InTwo.alive._model is InTwo
    assert isinstance(InOne.alive, LiveManager) and InOne.objects._model is InOne


def test_a_field_that_places_itself():
    class Placed(Field):
        def contribute_to_class(self, model, name):
            super().contribute_to_class(model, name)
            setattr(model, f"get_{name}", lambda self: getattr(self, name))

    class InPlaced(Model):
        word = Placed(max_length=5)

    assert InPlaced(word="w").get_word() == "w"


def test_two_classes_of_a_module_and_hooks_of_python():
    seen = []

    class Tracked(Model):
        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            seen.append(cls.__name__)

        class Meta:
            abstract = True

    class InTracked(Tracked):
        pass

    assert seen == ["InTracked"] and InTracked in Tracked.__subclasses__()
