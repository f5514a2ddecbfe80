-- SPDX-License-Identifier: MIT
-- What a table has besides its columns, as options of fields and of Meta.
local canonical = require "ryx.migrations.text.canonical"
local expr = require "ryx.query.expr"
local index = require "ryx.meta.index"
local naming = require "ryx.naming"
local Q = require("ryx.query.expr.q").Q
local query_raw = require "ryx.query.expr.raw"
local schema = require "ryx.migrations.schema"
local search_index = require "ryx.meta.search_index"
local tokens = require "ryx.migrations.text.tokens"

local M = {}

local LOOKUPS = { ["="] = "", ["<"] = "__lt", ["<="] = "__lte", [">"] = "__gt", [">="] = "__gte" }

-- The value of a literal, of a field of booleans as one.
local function value_of(n, f)
  if n[1] == "string" then return n[2] end
  if n[1] == "word" and (n[2] == "true" or n[2] == "false") then return n[2] == "true" end
  if n[1] ~= "number" then return nil end
  if f.type == "bool" then return n[2] == "1e0" end
  return tonumber(n[2])
end

local condition

local function joined(n, of)
  local q
  for i = 2, #n do
    local part = condition(n[i], of)
    if not part then return nil end
    if not q then q = part elseif n[1] == "and" then q = q * part else q = q + part end
  end
  return q
end

local function pair(path, v)
  if v == nil then return nil end
  return Q{ [path] = v }
end

local function one_of(n, path, f)
  local values = {}
  for i = 2, #n[3] do
    values[i - 1] = value_of(n[3][i], f)
    if values[i - 1] == nil then return nil end
  end
  return pair(path .. "__in", values)
end

local function is_null(n)
  return n[1] == "word" and n[2] == "null"
end

-- A tree (canonical.tree) as a Q over the fields of columns, or nil.
function condition(n, of)
  if n[1] == "and" or n[1] == "or" then return joined(n, of) end
  if n[1] == "not" then
    local inner = condition(n[2], of)
    return inner and -inner
  end
  local name = n[1] == "name" and n[2] or n[2] and n[2][1] == "name" and n[2][2]
  local f = name and of[name]
  if not f then return nil end
  if n[1] == "name" then return Q{ [f.path] = true } end
  if n[1] == "in" then return one_of(n, f.path, f) end
  if (n[1] == "is" or n[1] == "is not") and is_null(n[3]) then return Q{ [f.path .. "__isnull"] = n[1] == "is" } end
  if n[1] == "<>" then
    local q = pair(f.path, value_of(n[3], f))
    return q and -q
  end
  if not LOOKUPS[n[1]] then return nil end
  if n[3][1] ~= "name" then return pair(f.path .. LOOKUPS[n[1]], value_of(n[3], f)) end
  local other = of[n[3][2]]
  return other and Q{ [f.path .. LOOKUPS[n[1]]] = expr.F(other.path) } or nil
end

--- The same for others: a tree as a Q over { [column] = { path, type } }, or nil.
M.condition = condition

-- Names of fields of columns, or nil where one has none.
local function fields_of(columns, of)
  local names = {}
  for i, column in ipairs(columns) do
    if not of[column] then return nil end
    names[i] = of[column].path
  end
  return names
end

-- A text without brackets around all of it.
local function bare(ctx, sql)
  local spelling = ctx.dialect.spelling
  local list = tokens.of(sql, spelling) or {}
  while list[3] and list[1].text == "(" and list[1].kind == "op" and tokens.closing(list, 1) == #list do
    sql = tokens.text(sql, list, 2, #list - 1)
    list = tokens.of(sql, spelling)
  end
  return sql
end

-- The same as an expression, in which a question mark is itself.
local function raw(ctx, sql)
  return query_raw.Raw((bare(ctx, sql):gsub("%?", "??")))
end

M.raw = raw

-- The fields and expressions of an index; nil where expressions stand before columns.
local function parts_of(ctx, ix, of)
  local fields, expressions = {}, {}
  for _, part in ipairs(ix.parts) do
    if part.sql then
      expressions[#expressions + 1] = raw(ctx, part.sql)
    elseif expressions[1] or not of[part.column] then
      return nil
    else
      fields[#fields + 1] = (part.desc and "-" or "") .. of[part.column].path
    end
  end
  return fields[1] and fields, expressions[1] and expressions
end

local function index_of(ctx, ix, of)
  local fields, expressions = parts_of(ctx, ix, of)
  local options = {
    name = ix.name, fields = fields, expressions = expressions, unique = ix.unique or nil, method = ix.method,
    include = ix.include and fields_of(ix.include, of),
  }
  if not fields and not expressions or ix.include and not options.include then return nil end
  if ix.condition then
    local tree = canonical.tree(ctx.dialect, ix.condition)
    options.condition = tree and condition(tree, of)
    if not options.condition then return nil end
  end
  local ok, made = pcall(index.Index, options)
  return ok and made or nil
end

-- The number that a name by rule ends with, of lists in Meta: 0 for the first.
local function number_of(prefix, t, columns, name)
  for i = 0, 20 do
    if naming.generated(prefix, t.name, table.concat(columns, "_"), tostring(i)) == name then return i end
  end
end

local function columns_of(ix)
  local columns = {}
  for i, part in ipairs(ix.parts) do
    if not part.column or part.desc then return {} end
    columns[i] = part.column
  end
  return columns
end

-- The columns of an index, whatever else is in it: what a name by rule is made of.
local function named_columns(ix)
  local columns = {}
  for _, part in ipairs(ix.parts) do columns[#columns + 1] = part.column end
  return columns
end

-- Lists of Meta in the order of the numbers in their names; those without behind them.
local function in_order(list)
  table.sort(list, function(a, b)
    if a.number ~= b.number then return a.number < b.number end
    return a.name < b.name
  end)
  local out = {}
  for i, item in ipairs(list) do out[i] = item.fields end
  return out
end

--- Where unique keys and unique indexes are one (`mixes_uniques`), those that are not named by rule are
--- indexes.
function M.tell_uniques(t)
  for name, u in pairs(t.uniques) do
    local columns = table.concat(u.columns, "_")
    local by_rule = number_of("uq", t, u.columns, name) or name == naming.generated("uq", t.name, columns)
    if not by_rule then
      local parts = {}
      for i, column in ipairs(u.columns) do parts[i] = { column = column, desc = false } end
      t.uniques[name], t.indexes[name] = nil, { name = name, unique = true, parts = parts, place = u.place }
    end
  end
end

--- The columns that are unique by themselves, as a set, and the lists of several.
function M.uniques(t, of)
  local alone, lists = {}, {}
  for _, u in ipairs(schema.sorted(t.uniques)) do
    local fields = of and fields_of(u.columns, of)
    if not u.columns[2] then alone[u.columns[1]] = true end
    if u.columns[2] and fields then
      lists[#lists + 1] = { fields = fields, name = u.name, number = number_of("uq", t, u.columns, u.name) or 99 }
    end
  end
  return alone, in_order(lists)
end

--- The columns that have an index by rule, as a set.
function M.indexed(t)
  local set = {}
  for name, ix in pairs(t.indexes) do
    local columns = columns_of(ix)
    local by_rule = columns[1] and not columns[2] and naming.generated("idx", t.name, columns[1])
    if name == by_rule then set[columns[1]] = name end
  end
  return set
end

local function search_of(s, of)
  local fields, weights = fields_of(s.columns, of), {}
  if not fields then return nil end
  for i, weight in ipairs(s.weights or {}) do weights[fields[i]] = weight ~= "D" and weight or nil end
  local ok, made = pcall(search_index.SearchIndex, {
    name = s.name, fields = fields, config = s.config, weights = next(weights) and weights or nil,
  })
  return ok and made or nil
end

-- Those whose names say their place come there, without the name.
local function in_places(list)
  local out, rest = {}, {}
  for _, item in ipairs(list) do
    local place = item.number and item.number + 1
    if place and place <= #list and not out[place] then
      out[place], item.made.name = item.made, nil
    else
      rest[#rest + 1] = item.made
    end
  end
  for i = 1, #list do out[i] = out[i] or table.remove(rest, 1) end
  return out
end

--- index_together, indexes and searches of a table; and what no ryx.Index says, as names.
function M.indexes(ctx, t, of)
  local together, list, lost, by_rule = {}, {}, {}, {}
  for _, name in pairs(M.indexed(t)) do by_rule[name] = true end
  local function add(prefix, part, columns, made)
    local places = columns[1] and columns or { "expression" }
    if made then list[#list + 1] = { made = made, number = number_of(prefix, t, places, part.name) } end
    if not made then lost[#lost + 1] = part.name end
  end
  for _, ix in ipairs(schema.sorted(t.indexes)) do
    local columns = columns_of(ix)
    local fields = columns[2] and fields_of(columns, of)
    local number = fields and number_of("idx", t, columns, ix.name)
    if number then
      together[#together + 1] = { fields = fields, name = ix.name, number = number }
    elseif not by_rule[ix.name] then
      add("ix", ix, named_columns(ix), index_of(ctx, ix, of))
    end
  end
  for _, s in ipairs(schema.sorted(t.searches)) do add("search", s, s.columns, search_of(s, of)) end
  return in_order(together), in_places(list), lost
end

--- The check of a column's type, by rule, or nil.
function M.type_check(t, c)
  return t.checks[naming.generated("ck", t.name, c.name)]
end

--- Constraints but for those of types: as a Q where it may say the same, and the text of each by its name.
function M.constraints(ctx, t, of)
  local of_types, out, texts = {}, {}, {}
  for _, c in ipairs(t.columns) do
    local check = M.type_check(t, c)
    if check then of_types[check.name] = true end
  end
  for _, check in ipairs(schema.sorted(t.checks)) do
    if not of_types[check.name] then
      local tree = canonical.tree(ctx.dialect, check.sql)
      texts[check.name] = bare(ctx, check.sql)
      local q = tree and condition(tree, of)
      out[#out + 1] = index.Constraint{ check = q or texts[check.name], name = check.name }
    end
  end
  return out, texts
end

return M
