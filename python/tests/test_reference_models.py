# SPDX-License-Identifier: MIT
"""What the reference promises of models and fields and does not do: each works here."""
import asyncio
import datetime as dt
import decimal
import uuid

import pytest

import ryx
from ryx import (
    ArrayField, BinaryField, CharField, DateField, DateTimeField, DecimalField, ForeignKey, IntField, JSONField,
    Manager, ManyToManyField, Model, OneToOneField, TextField, UUIDField, ValidationError,
)


class RmOwner(Model):
    code = CharField(max_length=10, primary_key=True)


class RmEvent(Model):
    key = UUIDField(primary_key=True, auto_create=True)
    name = CharField(max_length=20, null=True)
    owner = ForeignKey(RmOwner, null=True, on_delete="CASCADE", related_name="events")
    backup = ForeignKey("RmOwner", null=True, on_delete="SET_NULL", related_name="backups")


class RmValue(Model):
    day = DateField(auto_now_add=True)
    changed = DateField(auto_now=True)
    moment = DateTimeField(null=True)
    exact = DecimalField(max_digits=18, decimal_places=4, null=True)
    data = BinaryField(null=True)
    words = ArrayField(CharField(max_length=10), null=True)
    doc = JSONField(null=True)
    text = CharField(max_length=20, null=True, strip=False)
    event = OneToOneField(RmEvent, null=True, related_name="value")
    size = IntField(default=1, db_index=True)


class RmStrict(Model):
    doc = JSONField()
    data = BinaryField()
    kind = JSONField(choices=[{"a": 1}, [1], 2], default=2)


class RmTag(Model):
    name = CharField(max_length=10, primary_key=True)
    events = ManyToManyField(RmEvent, related_name="tags")


ALL = [RmOwner, RmEvent, RmValue, RmStrict, RmTag]


@pytest.fixture
def tables(database):
    async def make():
        for table in ("rm_tag_events", "rm_tags", "rm_stricts", "rm_values", "rm_events", "rm_owners"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate(ALL)

    asyncio.run(make())


def check(work):
    asyncio.run(work())


def test_a_key_that_is_set_before_the_first_save(tables):  # B1, B2
    async def work():
        event = RmEvent(name="a")
        key = event.pk
        await event.save()
        assert (await RmEvent.objects.get(pk=key)).name == "a"
        await RmOwner(code="x").save()
        assert await RmOwner.objects.filter(code="x").exists()
        restored = RmValue(id=500, size=3)
        await restored.save()
        assert (await RmValue.objects.get(id=500)).size == 3

    check(work)


def test_dates_that_are_set_by_themselves(tables):  # B3, B4
    async def work():
        value = await RmValue.objects.create()
        assert value.day == value.changed and isinstance(value.day, dt.date)
        value.changed = dt.date(2000, 1, 1)
        await value.save()
        assert value.changed.year > 2000

    check(work)


def test_offsets_decimals_bytes_and_arrays(tables):  # B5, B6, B7, B8
    async def work():
        east = dt.timezone(dt.timedelta(hours=2))
        made = await RmValue.objects.create(
            moment=dt.datetime(2024, 1, 5, 13, tzinfo=east), exact="12345678901234.5678", data=b"\0\xff",
            words=["a", "b"])
        value = await RmValue.objects.get(pk=made.pk)
        assert value.moment == dt.datetime(2024, 1, 5, 11)
        assert value.exact == decimal.Decimal("12345678901234.5678")
        assert value.data == b"\0\xff" and value.words == ["a", "b"]

    check(work)


def test_many_to_many_by_keys_that_are_no_numbers(tables):  # B9, B10
    async def work():
        one, two = await RmEvent.objects.create(name="1"), await RmEvent.objects.create(name="2")
        tag = await RmTag.objects.create(name="it's; --")
        await tag.events.add(one, two)
        assert {e.name for e in await tag.events.all()} == {"1", "2"} and await tag.events.count() == 2
        assert [t.name for t in await one.tags.all()] == ["it's; --"]
        await tag.events.set([two])
        assert [e.name for e in await tag.events.all()] == ["2"]
        await tag.events.remove(two)
        assert await tag.events.count() == 0

    check(work)


def test_abstract_bases_and_managers(tables):  # B11, B12
    class RmBase(Model):
        au = ForeignKey(RmOwner, null=True)

        class Meta:
            abstract = True

    class Named(Manager):
        def named(self, name):
            return self.filter(name=name)

    class RmChild(RmBase):
        name = CharField(max_length=5)
        objects = Named()

    class RmOther(RmBase):
        pass

    assert RmChild._meta.column_names == ["id", "au_id", "name"]
    assert RmChild._meta.fields["au_id"].model is RmChild and RmOther._meta.fields["au_id"].model is RmOther
    assert "FROM" in RmChild.objects.named("x").sql()
    assert isinstance(RmChild.objects.using("default"), Named)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_relations(tables):  # B13, B14, B17
    async def work():
        owner, other = await RmOwner.objects.create(code="a"), await RmOwner.objects.create(code="b")
        event = await RmEvent.objects.create(owner=owner, backup=other)
        value = await RmValue.objects.create(event=event)
        again = await RmEvent.objects.get(pk=event.pk)
        assert again.owner == owner and again.owner_id == "a"
        assert (await RmValue.objects.get(pk=value.pk)).event == event
        assert again.value == value
        assert [e.pk for e in await owner.events.all()] == [event.pk]
        assert [e.pk for e in await other.backups.all()] == [event.pk]
        assert [v.pk for v in await RmValue.objects.filter(event=event.pk)] == [value.pk]

    check(work)


def test_foreign_keys_are_in_the_database(tables):  # B15
    async def work():
        owner, other = await RmOwner.objects.create(code="a"), await RmOwner.objects.create(code="b")
        await RmEvent.objects.create(owner=owner, backup=other)
        await other.delete()
        assert (await RmEvent.objects.get()).backup_id is None
        await owner.delete()
        assert await RmEvent.objects.count() == 0
        with pytest.raises(ryx.ForeignKeyViolation):
            await RmEvent.objects.create(owner_id="nobody")

    check(work)


def test_null_and_choices_of_documents(tables):  # B16, B19
    async def work():
        with pytest.raises(ValidationError) as caught:
            await RmStrict.objects.create()
        assert set(caught.value.errors) == {"doc", "data"}
        with pytest.raises(ValidationError) as caught:
            await RmStrict.objects.create(doc=1, data=b"", kind={"a": 2})
        assert set(caught.value.errors) == {"kind"}
        for kind in ({"a": 1}, [1], 2):
            made = await RmStrict.objects.create(doc=1, data=b"", kind=kind)
            assert (await RmStrict.objects.get(pk=made.pk)).kind == kind

    check(work)


def test_messages_of_errors(tables):  # B18
    async def work():
        with pytest.raises(ValidationError) as caught:
            await RmOwner(code="x" * 11).full_clean()
        assert str(caught.value) == "{'code': ['Ensure this value has at most 10 characters.']}"

    check(work)


def test_spaces_stay_when_a_row_is_read(tables):  # B20
    async def work():
        class RmSame(Model):
            text = CharField(max_length=20, null=True)

            class Meta:
                table_name = "rm_values"
                managed = False

        made = await RmValue.objects.create(text=" a ")
        assert (await RmSame.objects.get(pk=made.pk)).text == " a "

    check(work)


def test_names_that_are_no_fields():  # B21
    with pytest.raises(TypeError):
        RmOwner(save=1)


def test_updates_that_find_no_row(tables):  # B23
    async def work():
        value = await RmValue.objects.create()
        await RmValue.objects.filter(pk=value.pk).delete()
        with pytest.raises(ryx.RyxError):
            await value.save()
        value = await RmValue.objects.create()
        with pytest.raises(ryx.FieldError, match="nope"):
            await value.save(update_fields=["nope"])
        event = await RmEvent.objects.create()
        value.event = event
        value.size = 7
        await value.save(update_fields=["event"])
        again = await RmValue.objects.get(pk=value.pk)
        assert again.event_id == event.pk and again.size == 1

    check(work)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_rows_that_were_read_in_part(tables):  # B24
    async def work():
        made = await RmValue.objects.create(text="t", size=5)
        part = (await RmValue.objects.only("text"))[0]
        part.text = "u"
        await part.save()
        again = await RmValue.objects.get(pk=made.pk)
        assert (again.text, again.size) == ("u", 5)
        assert (await RmValue.objects.defer("size").get(pk=made.pk)).size == 5

    check(work)


def test_hashes_and_defaults():  # B25, B26
    owner = RmOwner()
    seen = {owner}
    owner.pk = "x"
    assert owner in seen

    class RmShared(Model):
        tags = JSONField(default=[])

    RmShared().tags.append(1)
    assert RmShared().tags == []


def test_text_and_array_of_a_pk_object(tables):  # B9
    assert "events" not in RmTag._meta.fields and list(RmTag._meta.many_to_many) == ["events"]
    assert RmTag._meta.column_names == ["name"]
    assert isinstance(RmEvent().pk, uuid.UUID) and TextField().db_type() == "TEXT"
