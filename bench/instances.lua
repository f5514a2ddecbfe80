-- SPDX-License-Identifier: MIT
-- Instances on SQLite: save of new and of changed ones inside a transaction, delete of what ryx
-- cascades; full_clean.
local items = require "items"
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local PAIRS, pair, row, us = measure.pairs, measure.pair, measure.row, measure.us

local N = 200

local function save_all(list)
  ryx.transaction(function()
    for i = 1, #list do list[i]:save() end
  end)
end

local INSERT = "INSERT INTO bench_copies (name, category, price, is_active, created) VALUES (?, ?, ?, ?, ?)"
local UPDATE = "UPDATE bench_copies SET name = ?, category = ?, price = ?, is_active = ?, created = ? WHERE id = ?"

-- The same statement, prepared and bound, without an object behind it.
local function execute_all(sql, list)
  ryx.transaction(function()
    for i = 1, #list do
      local o = list[i]
      ryx.raw_execute(sql, { o.name, o.category, o.price, o.is_active, o.created, o.id })
    end
  end)
end

local function saves(path)
  -- The names that raw_lite.c prepares for.
  ryx.migrate{ items.model("BenchItem", "bench_items") }
  local Copy = items.model("BenchCopy", "bench_copies")
  ryx.migrate{ Copy }
  local d = raw.lite(path)
  local lists, at = {}, 0
  for i = 1, (PAIRS + 1) * 3 do lists[i] = items.instances(Copy, N) end
  local function new()
    at = at + 1
    return lists[at]
  end
  local a, b, r = pair(function() save_all(new()) end, function() execute_all(INSERT, new()) end)
  row("SQLite save of a new instance, raw_execute", us(a, N), us(b, N), r, 2.0)
  local mine, other, n = new(), new(), 0
  save_all(mine)
  save_all(other)
  local function changed(list)
    n = n + 1
    for k = 1, N do list[k].price = n * k end
    return list
  end
  a, b, r = pair(function() save_all(changed(mine)) end, function() execute_all(UPDATE, changed(other)) end)
  row("SQLite save of a changed instance, raw_execute", us(a, N), us(b, N), r, 2.0)
  a, b, r = pair(function() save_all(changed(mine)) end, function() d:update(changed(other)) end)
  row("SQLite save of a changed instance", us(a, N), us(b, N), r)
  d:close()
end

-- Two levels that the database has no rule for: 10 children of 10 children each.
local function deletes()
  local Root = ryx.model("BenchRoot", { name = ryx.CharField{ max_length = 20 } })
  local function child(name, to)
    return ryx.model(name, { up = ryx.ForeignKey(to, { db_constraint = false, related_name = "+" }) })
  end
  local Middle = child("BenchMiddle", Root)
  local Leaf = child("BenchLeaf", Middle)
  ryx.migrate{ Root, Middle, Leaf }
  local function family()
    local root, middles, leaves = Root.objects:create{ name = "x" }, {}, {}
    for i = 1, 10 do middles[i] = Middle{ up = root } end
    Middle.objects:bulk_create(middles)
    for i = 1, 100 do leaves[i] = Leaf{ up = middles[(i - 1) % 10 + 1] } end
    Leaf.objects:bulk_create(leaves)
    return root
  end
  local mine, other, n = {}, {}, 10
  for i = 1, (PAIRS + 1) * n do mine[i], other[i] = family(), family() end
  local i, j = 0, 0
  local a, b, r = pair(function()
    for _ = 1, n do
      i = i + 1
      mine[i]:delete()
    end
  end, function()
    for _ = 1, n do
      j = j + 1
      ryx.transaction(function()
        local key, keys = other[j].id, {}
        for k, one in ipairs(ryx.raw_fetch('SELECT "id" FROM "bench_middles" WHERE "up_id" IN (SELECT value FROM '
          .. "json_each(?))", { "[" .. key .. "]" })) do keys[k] = one.id end
        local list = ryx.json.encode(keys)
        ryx.raw_execute('DELETE FROM "bench_leaves" WHERE "up_id" IN (SELECT value FROM json_each(?))', { list })
        ryx.raw_execute('DELETE FROM "bench_middles" WHERE "id" IN (SELECT value FROM json_each(?))', { list })
        list = "[" .. key .. "]"
        ryx.raw_execute('DELETE FROM "bench_roots" WHERE "id" IN (SELECT value FROM json_each(?))', { list })
      end)
    end
  end)
  row("SQLite delete of two levels that ryx cascades", us(a, n), us(b, n), r, 1.3)
end

-- Nothing written by hand to compare with: the second column is the limit.
local function checks()
  local Checked = ryx.model("BenchChecked", {
    name = ryx.CharField{ max_length = 100 }, slug = ryx.CharField{ max_length = 50 },
    body = ryx.TextField{ blank = true }, state = ryx.CharField{ choices = { "draft", "live" } },
    views = ryx.IntField{ default = 0 }, stars = ryx.IntField{ min_value = 0, max_value = 5 },
    big = ryx.BigIntField{}, ratio = ryx.FloatField{}, live = ryx.BooleanField{ default = true },
  })
  local one = Checked{
    id = 1, name = "Ann Example", slug = "ann-example", body = "some text", state = "live", stars = 4,
    big = 12345678, ratio = 1.5,
  }
  local times, n, limit = {}, 2000, 3
  for i = 1, PAIRS do
    times[i] = measure.time(function()
      for _ = 1, n do one:full_clean() end
    end)
  end
  local took = measure.median(times)
  row("full_clean of ten fields", us(took, n), ("%.2f us"):format(limit), took / n * 1e6 / limit, 1)
end

return function(path)
  os.remove(path)
  ryx.setup("sqlite:" .. path)
  saves(path)
  deletes()
  checks()
  ryx.close()
end
