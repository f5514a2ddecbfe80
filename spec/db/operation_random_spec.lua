-- SPDX-License-Identifier: MIT
-- Random operations on tables with rows, one after the other, and all of them undone again: after each the
-- database is what the models of that point say.
local db = require "spec.support.db"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local ryx = require "ryx"
local state = require "ryx.migrations.state"
local there = require "spec.support.travel"

local SEED = tonumber(os.getenv("RYX_SEED")) or 1
local WORLDS, OPERATIONS = 4, 12

db.use(ryx, {})

-- A generator of its own: numbers are the same on every Lua.
local function generator(seed)
  local function draw(n)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return math.floor(seed / 65536) % n + 1
  end
  for _ = 1, 5 do draw(2) end
  return draw
end

local function world_of(draw)
  local w = { n = 0, n_models = 0 }
  function w.name(prefix)
    w.n = w.n + 1
    return prefix .. w.n
  end
  function w.pick(list) return list[draw(#list)] end
  function w.chance() return draw(2) == 1 end
  return w
end

local FIELDS = {
  function(null) return ryx.CharField{ max_length = 30, null = null, default = not null and "it's" or nil } end,
  function(null) return ryx.BigIntField{ null = null, default = not null and 3 or nil, db_index = null } end,
  function(null) return ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = null, default = "1.25" } end,
  function(null) return ryx.BooleanField{ default = null } end,
  function(null) return ryx.DateTimeField{ null = null, auto_now_add = not null } end,
  function(null) return ryx.TextField{ null = null, default = not null and "text" or nil } end,
  function(null) return ryx.JSONField{ null = null, default = {} } end,
  function() return ryx.UUIDField{ null = true } end,
  function(null, record)
    for _, pair in ipairs(record.fields) do
      if pair[2].kind.name == "BigIntField" then
        return ryx.GeneratedField{
          expression = ryx.F(pair[1]) * 2 + 1, output_field = ryx.BigIntField{ null = true }, db_index = null or nil,
          db_persist = not (null and db.needs "virtual columns"),
        }
      end
    end
  end,
}

local function altered(w, f)
  local null = f.null
  if f.kind.name == "CharField" then
    return w.pick{
      ryx.CharField{ max_length = 60, null = null }, ryx.CharField{ max_length = 90, null = not null, default = "z" },
      ryx.CharField{ max_length = 70, null = null, db_index = true },
      ryx.CharField{ max_length = 80, null = null, db_column = w.name("Col ") },
    }
  end
  if f.kind.name ~= "BigIntField" then return nil end
  return w.pick{
    ryx.BigIntField{ null = not null, default = 4 }, ryx.BigIntField{ null = null, default = 7, db_index = true },
    ryx.BigIntField{ null = null, db_column = w.name("Col ") }, ryx.CharField{ max_length = 40, null = null },
  }
end

-- What is one, of a model, its record, a name of a field, the field, and another model; nil where it does not fit.
local OPERATIONS_OF = {
  function(w, _, _, _, _, other)
    return m.create_model(w.name("OrMade"), {
      a = ryx.IntField{ default = 1 }, b = ryx.ForeignKey(other, { related_name = "+", null = true }),
    })
  end,
  function(w, model) return m.rename_model(model, w.name("OrNamed")) end,
  function(w, model, record)
    local f = w.pick(FIELDS)(w.chance(), record)
    return f and m.add_field(model, w.name("f"), f)
  end,
  function(w, model, _, _, _, other)
    local rule = w.pick{ "CASCADE", "SET_NULL", "PROTECT" }
    return m.add_field(model, w.name("k"), ryx.ForeignKey(other, { null = true, related_name = "+", on_delete = rule }))
  end,
  function(w, model, _, _, _, other)
    return m.add_field(model, w.name("many"), ryx.ManyToManyField(other, { related_name = "+" }))
  end,
  function(_, model, _, name, f)
    return not f.primary_key and (f.null or not f.relation) and m.remove_field(model, name)
  end,
  function(w, model, _, name) return m.rename_field(model, name, w.name("g")) end,
  function(w, model, _, name, f)
    local new = altered(w, f)
    return new and m.alter_field(model, name, new)
  end,
  function(w, model) return w.n_models > 2 and m.delete_model(model) end,
  function(w, model, _, name, f)
    local fits = not f.many and f.type ~= "json" and f.db ~= "text"
    local fields, own = { (w.chance() and "-" or "") .. name }, w.chance() and w.name("or_ix") or nil
    return fits and m.add_index(model, ryx.Index{ fields = fields, name = own })
  end,
  function(w, model, record)
    local list = record.options.indexes
    return list and m.remove_index(model, state.index_name(record, w.pick(list)))
  end,
  function(w, model, _, name, f)
    local fits = f.kind.name == "BigIntField" or f.relation
    return fits and m.alter_unique_together(model, w.chance() and {} or { { name, "id" } })
  end,
  function(w, model, _, name, f)
    local check = f.kind.name == "BigIntField" and ryx.Q(name .. "__gte", -1000)
    return check and m.add_constraint(model, ryx.Constraint{ check = check, name = w.name("or_ck") })
  end,
  function(w, model) return m.alter_model(model, { table_name = w.chance() and w.name("or tbl ") or false }) end,
}

-- An operation that the state takes, and the state after it.
local function change(w, s)
  for _ = 1, 200 do
    local names = s:names()
    local model = w.pick(names)
    local record = s:get(model)
    w.n_models = #names
    local name = w.pick(state.field_names(record))
    local op = w.pick(OPERATIONS_OF)(w, model, record, name, (state.field(record, name)), w.pick(names))
    local ok, to = pcall(function() return op and op:apply(s) end)
    if ok and to then return op, to end
  end
  error("no operation fits")
end

local function first()
  return operation.apply({
    m.create_model("OrA", { a = ryx.BigIntField{ default = 2 }, t = ryx.CharField{ max_length = 30, default = "x" } }),
    m.create_model("OrB", {
      a = ryx.ForeignKey("OrA", { related_name = "bs" }), x = ryx.ManyToManyField("OrA", { related_name = "+" }),
      up = ryx.ForeignKey("self", { null = true, related_name = "+" }),
    }),
  }, state.new())
end

local function fill(s)
  local A, B = s:model("OrA"), s:model("OrB")
  local a1, a2 = A.objects:create{ a = 1 }, A.objects:create{ a = 2 }
  local b = B.objects:create{ a = a1 }
  b.x:add(a1, a2)
  B.objects:create{ a = a2, up = b }
end

local function play(seed)
  local w, s = world_of(generator(seed)), first()
  local states, ops, said = { s }, {}, {}
  there.run(there.EMPTY, there.schema_of(s))
  fill(s)
  local function travel(op, from, to, backwards)
    local ok, left = pcall(there.travel, op, from, to, backwards)
    local label = ("RYX_SEED=%d%s: %s"):format(seed, backwards and ", back" or "", table.concat(said, ", "))
    if not ok then error(label .. ": " .. tostring(left), 0) end
    assert.same({}, left, label)
  end
  for i = 1, OPERATIONS do
    ops[i], states[i + 1] = change(w, states[i])
    said[i] = ops[i]:describe()
    travel(ops[i], states[i], states[i + 1])
  end
  for i = OPERATIONS, 1, -1 do
    travel(ops[i], states[i + 1], states[i], true)
    said[i] = nil
  end
  there.run(there.there(there.schema_of(s)), there.EMPTY)
end

describe("operations at random", function()
  for i = 0, WORLDS - 1 do
    it("are done and undone, world " .. SEED + i, function() play(SEED + i) end)
  end
end)
