-- SPDX-License-Identifier: MIT
-- Expressions and conditions as the Lua text that gives them again: the term is read as it was
-- built, and takes its values in that order.
local catalog = require "ryx.query.lookup.catalog"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local layout = require "ryx.migrations.writer.layout"
local literal = require "ryx.migrations.writer.literal"

local M = {}

local Speller = {}
Speller.__index = Speller

local function refuse(speller, term)
  errors.raise("unsupported", "%s: an expression of the kind %q cannot be written into a migration; write it into "
    .. "ryx.Raw", speller.what, term.op)
end

function Speller:value(term)
  self.i = self.i + 1
  return literal.value(self.values[self.i]) or refuse(self, term)
end

local function call(name, items) return layout.group(name .. "(", items, ")") end
local function braces(name, items) return layout.group(name .. "{", items, "}") end

local function path(term) return "ryx.F" .. layout.flat(literal.value(term[1])) end

-- A part of an operation, in brackets where it is one itself.
local function operand(speller, term)
  local text = speller:expression(term)
  return term.op == "operator" and call("", { text }) or text
end

-- The same where Lua needs an expression: of a value alone it would make another value.
local function object(speller, term)
  local text = operand(speller, term)
  return term.op == "value" and call("ryx.Value", { text }) or text
end

local function operator(speller, term)
  if term[1] == "neg" then return layout.behind("-", object(speller, term[2])) end
  local left = (term[3].op == "value" and object or operand)(speller, term[2])
  return layout.joined({ left, operand(speller, term[3]) }, term[1])
end

-- The kind of an argument of a function (query/fn).
local function kind_at(row, i)
  local kinds = row.args or {}
  local repeated = kinds[#kinds] and kinds[#kinds]:match("^%.%.%.(%d*)$")
  if repeated and i >= #kinds then
    local span = tonumber(repeated) or 1
    i = #kinds - span + (i - #kinds) % span
  end
  return kinds[i] and (kinds[i]:gsub("%?$", ""))
end

local function fields(term)
  local names = {}
  for i = 1, term.n do names[i] = literal.value(term[i][1]) end
  return names[2] and braces("", names) or names[1]
end

-- Where texts are paths a text as a value says so, and a path needs no F.
local function argument(speller, term, kind)
  if type(term) ~= "table" then return literal.value(term) end
  if term.op == "fields" then return fields(term) end
  if kind ~= "value" and term.op == "path" then return literal.value(term[1]) end
  local text = speller:expression(term)
  if kind ~= "value" and term.op == "value" and term[1] == "text" then return call("ryx.Value", { text }) end
  return text
end

local function named(options)
  local items = {}
  for i = 1, options.n, 2 do items[#items + 1] = layout.behind(options[i] .. " = ", literal.value(options[i + 1])) end
  return items
end

local function function_call(speller, term)
  local row, items = functions.row[term[1]], {}
  for i = 1, term[2].n do items[i] = argument(speller, term[2][i], kind_at(row, i)) end
  local options = named(term[3])
  if options[1] then items[#items + 1] = braces("", options) end
  return call("ryx." .. term[1], items)
end

local function raw(speller, term)
  local sql, params = {}, {}
  for i = 2, term.n do
    if i % 2 == 0 then sql[#sql + 1] = term[i]:gsub("%?", "??") end
    if i % 2 == 1 then params[#params + 1] = speller:expression(term[i]) end
  end
  local items = { literal.value(table.concat(sql, "?")) }
  if params[1] then items[2] = braces("", params) end
  if term[1] ~= "null" then items[#items + 1] = braces("", { layout.behind("type = ", literal.value(term[1])) }) end
  return call("ryx.Raw", items)
end

local function case(speller, term)
  local items = {}
  for i = 1, term.n - 1, 2 do
    local condition = speller:condition(term[i])
    items[#items + 1] = call("ryx.When", { condition, speller:expression(term[i + 1]) })
  end
  if term.n % 2 == 1 then items[#items + 1] = layout.behind("default = ", speller:expression(term[term.n])) end
  return braces("ryx.Case", items)
end

-- e:name(...), whose first part stands in brackets where it is an operation.
local function method(name, first, items)
  return call(layout.flat(first) .. ":" .. name, items)
end

local function steps(term, from)
  local items = {}
  for i = from, term.n do items[#items + 1] = literal.value(term[i]) end
  return items
end

local function order(speller, term)
  local nulls = term[3] ~= "" and { braces("", { "nulls = " .. literal.value(term[3]) }) } or {}
  return method(term[2] and "desc" or "asc", object(speller, term[1]), nulls)
end

local EXPRESSION = {
  path = function(_, term) return path(term) end,
  value = Speller.value,
  operator = operator,
  ["function"] = function_call,
  raw = raw,
  case = case,
  order = order,
  at = function(speller, term) return method("at", object(speller, term[1]), steps(term, 2)) end,
  json_remove = function(speller, term) return method("remove", object(speller, term[1]), steps(term, 2)) end,
  json_set = function(speller, term)
    local first = object(speller, term[1])
    local items = steps(term, 3)
    items[#items + 1] = speller:expression(term[2])
    return method("set", first, items)
  end,
  condition = function(speller, term) return speller:condition(term[1]) end,
}

--- An expression where a text is a value.
function Speller:expression(term)
  local write = EXPRESSION[term.op]
  if not write then refuse(self, term) end
  return write(self, term)
end

-- What stands on the right of a condition.
local function compared(speller, term, class, s)
  if class == "exprs" then
    local items = {}
    for i = 1, s.n do items[i] = speller:expression(s[i]) end
    return braces("", items)
  end
  if class == "queryset" then refuse(speller, { op = class }) end
  if type(s) == "table" then return speller:expression(s) end
  return speller:value(term)
end

local function pair(speller, term)
  return layout.behind(literal.key(term[1]) .. " = ", compared(speller, term, term[2], term[3]))
end

-- The conditions of Q{ a = 1, b = 2 }: joined by AND, in the order of their names; or nil.
local function of_one_table(term)
  local list = {}
  while term.op == "and" do
    if term[2].op ~= "leaf" then return nil end
    table.insert(list, 1, term[2])
    term = term[1]
  end
  if term.op ~= "leaf" then return nil end
  table.insert(list, 1, term)
  for i = 2, #list do
    if list[i - 1][1] >= list[i][1] then return nil end
  end
  return list
end

local METHOD = {}
for name, lookup in pairs(catalog.methods) do
  if not METHOD[lookup] or name < METHOD[lookup] then METHOD[lookup] = name end
end

local function compare(speller, term)
  local left = object(speller, term[1])
  local right = compared(speller, term, term[3], term[4])
  if METHOD[term[2]] then return method(METHOD[term[2]], left, { right }) end
  return method("lookup", left, { literal.value(term[2]), right })
end

-- A condition of several, or with a sign of its own.
local function is_open(term)
  return term.op == "or" or term.op == "not" or term.op == "and" and not of_one_table(term)
end

local CONDITION = {
  ["not"] = function(speller, term)
    local text = speller:condition(term[1])
    return layout.behind("-", is_open(term[1]) and call("", { text }) or text)
  end,
  truth = function(speller, term) return call("ryx.Q", { speller:expression(term[1]) }) end,
  constant = function(_, term) return term[1] and "ryx.Q.all{}" or "ryx.Q.any{}" end,
  compare = compare,
}

-- Parts on the left need no brackets, which Lua reads the same way.
local function join(sign, op)
  return function(speller, term)
    local items, terms = {}, {}
    while term.op == op and not of_one_table(term) do
      table.insert(terms, 1, term[2])
      term = term[1]
    end
    table.insert(terms, 1, term)
    for i, part in ipairs(terms) do
      local text = speller:condition(part)
      local is_apart = part.op == "or" or part.op == op and not of_one_table(part)
      items[i] = is_apart and call("", { text }) or text
    end
    return layout.joined(items, sign)
  end
end
CONDITION["and"], CONDITION["or"] = join("*", "and"), join("+", "or")

--- A condition, as a Q.
function Speller:condition(term)
  local list = of_one_table(term)
  if list then
    local items = {}
    for i, leaf in ipairs(list) do items[i] = pair(self, leaf) end
    return braces("ryx.Q", items)
  end
  local write = CONDITION[term.op]
  if not write then refuse(self, term) end
  return write(self, term)
end

--- What an option or a list holds that is an expression or a Q; `what` names it in errors.
function M.of(e, what)
  local speller = setmetatable({ values = e.values, i = 0, what = what }, Speller)
  if getmetatable(e)._class == "q" then return speller:condition(e.term) end
  return e.term.op == "value" and object(speller, e.term) or speller:expression(e.term)
end

return M
