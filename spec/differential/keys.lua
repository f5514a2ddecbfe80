-- SPDX-License-Identifier: MIT
-- Keys of several fields. A model that has one (model.key, names of fields) has no field
-- `id`, but each of its rows has an `id` that no database knows: its place in the order of
-- the keys. An expression of type "key" stands for it, and is written as `pk`.
local literal = require "differential.literal"

local M = {}

--- The fields of the key of a model, in their order.
function M.fields(model)
  local out = {}
  for i, name in ipairs(model.key or { "id" }) do out[i] = model.by_field[name] end
  return out
end

--- The whole key as an expression, over a path.
function M.expression(model, path, spell)
  return { k = "field", path = path or {}, name = "id", t = model.key and "key" or "int", spell = spell,
    owner = model.name }
end

--- The fields of a key as columns.
function M.columns(model)
  local out = {}
  for i, f in ipairs(M.fields(model)) do
    out[i] = { f.name, { k = "field", path = {}, name = f.name, t = f.type, spell = 0 } }
  end
  return out
end

local function text_of(values, n)
  local out = {}
  for i = 1, n do out[i] = tostring(values[i]) end
  return table.concat(out, "\0")
end

--- The row of a model whose key stands first in a list of values.
function M.row_of(model, list)
  if not model.key then return model.by_id[list[1]] end
  local n = #model.key
  if not model.by_key then
    model.by_key = {}
    for _, row in ipairs(model.rows) do model.by_key[text_of(M.values(model, row.id), n)] = row end
  end
  return model.by_key[text_of(list, n)]
end

-- Values that no row has.
local OTHER = {
  int = function(n) return 5000 + n end,
  char = function(n) return "none " .. n end,
  date = function(n) return ("1980-01-%02d"):format(n % 28 + 1) end,
}

--- The values of a key by the number of its row; of no row, when none has the number.
function M.values(model, id)
  local row, out = model.by_id[id], {}
  for i, f in ipairs(M.fields(model)) do
    if not model.key then out[i] = id
    elseif row or f.relation then out[i] = (row or model.rows[1])[f.name]
    else out[i] = OTHER[f.type](id) end
  end
  return out
end

--- A key as source.
function M.source(model, id)
  local out, list = {}, M.values(model, id)
  for i, f in ipairs(M.fields(model)) do out[i] = literal.source(f.type, list[i]) end
  return model.key and "{ " .. table.concat(out, ", ") .. " }" or out[1]
end

--- Names of the fields of a key, as one declares and names them.
function M.names(model)
  local out = {}
  for i, f in ipairs(M.fields(model)) do out[i] = ("%q"):format(f.relation and f.relation.name or f.name) end
  return table.concat(out, ", ")
end

return M
