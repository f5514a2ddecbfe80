-- SPDX-License-Identifier: MIT
-- ryx.Index, ryx.Constraint: what Meta.indexes and Meta.constraints hold.
local compat = require "ryx.compat"
local constraint = require "ryx.meta.constraint"
local errors = require "ryx.errors"
local naming = require "ryx.naming"
local unique = require "ryx.meta.unique"

local M = {}

---@class ryx.Index
---@field name? string
---@field fields string[]
---@field unique boolean
---@field include string[]
---@field method? string
---@field concurrently boolean
local Index = { _class = "index" }
Index.__index = Index
Index.__tostring = function(i)
  return ("<Index: %s on [%s]>"):format(i.name or "without a name", table.concat(i.fields, ", "))
end

--- The name of an index of any kind in a model's table, by rule where it has none of its own:
--- <prefix>_<table>_<columns>_<its place in Meta.indexes, from 0>.
function M.name(self, prefix, meta)
  if self.name then return self.name end
  local parts, place = {}, 0
  for i, name in ipairs(self.fields) do parts[i] = meta:get_field(name).column end
  for i, index in ipairs(meta.indexes) do
    if index == self then place = i - 1 end
  end
  if parts[1] == nil then parts[1] = "expression" end
  return naming.generated(prefix, meta.table_name, table.concat(parts, "_"), tostring(place))
end

---@package
function Index:name_in(meta)
  return M.name(self, "ix", meta)
end

--- Are rows told apart by its fields?
---@package
function Index:is_key()
  return self.unique and self.expressions[1] == nil and self.condition == nil
end

--- Refuses fields that a model does not have.
---@package
function Index:check(meta)
  unique.check_list(meta, self.fields, tostring(self))
  unique.check_list(meta, self.include, tostring(self) .. ": include")
end

--- The method of an index that names none, on every database.
M.USUAL = "btree"

-- Options and their types; false says of any that it is looked at by itself.
local OPTIONS = {
  fields = false, expressions = false, name = "string", unique = "boolean", condition = false, include = false,
  method = "string", concurrently = "boolean",
}

local function check_list(list, what)
  if list == nil then return {} end
  if type(list) ~= "table" or getmetatable(list) ~= nil or #list == 0 then
    errors.raise("misuse", "Index: %s is a list, not %s", what, compat.show(list))
  end
  return list
end

-- Names without the sign, and which had it.
local function read_fields(list)
  local names, desc = {}, {}
  for i, name in ipairs(list) do
    if type(name) ~= "string" then errors.raise("misuse", "Index: fields holds names, not %s", compat.show(name)) end
    names[i], desc[i] = name:gsub("^%-", ""), name:find("^%-") ~= nil
  end
  return names, desc
end

local function check_length(what, name)
  if name and #name > naming.MAX then
    errors.raise("misuse", "%s: the name %s is longer than %d bytes", what, name, naming.MAX)
  end
end

---@class ryx.IndexOptions
---@field fields? string[] "-created": from the largest on
---@field expressions? ryx.Expr[] behind the fields; PostgreSQL, SQLite, MySQL
---@field name? string by rule when not given
---@field unique? boolean
---@field condition? ryx.Q the rows that it holds; PostgreSQL, SQLite
---@field include? string[] fields that it holds besides, so that queries need not read the table; PostgreSQL
---@field method? string "btree" when not given; "hash", "gin", "gist", "spgist", "brin" on PostgreSQL
---@field concurrently? boolean made without stopping writes, of a table that is there, too; PostgreSQL

--- An index, for Meta.indexes. What a database lacks is `unsupported` when the table is made.
--- ryx.Index{ fields = { "author", "-created" } }
--- ryx.Index{ expressions = { ryx.Lower("email") }, unique = true }
---   -> CREATE UNIQUE INDEX ... ON ... ((LOWER("email" COLLATE "C.utf8") COLLATE "C"))
--- ryx.Index{ fields = { "author" }, include = { "title" }, concurrently = true }
---@param options ryx.IndexOptions
---@return ryx.Index
function M.Index(options)
  errors.check_options(options, OPTIONS, "Index")
  local names, desc = read_fields(check_list(options.fields, "fields"))
  local expressions = check_list(options.expressions, "expressions")
  if not names[1] and not expressions[1] then
    errors.raise("misuse", "Index needs fields = { ... } or expressions = { ... }")
  end
  for _, e in ipairs(expressions) do
    if type(e) ~= "table" or not rawget(e, "term") then
      errors.raise("misuse", "Index: expressions holds expressions, ryx.Lower(\"email\"), not %s", compat.show(e))
    end
  end
  for option, wanted in pairs(OPTIONS) do
    if wanted and options[option] ~= nil then errors.check_type(options[option], wanted, "Index: " .. option) end
  end
  check_length("Index", options.name)
  if options.method and not options.method:find("^%l[%w_]*$") then
    errors.raise("misuse", "Index: method is a name like \"hash\", not %s", compat.show(options.method))
  end
  local condition = options.condition
  if condition ~= nil and (type(condition) ~= "table" or not rawget(condition, "term")) then
    errors.raise("misuse", "Index: condition is a Q, not %s", compat.show(condition))
  end
  return setmetatable({
    fields = names, desc = desc, expressions = expressions, name = options.name, unique = options.unique or false,
    condition = condition, include = check_list(options.include, "include"), method = options.method,
    concurrently = options.concurrently or false,
  }, Index)
end

---@class ryx.Constraint
---@field name string
---@field check ryx.Q|string
local Constraint = { _class = "constraint" }
Constraint.__index = Constraint
Constraint.__tostring = function(c) return ("<Constraint: %s>"):format(c.name) end

--- A condition that every row meets, for Meta.constraints; check may be SQL text.
--- ryx.Constraint{ check = Q{ views__gte = 0 }, name = "post_views_chk" }
---@param options { check: ryx.Q|string, name: string }
---@return ryx.Constraint
function M.Constraint(options)
  errors.check_options(options, { check = true, name = true }, "Constraint")
  if options.check == nil or type(options.name) ~= "string" then
    errors.raise("misuse", "Constraint needs check = Q{ ... } (or SQL text) and name = \"...\"")
  end
  check_length("Constraint", options.name)
  return setmetatable({ check = options.check, name = options.name }, Constraint)
end

--- The indexes of a model that are no keys and not of Meta.indexes: { name, fields } each.
function M.by_rule(meta)
  local list = {}
  local function add(fields, number)
    list[#list + 1] = { name = constraint.name("idx", meta, fields, number), fields = fields }
  end
  for _, f in ipairs(meta.fields) do
    if (f.db_index or f.relation) and not f.unique and f ~= meta.key_fields[1] then add{ f } end
  end
  for i, names in ipairs(meta.index_together) do add(meta:get_fields(names), i - 1) end
  return list
end

-- The fields that indexes of all rows begin with, as a set.
local function first_fields(meta)
  local first = {}
  for _, fields in ipairs(unique.keys(meta)) do first[fields[1]] = true end
  for _, index in ipairs(M.by_rule(meta)) do first[index.fields[1]] = true end
  for _, index in ipairs(meta.indexes) do
    local name = index._class == "index" and not index.condition and index.fields[1]
    if name then first[meta:get_field(name)] = true end
  end
  return first
end

--- Does an index of its model's table begin with a field?
function M.begins(field)
  local meta = field.meta
  if not meta.index_fields then meta.index_fields = first_fields(meta) end
  return meta.index_fields[field] ~= nil
end

return M
