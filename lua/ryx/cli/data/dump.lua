-- SPDX-License-Identifier: MIT
-- Rows of models as lines, in the order of their keys: memory stays flat, and all are of one moment where the
-- database has snapshots.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local line = require "ryx.cli.data.line"
local models = require "ryx.cli.data.models"
local value = require "ryx.value"

local M = {}

local CHUNK, unpack = 1000, compat.unpack

local function key_names(meta)
  local names = {}
  for i, f in ipairs(meta.key_fields) do names[i] = f.attname end
  return names
end

-- The keys on the other side of a relation to many, by the keys of some rows.
local function others_of(many, keys)
  local from, to = many:join_keys()
  local qs = many:through_meta().rows:filter{ [from.attname .. "__in"] = keys }
    :order_by(from.attname, to.attname)
  local lists = {}
  for _, pair in ipairs(qs:values_list(from.attname, to.attname):all()) do
    local id = tostring(pair[1])
    lists[id] = lists[id] or value.json.array{}
    table.insert(lists[id], pair[2])
  end
  return lists
end

local function lists_of(meta, rows)
  local lists, keys, name = {}, {}, meta.key_fields[1].attname
  for i, row in ipairs(rows) do lists[i], keys[i] = {}, row[name] end
  for _, many in ipairs(models.lists(meta)) do
    local others = others_of(many, keys)
    for i, key in ipairs(keys) do lists[i][many.name] = others[tostring(key)] or value.json.array{} end
  end
  return lists
end

local function write_rows(meta, write, rows, put)
  local lists = models.lists(meta)[1] and lists_of(meta, rows) or {}
  for i, row in ipairs(rows) do
    local ok, text = pcall(write, row, lists[i])
    if not ok then
      errors.raise("unsupported", "%s cannot be written as JSON: %s", tostring(row),
        errors.is_error(text) and text.message or tostring(text))
    end
    put(text)
  end
end

local function write_model(meta, put, step)
  local write, rows, n = line.writer(meta), {}, 0
  local function flush()
    write_rows(meta, write, rows, put)
    n, rows = n + #rows, {}
    step(("%s: %d rows"):format(meta.model_name, n))
  end
  meta.rows:order_by(unpack(key_names(meta))):each(function(row)
    rows[#rows + 1] = row
    if #rows == CHUNK then flush() end
  end, { chunk = CHUNK })
  flush()
  return n
end

--- Hands the lines of all rows of metas to put(text), and what is going on to step(text); how many rows.
function M.run(metas, put, step)
  return models.within(metas, { isolation = "repeatable read", read_only = true }, function()
    local n = 0
    for _, meta in ipairs(metas) do n = n + write_model(meta, put, step) end
    return n
  end)
end

return M
