#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes docs/reference/signals.md from lua/ryx/signal.lua.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local signal = require "ryx.signal"

local SENDER = { model = "the model", through = "the model of the links, `Post.tags.through`", alias = "the alias" }

local function code(words)
  return (words:gsub("%S+", "`%0`"))
end

print [[
# Signals

Made by `make docs` from `lua/ryx/signal.lua`. What they are for, with examples: [the guide](../guide/signals.md).

Receivers get `(sender, kwargs)`. All signals are fields of `ryx.signals`.

| signal | sender | kwargs | sent |
|---|---|---|---|]]
for _, row in ipairs(signal.rows) do
  print(("| `%s` | %s | %s | %s |"):format(row.name, SENDER[row.sender], code(row.kwargs), row.when))
end
print [[

- `instance`: the object; `created`: is it, or was it, inserted? Before `upsert` nobody knows, so `pre_save` says true.
- `queryset`: what `update` or `delete` was called on; `fields`: the names of the fields that are set, in order;
  `updated_count`, `deleted_count`: how many rows.
- `action`: `pre_add`, `post_add`, `pre_remove`, `post_remove`, `pre_clear`, `post_clear`. `instance`: whose links they
  are; `reverse`: false on the side that has the ManyToManyField; `model`: the model at the other end; `pk_set`: the list
  of keys there: of `add` those that were not linked yet, of `clear` there is none. `set` sends remove and add.
- `alias`: the name of the database.

## What is sent when

| call | signals |
|---|---|
| `save`, `create`, also of relations | `pre_save`, `post_save` |
| `get_or_create`, `update_or_create` | those of a save, where there is one; `pre_save` alone when another task made the row meanwhile |
| `upsert` | `pre_save`, `post_save` |
| `delete` of an object | `pre_delete`, `post_delete` |
| `update`, `update_all` of a queryset; `add`, `remove`, `set`, `clear` of rows that refer to an object | `pre_update`, `post_update` |
| `delete`, `delete_all` of a queryset; `bulk_delete`, for each of its statements | `pre_bulk_delete`, `post_bulk_delete` |
| `add`, `remove`, `set`, `clear` of a many-to-many relation; what makes and links at once | `m2m_changed`; of a `through` model that you wrote `pre_bulk_delete`, `post_bulk_delete` as well |
| rows that go along with those (`on_delete = "CASCADE"`), where their model has receivers or hooks of a delete | `pre_delete`, `post_delete` of each |
| `bulk_create`, `bulk_update`, `create_from`, `ryx.copy_from`, CTEs that write, raw SQL | none |

Save: automatic times, `full_clean`, `before_save`, `pre_save`, the statement, `post_save`, `after_save`. Delete:
`before_delete`, `pre_delete`, the statements, `post_delete`, `after_delete`; then the object has no key any more.

## Calls

| call | does |
|---|---|
| `signal:connect(fn, { sender =, subclasses =, weak = })` | calls `fn(sender, kwargs)` when the signal is sent; gives a function that undoes it. `subclasses = true`: models that are built upon the sender, too; `weak = true`: for as long as something else holds `fn`. Connected again for one sender it runs once |
| `signal:disconnect(fn, { sender = })` | the same undone: was there such a receiver? |
| `ryx.receiver(signal, { sender = })(fn)` | connects, and gives `fn` |
| `ryx.Signal(name)` | a signal of your own |
| `signal:send(sender, kwargs)` | a list of `{ receiver, result }`; an error of a receiver is raised, and the rest are not called |
| `signal:send_robust(sender, kwargs)` | calls all; an error stands as the result |]]
