-- SPDX-License-Identifier: MIT
-- Rows whose foreign key leads to none, and the line that they came from.
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local line = require "ryx.cli.data.line"
local q = require "ryx.query.expr.q"
local router = require "ryx.db.router"

local M = {}

-- The first row whose key leads to no row of the same database, or nil.
local function first_of(alias, f)
  local target = f:target_meta().concrete
  if not f.db_constraint or router.write(target) ~= alias then return nil end
  local there = q.Exists(target.rows:filter{ [target.pk_field.attname] = expr.OuterRef(f.attname) })
  return f.meta.rows:using(alias.name):filter{ [f.attname .. "__isnull"] = false }:exclude(there)
    :order_by(f.meta.key_fields[1].attname):first()
end

-- Does a line hold the key of a row, its own or one of a list?
local function is_of(read, f, row)
  local join = f.meta.join_of
  if join then
    for _, list in ipairs(read.lists) do
      if list.many == join then
        local from, to = join:join_keys()
        for _, key in ipairs(list.keys) do
          if tostring(read.key) == tostring(row[from.attname]) and tostring(key) == tostring(row[to.attname]) then
            return true
          end
        end
      end
    end
    return false
  end
  if read.meta ~= f.meta or read.key == nil then return false end
  local key = {}
  for i, field in ipairs(f.meta.key_fields) do key[i] = row[field.attname] end
  return line.id(f.meta, line.values(f.meta, read.key)) == line.id(f.meta, key)
end

local function number_of(source, by_name, f, row)
  for number, text in source:again() do
    local ok, read = pcall(line.read, text, by_name)
    if ok and is_of(read, f, row) then return number end
  end
end

--- Raises for the first row of metas whose key leads nowhere, with its line.
function M.refuse(alias, metas, source, by_name)
  table.sort(metas, function(a, b) return a.table < b.table end)
  for _, meta in ipairs(metas) do
    for _, f in ipairs(meta.fields) do
      local row = f.relation and first_of(alias, f)
      if row then
        local number = number_of(source, by_name, f, row)
        errors.raise("foreign_key_violation", "%s%s: there is no %s %s", number and ("line %d: "):format(number) or "",
          f.name, f:target_name(), tostring(row[f.attname]))
      end
    end
  end
end

return M
