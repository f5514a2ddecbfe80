-- SPDX-License-Identifier: MIT
-- Runs a query on every alias and through the evaluator, in one canonical form:
--   { rows = { "text|text"... } } or { value = "text" } or { error = "kind: message" }
-- A write gives both: how many rows, and what is there afterwards.
local compat = require "ryx.compat"
local evaluate = require "differential.evaluate"
local json = require "differential.json"
local keys = require "differential.keys"
local literal = require "differential.literal"
local refusals = require "differential.refusals"
local translate = require "differential.translate"
local writes = require "differential.writes"

local M = {}

local Compare = {}
Compare.__index = Compare

-- Objects by key, with new values: what a bulk update is given.
local function edited(queryset, list)
  local wanted, out = {}, {}
  for i, one in ipairs(list) do wanted[i] = one[1] end
  local by_key = queryset:in_bulk(wanted)
  for i, one in ipairs(list) do
    out[i] = by_key[one[1]]
    for name, v in pairs(one[2]) do out[i][name] = v end
  end
  return out
end

--- ryx, a world, its classes, and the aliases to ask.
function M.new(ryx, world, classes, aliases)
  local env = { ryx = ryx, models = classes, Q = ryx.Q, F = ryx.F, edited = edited }
  return setmetatable({
    ryx = ryx, world = world, env = env, aliases = aliases, read = literal.reader(ryx),
  }, Compare)
end

local function scalar(v)
  return type(v) == "number" and ("%.0f"):format(v) or tostring(v)
end

local function own_rows(answer)
  local rows = {}
  for i, row in ipairs(answer.rows) do
    local out = {}
    for j, c in ipairs(answer.columns) do
      -- A null inside a document is read as the NULL of a column is.
      out[j] = row[j] == json.null and "NULL" or literal.own(c.t, row[j], c.scale)
    end
    rows[i] = table.concat(out, "|")
  end
  return rows
end

local function columns_of(model)
  local out = {}
  for i, f in ipairs(model.fields) do out[i] = { name = f.name, t = f.type } end
  return out
end

-- The rows of models one after another, each by its key.
local function all_rows(models, rows_of)
  local out = {}
  for _, model in ipairs(models) do
    for _, text in ipairs(rows_of(model)) do out[#out + 1] = model.name .. "|" .. text end
  end
  return out
end

-- Is the key of row a smaller than that of row b? Keys come first in a row.
local function by_key(model)
  return function(a, b)
    for i in ipairs(keys.fields(model)) do
      if a[i] ~= b[i] then return a[i] < b[i] end
    end
    return false
  end
end

local function own_write(self, query)
  local said, after = writes.answer(self.world, query)
  return {
    value = said ~= nil and scalar(said) or nil,
    rows = all_rows(writes.models(self.world, query), function(model)
      local rows = {}
      for i, row in ipairs(after[model.name]) do
        rows[i] = {}
        for j, f in ipairs(model.fields) do rows[i][j] = row[f.name] end
      end
      table.sort(rows, by_key(model))
      return own_rows{ columns = columns_of(model), rows = rows }
    end),
  }
end

--- What the evaluator says; also the columns.
function Compare:oracle(query)
  if writes.is(query) then return own_write(self, query) end
  local answer = evaluate.query(self.world, query)
  if answer.error then return answer end
  if answer.value ~= nil then return { value = scalar(answer.value) } end
  return { rows = own_rows(answer) }, answer.columns
end

function Compare:columns(query)
  return select(2, self:oracle(query))
end

-- Is the answer of rows keyed by names, by position, or bare values?
local function shape_of(query)
  for i = #query.ops, 1, -1 do
    local op = query.ops[i]
    if op[1] == "values_list" then return op[3] and "flat" or "list" end
    if op[1] == "values" then return "keyed" end
    if op[1] == "dates" then return "flat" end
  end
  if query.set then return shape_of(query.parts[1]) end
  return "keyed"
end

local function cell(row, i, c, shape)
  if shape == "flat" then return row end
  if shape == "list" then return row[i] end
  return row[c.name]
end

local function their_rows(self, query, columns, list)
  local shape, rows = shape_of(query), {}
  for i, row in ipairs(list) do
    local out = {}
    for j, c in ipairs(columns) do out[j] = self.read(c.t, cell(row, j, c, shape)) end
    rows[i] = table.concat(out, "|")
  end
  return rows
end

local function chunk_of(self, query)
  local source, terminal = translate.query(self.world, query)
  local text = "local alias, after = ... return (function() return " .. source .. " end)():" .. terminal
  return assert(compat.load(text, "=query", self.env))
end

-- The rows of all pages, one after another by their cursors.
local function pages(chunk, alias)
  local out, after = {}, nil
  repeat
    local page = chunk(alias, after)
    for _, row in ipairs(page.rows) do out[#out + 1] = row end
    assert(page.has_next == (page.next ~= nil), "a next page without a cursor, or a cursor without a page")
    after = page.next
  until not after
  return out
end

-- What in_bulk gave, in the order of the keys that were asked for.
local function by_keys(self, query, found)
  local model, out = self.world.by_name[query.model], {}
  for _, id in ipairs(query.terminal[2]) do
    local key = assert(compat.load("local ryx = ... return " .. keys.source(model, id), "=key", {}))(self.ryx)
    out[#out + 1] = found[key]
  end
  return out
end

local function call(self, query, alias)
  local chunk = chunk_of(self, query)
  if query.terminal[1] == "page" then return pages(chunk, alias) end
  if query.terminal[1] == "in_bulk" then return by_keys(self, query, chunk(alias)) end
  return chunk(alias)
end

-- A write in a transaction that is rolled back, so that every query finds the same rows.
local function write(self, query, alias)
  local said, rows
  self.ryx.transaction(function(tx)
    local result, created = call(self, query, alias)
    said = type(result) == "number" and result or created
    rows = all_rows(writes.models(self.world, query), function(model)
      local columns = columns_of(model)
      local list = self.env.models[model.name].objects:using(alias):order_by("pk"):all()
      return their_rows(self, query, columns, list)
    end)
    tx:rollback()
  end, { alias = alias })
  local told = writes.answer(self.world, query) ~= nil
  return { value = told and scalar(said) or nil, rows = rows }
end

--- What an alias says.
function Compare:ask(query, alias, columns)
  if writes.is(query) then
    local ok, answer = pcall(write, self, query, alias)
    return ok and answer or refusals.answer(answer)
  end
  local ok, result = pcall(call, self, query, alias)
  if not ok then return refusals.answer(result) end
  local terminal = query.terminal
  if terminal == "count" or terminal == "exists" then return { value = scalar(result) } end
  if terminal == "first" or terminal == "last" or terminal[1] == "aggregate" then result = { result } end
  return { rows = their_rows(self, query, columns, result) }
end

local function one_text(answer, ordered)
  if answer.error then return "error " .. answer.error end
  if not answer.rows then return "value " .. answer.value end
  local rows = answer.rows
  if not ordered then
    rows = { compat.unpack(rows) }
    table.sort(rows)
  end
  return (answer.value or "") .. " rows " .. table.concat(rows, "\n")
end

-- How an answer differs; nil when it does not.
local function way_of(answer, query, expected)
  if refusals.allowed(answer) then return nil end
  if query.refused then return refusals.way(answer, query.refused) end
  if one_text(answer, query.ordered) == expected then return nil end
  return refusals.way(answer) or "rows"
end

--- The answers of all sides, by name; and which of them differ from the evaluator's.
function Compare:all(query)
  local own, columns = self:oracle(query)
  local answers, different = { oracle = own }, nil
  local expected = one_text(own, query.ordered)
  for _, alias in ipairs(self.aliases) do
    local answer = self:ask(query, alias, columns)
    answers[alias] = answer
    local way = way_of(answer, query, expected)
    if way then
      different = different or {}
      different[alias] = way
    end
  end
  return answers, different
end

--- Does a query still make one of the same aliases differ in the same way?
function Compare:same_way(query, before)
  local own, columns = self:oracle(query)
  local expected = one_text(own, query.ordered)
  for alias, way in pairs(before) do
    if way_of(self:ask(query, alias, columns), query, expected) == way then return true end
  end
  return false
end

local function sql_of(self, query, alias)
  local source = translate.query(self.world, query)
  local ok, sql = pcall(function()
    return assert(compat.load("local alias = ... return " .. source, "=query", self.env))(alias):sql()
  end)
  if writes.is(query) then return "chosen by " .. tostring(sql) end
  return ok and sql or "no SQL: " .. tostring(sql)
end

local function add_answer(out, name, answer)
  if answer.error then
    out[#out + 1] = ("  %s: error %s"):format(name, answer.error)
  elseif not answer.rows then
    out[#out + 1] = ("  %s: %s"):format(name, answer.value)
  else
    out[#out + 1] = ("  %s: %s%d rows"):format(name, answer.value and answer.value .. ", then " or "", #answer.rows)
    for i = 1, math.min(#answer.rows, 5) do out[#out + 1] = "    " .. answer.rows[i] end
  end
end

--- A query and what every side says of it, as lines of text.
function Compare:report(query)
  local out = {}
  local source, terminal = translate.query(self.world, query)
  for line in (source .. ":" .. terminal .. "\n"):gmatch("(.-)\n") do out[#out + 1] = "  " .. line end
  local answers, different = self:all(query)
  add_answer(out, "oracle", answers.oracle)
  for _, alias in ipairs(self.aliases) do
    add_answer(out, alias .. (different and different[alias] and " (differs)" or ""), answers[alias])
    out[#out + 1] = "    " .. sql_of(self, query, alias)
  end
  return table.concat(out, "\n")
end

return M
