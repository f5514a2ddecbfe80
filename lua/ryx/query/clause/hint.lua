-- SPDX-License-Identifier: MIT
-- qs:hint{ postgres = "SeqScan(a)" }: what the planner of one database is told of a query. It
-- changes no rows, so it is the node's, not the builder's.
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local constraint = require "ryx.meta.constraint"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local index = require "ryx.meta.index"
local numbers = require("ryx.value").numbers
local queryset = require "ryx.query.clause.queryset"

local M = { methods = {} }

-- By the name of each database what it takes: words for its planner (1), names of indexes to
-- use, force and ignore (2), one to force or none at all (4).
local TAKES = numbers.HINTED
local WORDS_MAX, HINTS_MAX = 1000, 16

-- The forms of the hints of a database, by kind.
local function forms_of(database)
  local takes, forms = TAKES[database], {}
  if takes % 2 >= 1 then forms.words = "words" end
  if takes % 4 >= 2 then forms.use, forms.force, forms.ignore = "names", "names", "names" end
  if takes % 8 >= 4 then forms.force, forms.ignore = "name", "any" end
  return forms
end

local function check_words(text, what)
  if text:find("[^%w_ ,()@.=+%-#:%%]") or text:find("^%s*$") then
    errors.raise("misuse", "%s: words of letters, digits, spaces and _ , ( ) @ . = + - # : %%, not %s", what,
      compat.show(text))
  end
  if #text > WORDS_MAX then
    errors.raise("misuse", "%s: %d bytes are too long, at most %d", what, #text, WORDS_MAX)
  end
end

-- The indexes that ryx gives a model's table, and what some databases call the key's.
local function index_names(meta)
  local names = { PRIMARY = true }
  for _, name in ipairs(constraint.unique_names(meta)) do names[name] = true end
  for _, ix in ipairs(index.by_rule(meta)) do names[ix.name] = true end
  for _, ix in ipairs(meta.indexes) do names[ix:name_in(meta)] = true end
  return names
end

local function check_index(meta, name, what)
  errors.check_type(name, "string", what)
  local known = index_names(meta)
  if known[name] or meta.managed == false then return end
  errors.raise("field_error", "%s: %s has no index %s%s", what, meta.model_name, compat.show(name),
    errors.hint(name, compat.sorted_keys(known)))
end

local function refuse(what, takes, v)
  errors.raise("misuse", "%s takes %s, not %s", what, takes, compat.show(v))
end

-- The texts of a hint of a form; "" means any index.
local FORMS = {}

function FORMS.words(_, v, what)
  errors.check_type(v, "string", what)
  check_words(v, what)
  return { v }
end

function FORMS.names(meta, v, what)
  local list = type(v) == "table" and v or { v }
  if list[1] == nil then refuse(what, "the name of an index, or a list of them", v) end
  for _, name in ipairs(list) do check_index(meta, name, what) end
  return list
end

function FORMS.name(meta, v, what)
  check_index(meta, v, what)
  return { v }
end

function FORMS.any(_, v, what)
  if v ~= true then refuse(what, "true", v) end
  return { "" }
end

-- Hints of one database behind those before.
local function add(out, meta, database, given)
  local forms = forms_of(database)
  if type(given) == "string" then given = { words = given } end
  errors.check_type(given, "table", "hint: " .. database)
  if next(given) == nil then errors.raise("misuse", "hint: %s = {} says nothing", database) end
  for _, kind in ipairs(compat.sorted_keys(given)) do
    if not forms[kind] then
      errors.raise("misuse", "hint: %s has no hint %s: it takes %s", database, compat.show(kind),
        table.concat(compat.sorted_keys(forms), ", "))
    end
    for _, text in ipairs(FORMS[forms[kind]](meta, given[kind], ("hint: %s: %s"):format(database, kind))) do
      out[#out + 1] = { kind = kind, database = database, text = text }
    end
  end
end

--- Tells the planner of a database how to find the rows; other databases do not see it. A text
--- are optimizer hints, tables name indexes of the model. What was said before is replaced. Of
--- queries that read; updates and deletes refuse it.
--- Post.objects:hint{ postgres = "SeqScan(posts)", mariadb = { force = "post_views_idx" } }
---   -> SELECT /*+ SeqScan(posts) */ ..., SELECT ... FROM `posts` FORCE INDEX (`post_views_idx`) ...
---@param hints table<string, string|table> by database: words, or { words =, use =, force =, ignore = }
---@return ryx.QuerySet
function M.methods.hint(qs, hints)
  local node = queryset.node(qs, "hint")
  errors.check_type(hints, "table", "hint")
  local list, databases = {}, compat.sorted_keys(hints)
  if #databases == 0 then errors.raise("misuse", "hint{} names no database") end
  for _, database in ipairs(databases) do
    if not TAKES[database] then
      local known = compat.sorted_keys(TAKES)
      errors.raise("misuse", "hint: %s is no database%s; it takes %s", compat.show(database),
        errors.hint(tostring(database), known), table.concat(known, ", "))
    end
    add(list, node.meta, database, hints[database])
  end
  if #list > HINTS_MAX then errors.raise("misuse", "hint: %d hints are too many, at most %d", #list, HINTS_MAX) end
  local bytes = encode.hints(list, node.meta.table_name)
  return queryset.copy(qs, chain_node.follow(node, "hinted", bytes, function(parent)
    return chain_node.new(parent, function() end, { hints = bytes, says = "hint{ ... }" })
  end))
end

--- Refuses a hint before a method that writes.
function M.refuse(qs, what)
  if qs.node.hints then
    errors.raise("misuse", "%s after hint: a hint is of queries that read; select the keys, then write pk__in", what)
  end
end

return M
