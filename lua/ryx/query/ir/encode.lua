-- SPDX-License-Identifier: MIT
-- Writes a query of select/finalize as the bytes that the compiler in C reads
-- (docs/internals/description.md): sources and statements. Pure.
local encode_node = require "ryx.query.ir.encode_node"
local naming = require "ryx.naming"
local numbers = require("ryx.value").numbers

local M = { u = encode_node.u }

local Writer, new_writer, s, u = encode_node.Writer, encode_node.new, encode_node.text, encode_node.u

local JOIN, COMBINE, SELECT, INSERT = numbers.JOIN, numbers.COMBINE, numbers.SELECT, numbers.INSERT
local ORDER, LOCK, CTE = numbers.ORDER, numbers.LOCK, numbers.CTE

function Writer:alias(wanted)
  if wanted and not self.used[wanted] then
    self.used[wanted] = true
    return wanted
  end
  local i = self.n_sources
  while self.used["t" .. i] do i = i + 1 end
  self.used["t" .. i] = true
  return "t" .. i
end

-- The name of a table, or of a CTE in SQL. Where both are there the CTE gets another one
-- (`clashes`), for databases read its name first, in lower case.
function Writer:table(source)
  local name = source.table
  if source.is_cte then
    return self.ctes[name]
  end
  local lower = name:lower()
  if self.names[lower] then self.clashes[lower] = true end
  self.tables[name] = true
  return name
end

-- The name of a table without its schema, by which its columns are qualified.
local function own_name(name)
  return name:match("[^%z]*$")
end

function Writer:source(source)
  self.numbers[source] = self.n_sources
  self.n_sources = self.n_sources + 1
  local join = u(JOIN[source.join])
  local on = source.join ~= "first" and source.on
  if source.query then
    local alias = self:alias(source.alias or "q")
    return (source.lateral and "l" or "q") .. join .. s(alias) .. self:body(source.query)
      .. (on and self:condition(on) or "1")
  end
  local name = self:table(source)
  local alias = self:alias(source.alias or own_name(name))
  return "t" .. join .. s(name) .. s(alias ~= name and alias or "")
    .. (on and self:condition(on) or "1")
end

-- Statements.

function Writer:orders(list)
  return self:list(list, function(w, o)
    return w:expr(o.expr) .. u((o.desc and ORDER.desc or 0) + (o.nulls and ORDER[o.nulls] or 0))
  end)
end

function Writer:outputs(list)
  return self:list(list, function(w, output) return w:expr(output.expr) .. s(output.name or "") end)
end

function Writer:bound(node)
  return node and self:expr(node) or "-"
end

function Writer:lock(lock)
  if not lock then return u(0) end
  local bits = LOCK[lock.strength] + (lock.nowait and LOCK.nowait or 0)
    + (lock.skip_locked and LOCK.skip_locked or 0)
  return u(bits) .. self:list(lock.of or {}, function(w, source) return u(w.numbers[source]) end)
end

function Writer:select(q)
  local flags = (q.distinct and SELECT.distinct or 0) + (q.count and SELECT.count or 0)
    + (q.exists and SELECT.exists or 0) + (q.copy and SELECT.copy or 0)
  return "s" .. u(flags) .. self:list(q.sources, self.source) .. self:outputs(q.outputs)
    .. (q.where and self:condition(q.where) or "1") .. self:list(q.group or {}, self.expr)
    .. (q.having and self:condition(q.having) or "1") .. self:orders(q.order or {}) .. self:bound(q.limit)
    .. self:bound(q.offset) .. self:lock(q.lock)
end

function Writer:body(q)
  if not q.combine then return self:select(q) end
  return "o" .. u(COMBINE[q.combine]) .. self:list(q.parts, self.body)
end

function Writer:cte(cte)
  local flags = (cte.recursive and CTE.recursive or 0) + (cte.once and CTE.once or 0) + (cte.writes and CTE.writes or 0)
  return u(flags) .. s(self.ctes[cte.name]) .. self:list(cte.columns, function(_, c) return s(c) end)
    .. (cte.writes and self[cte.writes](self, cte.query) or self:body(cte.query))
end

-- How many parameters there are, when not all of `n` are used.
function Writer:rest(n)
  return n and n > self.n_params and "#" .. u(n) or ""
end

-- A writer that knows the CTEs of a query, by names that no table in `clashes` has.
local function writer_of(ctes, clashes)
  local w = new_writer()
  for i, cte in ipairs(ctes) do
    local in_sql = cte.name
    while clashes[in_sql:lower()] do in_sql = in_sql:sub(1, naming.MAX - 8) .. "_cte" .. i end
    w.ctes[cte.name], w.names[in_sql:lower()], w.used[in_sql] = in_sql, true, true
  end
  return w
end

-- What write(w) gives, once no CTE is called as a table in it, and the tables in it.
local function unambiguous(ctes, write, clashes)
  local w = writer_of(ctes, clashes or {})
  local bytes = write(w)
  if next(w.clashes) == nil then return bytes, w.tables end
  for known in pairs(clashes or {}) do w.clashes[known] = true end
  return unambiguous(ctes, write, w.clashes)
end

local function query(q, n)
  local ctes = q.ctes or {}
  return unambiguous(ctes, function(w) return w:list(ctes, w.cte) .. w:select(q) .. w:rest(n) end)
end

--- A SELECT, with its CTEs, and the set of the tables in it. `n` counts the parameters that
--- are given.
function M.select(q, n)
  local bytes, tables = query(q, n)
  return "2S" .. bytes, tables
end

--- The same to be explained, with `analyze` by running it.
function M.explain(q, analyze, n)
  return "2E" .. u(numbers.EXPLAIN[analyze and "analyze" or "plan"]) .. (query(q, n))
end

--- Hints for a table's queries, to stand behind a description: { kind, database, text } each.
function M.hints(list, table_name)
  local parts = {}
  for i, hint in ipairs(list) do
    parts[i] = "^" .. u(numbers.HINT[hint.kind]) .. s(hint.database) .. s(table_name) .. s(hint.text)
  end
  return table.concat(parts)
end

local function target(w, source)
  w.numbers[source] = w.n_sources
  w.n_sources = w.n_sources + 1
  local name = w:table(source)
  w.used[own_name(name)] = true
  return s(name)
end

function Writer:sets(list)
  return self:list(list, function(w, set) return s(set.column) .. w:expr(set.expr) end)
end

local function names(w, list)
  return w:list(list, function(_, name) return s(name) end)
end

function Writer:conflict(conflict)
  if not conflict then return "-" end
  if not conflict.sets then return "i" .. names(self, conflict.targets) .. s(conflict.key) end
  return "u" .. names(self, conflict.targets) .. self:sets(conflict.sets)
    .. (conflict.where and self:condition(conflict.where) or "1")
end

local function tail(w, q)
  return names(w, q.key) .. (q.where and w:condition(q.where) or "1") .. w:orders(q.order or {}) .. w:bound(q.limit)
    .. w:bound(q.offset) .. w:outputs(q.returning or {})
end

function Writer:insert(q)
  if q.rows then
    return "I" .. target(self, q.target) .. u(INSERT.rows) .. names(self, q.columns) .. self:body(q.rows)
      .. self:conflict(nil) .. self:outputs({})
  end
  local flags = (q.batch and INSERT.batch or 0) + (#q.sets == 0 and INSERT.default or 0)
    + (q.key and INSERT.key or 0) + (q.copy and INSERT.copy or 0) + (q.lists and INSERT.lists or 0)
  return "I" .. target(self, q.target) .. u(flags) .. self:sets(q.sets) .. self:conflict(q.conflict)
    .. self:outputs(q.returning)
end

function Writer:update(q)
  local flags = q.batch and numbers.UPDATE.batch or 0
  return "U" .. target(self, q.target) .. u(flags) .. self:sets(q.sets) .. tail(self, q)
end

function Writer:delete(q)
  return "D" .. target(self, q.target) .. tail(self, q)
end

-- A write with its CTEs behind, and the tables in it.
local function change(verb, q, n)
  local ctes = q.ctes or {}
  local bytes, tables = unambiguous(ctes, function(w)
    local bytes = w[verb](w, q)
    if ctes[1] then bytes = bytes .. "W" .. w:list(ctes, w.cte) end
    return bytes .. w:rest(n)
  end)
  return "2" .. bytes, tables
end

--- Of every write: ctes, which its sub-queries read.
--- q: target (a source), sets ({ column, expr }), returning (outputs), batch, copy (by COPY
--- where there is one), lists (many rows: each parameter is the list of a column's values),
--- key (RETURNING is the key the database makes), conflict { targets, key | sets, where }. In
--- place of sets: columns (names) and rows, a query.
function M.insert(q, n)
  return change("insert", q, n)
end

--- q: target, sets, key (columns), where, order, limit, offset, returning, batch.
function M.update(q, n)
  return change("update", q, n)
end

--- q: target, key (columns), where, order, limit, offset, returning.
function M.delete(q, n)
  return change("delete", q, n)
end

return M
