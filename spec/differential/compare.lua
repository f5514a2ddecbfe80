-- SPDX-License-Identifier: MIT
-- Runs a query on every alias and through the evaluator, in one canonical form:
--   { rows = { "text|text"... } } or { value = "text" } or { error = "kind: message" }
local compat = require "ryx.compat"
local evaluate = require "differential.evaluate"
local literal = require "differential.literal"
local translate = require "differential.translate"

local M = {}

local Compare = {}
Compare.__index = Compare

--- ryx, a world, its classes, and the aliases to ask.
function M.new(ryx, world, classes, aliases)
  local env = { ryx = ryx, models = classes, Q = ryx.Q, F = ryx.F }
  return setmetatable({ ryx = ryx, world = world, env = env, aliases = aliases, read = literal.reader(ryx) }, Compare)
end

local function scalar(v)
  return type(v) == "number" and ("%.0f"):format(v) or tostring(v)
end

local function own_rows(answer)
  local rows = {}
  for i, row in ipairs(answer.rows) do
    local out = {}
    for j, c in ipairs(answer.columns) do out[j] = literal.own(c.t, row[j], c.scale) end
    rows[i] = table.concat(out, "|")
  end
  return rows
end

--- What the evaluator says; also the columns.
function Compare:oracle(query)
  local answer = evaluate.query(self.world, query)
  if answer.value ~= nil then return { value = scalar(answer.value) } end
  return { rows = own_rows(answer) }, answer.columns
end

function Compare:columns(query)
  return select(2, self:oracle(query))
end

-- Is the answer of rows keyed by names, by position, or bare values?
local function shape_of(query)
  local last = { ops = {} }
  local ops = (query.parts and query.parts[1] or query).ops or last.ops
  for _, op in ipairs(ops) do
    if op[1] == "values_list" then return op[3] and "flat" or "list" end
  end
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

local function call(self, query, alias)
  local source, terminal = translate.query(self.world, query)
  local text = "local alias = ... return (function() return " .. source .. " end)():" .. terminal
  return assert(compat.load(text, "=query", self.env))(alias)
end

--- What an alias says.
function Compare:ask(query, alias, columns)
  local ok, result = pcall(call, self, query, alias)
  if not ok then
    local kind = type(result) == "table" and result.kind or "lua"
    return { error = kind .. ": " .. tostring(result) }
  end
  local terminal = query.terminal
  if terminal == "count" or terminal == "exists" then return { value = scalar(result) } end
  if terminal == "first" or terminal == "last" or type(terminal) == "table" then result = { result } end
  return { rows = their_rows(self, query, columns, result) }
end

local function one_text(answer, ordered)
  if answer.error then return "error " .. answer.error end
  if answer.value then return "value " .. answer.value end
  local rows = answer.rows
  if not ordered then
    rows = { compat.unpack(rows) }
    table.sort(rows)
  end
  return "rows " .. table.concat(rows, "\n")
end

-- What one database refuses by name, as its page says.
local REFUSED = "unsupported: .*no Mode in a query with GROUP BY"

-- How an answer differs; nil when it does not.
local function way_of(answer, query, expected)
  if answer.error and answer.error:find(REFUSED) or one_text(answer, query.ordered) == expected then return nil end
  return answer.error and answer.error:match("^%w+") or "rows"
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
  return ok and sql or "no SQL: " .. tostring(sql)
end

local function add_answer(out, name, answer)
  if answer.error then
    out[#out + 1] = ("  %s: error %s"):format(name, answer.error)
  elseif answer.value then
    out[#out + 1] = ("  %s: %s"):format(name, answer.value)
  else
    out[#out + 1] = ("  %s: %d rows"):format(name, #answer.rows)
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
