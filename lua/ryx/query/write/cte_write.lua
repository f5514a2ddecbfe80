-- SPDX-License-Identifier: MIT
-- ryx.CTE(name, queryset, { delete = true, returning = { ... } }): a CTE whose statement writes
-- the rows of a queryset or inserts some, and whose rows are what it gives back.
local assignment = require "ryx.query.write.assignment"
local bind = require "ryx.query.lookup.bind"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local cte_insert = require "ryx.query.write.cte_insert"
local cte_of = require "ryx.query.clause.cte"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local one_alias = require "ryx.query.select.one_alias"
local returning = require "ryx.query.write.returning"
local update_delete = require "ryx.query.write.update_delete"

local VERBS = {
  bulk_create = "insert", update = "update", update_all = "update", delete = "delete", delete_all = "delete",
}

-- Which of the options writes: its name, the statement, and whether all rows are meant.
local function verb_of(name, options)
  local found
  for _, option in ipairs(cte_of.WRITES) do
    if options[option] then
      if found then errors.raise("misuse", "CTE: %q has both %s and %s: it is one statement", name, found, option) end
      found = option
    end
  end
  if found:find("^delete") and options[found] ~= true then
    errors.raise("misuse", "CTE: %s is true, the rows are those of the queryset", found)
  end
  for _, option in ipairs{ "recursive", "depth", "max_depth", "path" } do
    if options[option] then errors.raise("misuse", "CTE: %q writes, so it has no %s", name, option) end
  end
  if options.ignore_conflicts ~= nil and found ~= "bulk_create" then
    errors.raise("misuse", "CTE: ignore_conflicts belongs to bulk_create")
  end
  return found, VERBS[found], found:find("_all$") ~= nil
end

-- What its rows hold, for whoever reads them (clause/derived.lua).
local function defined_of(s, spec, verb)
  local outputs, names, columns = {}, {}, {}
  for i, output in ipairs(spec and s.returning or {}) do
    local field = output.expr.field
    local name = spec.names and spec.names[i] or field.attname
    names[i] = name
    outputs[i] = { expr = output.expr, name = spec.names and name or field.column }
    columns[name] = { name = outputs[i].name, expr = output.expr }
    if field.relation then columns[field.name] = columns[name] end
  end
  s.returning = outputs
  return {
    query = s, names = names, outputs = outputs, columns = columns, is_model = not (spec and spec.names),
    select = spec and spec.names and { kind = "dict" } or nil, writes = verb,
  }
end

-- Resolves the insert inside the query that declares it.
local function inserter(new, spec, alias)
  return function(resolver, cte)
    if alias then one_alias.name(resolver.builder, alias) end
    local s = cte_insert.statement(resolver, cte.node.meta, new)
    s.returning = spec and spec:outputs(s.target)
    return defined_of(s, spec, "insert")
  end
end

-- The same of what writes the rows of a queryset.
local function definer(verb, fields, terms, spec)
  return function(resolver, cte, alone)
    local first = resolver.n
    local b, limit, offset = resolver:part(cte.node, cte.bounds, alone)
    local s, target = update_delete.rows(b, function()
      local again = builder.new(cte.node.meta, first, resolver.builder)
      again.detached = alone
      return again:replay(cte.node)
    end, limit, offset)
    if verb == "update" then
      local binders
      s.sets, binders, resolver.n = assignment.sets(target, fields, terms, resolver.n)
      for i in ipairs(fields) do
        for _, binder in ipairs(terms[i] and binders[i] or { bind.as_is }) do resolver:bind(binder) end
      end
    end
    s.returning = spec and spec:outputs(s.target)
    return defined_of(s, spec, verb)
  end
end

-- The values of a queryset, then those of the assignments.
local function values_of(values, terms, list)
  local all = { compat.unpack(values) }
  for i, v in ipairs(list) do
    if terms[i] then intern.append(all, v) else all[#all + 1] = v end
  end
  return all
end

local function of_insert(name, qs, options, what)
  local meta = qs.node.meta
  local spec = returning.parse(meta, { returning = options.returning }, what)
  local new = cte_insert.parse(qs, options, what)
  local alias = qs.on_alias and qs.on_alias.name
  return {
    name = name, node = qs.node, bounds = 0, values = new.lists, has_rows = spec ~= nil,
    define = inserter(new, spec, alias), on_alias = qs.on_alias, tx = qs.tx,
    term = intern.term("cte of insert", name, qs.node, new.ignores, spec and spec.name or "", alias),
  }
end

-- Told by clause/cte.lua, which lies below what writes.
function cte_of.of_write(name, qs, options)
  local option, verb, all = verb_of(name, options)
  local meta = qs.node.meta
  local what = ("CTE %q: %s"):format(name, option)
  if verb == "insert" then return of_insert(name, qs, options, what) end
  if not all then update_delete.refuse_all(qs, verb) end
  local spec = returning.parse(meta, { returning = options.returning }, what)
  local fields, terms, list = {}, {}, {}
  if verb == "update" then fields, terms, list = assignment.parse(meta, options[option], "update") end
  local node, bounds, values = expr.queryset_parts(qs)
  return {
    name = name, node = node, bounds = bounds, values = values_of(values, terms, list), has_rows = spec ~= nil,
    deletes = verb == "delete", on_alias = qs.on_alias, tx = qs.tx,
    define = definer(verb, fields, terms, spec),
    term = intern.term("cte of write", name, verb, node, bounds, assignment.name(fields, terms),
      spec and spec.name or ""),
  }
end

return { methods = {} }
