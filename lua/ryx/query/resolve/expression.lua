-- SPDX-License-Identifier: MIT
-- F"author__name", values, operators, Case, functions, Raw, OuterRef, New: what each term
-- of an expression becomes.
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local ir = require "ryx.query.ir"
local bind = require "ryx.query.lookup.bind"
local builder = require "ryx.query.select.builder"
local json_path = require "ryx.query.resolve.json_path"
local key = require "ryx.meta.key"
local lookup = require "ryx.query.lookup"
local of_resolver = require "ryx.query.resolve.resolver"
local path = require "ryx.query.resolve.path"
local transform = require "ryx.query.resolve.transform"
local types = require "ryx.query.fn.types"

local handlers, failing = of_resolver.handlers, of_resolver.failing

-- The kinds of values that have no type of their own.
local NATURAL = { json = "json", object = "null", null = "null", when = "null" }

function handlers.value(resolver, term)
  local kind = term[1]
  local places = kind:match("^decimal:(%d+)$")
  if places then kind = "decimal" end
  local node = resolver:param{ type = NATURAL[kind] or kind, name = "", places = places and tonumber(places) }
  node.loose, node.null = true, kind == "null"
  resolver:bind(function(params, n, v)
    if kind == "object" then
      if v.pk == nil then errors.raise("misuse", "%s is not saved, so nothing can refer to it", tostring(v)) end
      local object = v
      v = v.pk
      if type(v) == "table" then
        key.refuse(getmetatable(object).model._meta, "an expression", "compare one of them")
      end
    end
    return bind.as_is(params, n, v)
  end)
  return node
end

function handlers.path(resolver, term)
  local node, i, parts = path.walk(resolver, term[1])
  if node.op == "key" then
    if resolver.takes_key == term and not parts[i] then return node end
    key.refuse(node.meta, term[1], "name one of them")
  end
  node, i = transform.apply(node, parts, i, term[1])
  if parts[i] then
    lookup.no_step(node, parts[i], term[1])
  end
  return node
end

-- A parameter that may be NULL, which no other is.
local function may_be_null(field, param)
  if not field.null then return param end
  local whens = { { { op = "true" }, param } }
  return ir.case(param.type, whens, nil, { elem = param.elem, places = param.places, null = true })
end

-- The row that was to be inserted: its column, or its value where the statement is
-- an update.
function handlers.new(resolver, term)
  local b = resolver.builder
  if not b.new_row then
    errors.raise("misuse", "New(%q) is the value that was to be inserted: it belongs into update_fields and "
      .. "update_where", term[1])
  end
  local field = path.field(b.meta, term[1])
  local node = builder.column(b.root, field)
  if b.new_row == "values" then
    resolver:bind(bind.as_is)
    return may_be_null(field, resolver:param(node))
  end
  resolver:bind(function(_, n) return n end)
  node.op, node.source, node.field = "new", nil, nil
  return node
end

-- The builder around may not be known yet: then its column is taken to be of the
-- type of what it meets, until the sub-query is used.
function handlers.outer(resolver, term)
  local b = resolver.builder
  if not b.outer then
    b.unbound = true
    return { op = "outer", type = "null", null = true, loose = true }
  end
  if b.detached then errors.raise("misuse", "%s", b.detached) end
  local around = of_resolver.new(b.outer, resolver.n)
  around.binders = resolver.binders
  return around:resolve(type(term[1]) == "table" and term[1] or { op = "path", term[1] })
end

function handlers.operator(resolver, term)
  local op = term[1]
  local a = resolver:resolve(term[2])
  local b = term[3] and resolver:resolve(term[3])
  return functions.operator[op](a, b, failing(op))
end

function handlers.condition(resolver, term)
  return ir.condition(resolver:condition(term[1], not resolver.own_scope))
end

handlers["case"] = function(resolver, term)
  local whens, last = {}, term.n % 2 == 1 and term.n or nil
  local results = {}
  for i = 1, term.n - (last and 1 or 0), 2 do
    whens[#whens + 1] = { resolver:condition(term[i]) }
    results[#results + 1] = resolver:resolve(term[i + 1])
  end
  if last then results[#results + 1] = resolver:resolve(term[last]) end
  local like = types.unify(results, failing "Case") -- results may become others
  for i, when in ipairs(whens) do when[2] = results[i] end
  return ir.case(like.type, whens, results[#whens + 1],
    { elem = like.elem, places = like.places, custom = like.custom })
end

--- Several paths as one argument: a list of their nodes.
function handlers.fields(resolver, term)
  local nodes = {}
  for i = 1, term.n do nodes[i] = resolver:resolve(term[i]) end
  return nodes
end

handlers["function"] = function(resolver, term)
  local row = functions.row[term[1]]
  return row.resolve(resolver:arguments(term[2]), of_resolver.options(term[3]), failing(row.name))
end

function handlers.raw(resolver, term)
  local pieces = {}
  for i = 2, term.n do
    local part = term[i]
    pieces[i - 1] = type(part) == "table" and resolver:resolve(part) or part
  end
  return { op = "raw", type = term[1], null = true, pieces = pieces }
end

function handlers.raw_aggregate(resolver, term)
  if not resolver.may_aggregate then
    errors.raise("field_error", "RawAgg: an aggregate belongs into annotate or aggregate")
  end
  local b = resolver.builder
  if not b.group and not b.whole then b.grouped_by_key = true end
  local node = handlers.raw(resolver, term)
  node.is_aggregate = true
  return node
end

function handlers.at(resolver, term)
  local node = resolver:resolve(term[1])
  local steps = {}
  for i = 2, term.n do steps[i - 1] = term[i] end
  return json_path.at(node, steps)
end

handlers["order"] = function()
  errors.raise("misuse", "asc() and desc() belong into order_by")
end
