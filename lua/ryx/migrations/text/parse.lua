-- SPDX-License-Identifier: MIT
-- An expression of SQL as a tree: { op, ... } of nodes; { "name", text }, { "string", text },
-- { "number", text }, { "word", text } at its leaves. nil of what is no expression.
local tokens = require "ryx.migrations.text.tokens"

local P = {}
P.__index = P

-- How strongly operators bind; a dialect may differ in some.
local POWER = {
  ["or"] = 1, ["xor"] = 2, ["and"] = 3, ["not"] = 4, is = 5, isnull = 5, notnull = 5,
  ["="] = 6, ["=="] = 6, ["<"] = 6, [">"] = 6, ["<="] = 6, [">="] = 6, ["<>"] = 6, ["!="] = 6, ["<=>"] = 6,
  ["in"] = 7, between = 7, like = 7, ilike = 7, regexp = 7, rlike = 7, glob = 7, match = 7, similar = 7,
  ["|"] = 9, ["&"] = 10, ["<<"] = 11, [">>"] = 11, ["+"] = 12, ["-"] = 12, ["*"] = 13, ["/"] = 13, ["%"] = 13,
  div = 13, mod = 13, ["^"] = 14, at = 15, collate = 16, ["::"] = 18, ["["] = 18,
}
local OTHER, UNARY = 8, 17

local fail = {}

function P:peek(text)
  local t = self.list[self.i]
  if not t or t.kind == "string" or t.kind == "name" then return false end
  return (t.lower or t.text) == text
end

function P:accept(text)
  local is_there = self:peek(text)
  if is_there then self.i = self.i + 1 end
  return is_there
end

function P:expect(text)
  if not self:accept(text) then error(fail, 0) end
end

function P:next()
  local t = self.list[self.i]
  if not t then error(fail, 0) end
  self.i = self.i + 1
  return t
end

-- The name of a type as words: "numeric(6,2)", "timestamp without time zone", "text[]".
local TYPE_WORDS = {
  varying = true, precision = true, ["with"] = true, without = true, time = true, zone = true, charset = true,
  character = true, set = true, unsigned = true, signed = true, integer = true,
}

function P:type_name()
  local words = { self:next().text:lower() }
  while self:peek "." do
    self.i = self.i + 1
    words = { self:next().text:lower() }
  end
  while true do
    local t = self.list[self.i]
    if t and t.lower and (TYPE_WORDS[t.lower] or words[#words] == "charset" or words[#words] == "set"
      or t.lower == "binary" and words[#words - 1] == "charset") then
      words[#words + 1] = self:next().lower
    elseif self:peek "(" then
      local stop = tokens.closing(self.list, self.i)
      words[#words + 1] = tokens.text(self.source, self.list, self.i, stop):gsub("%s", "")
      self.i = stop + 1
    elseif self:peek "[" then
      self.i = self.i + 1
      while not self:accept "]" do self.i = self.i + 1 end
      words[#words + 1] = "[]"
    else
      return (table.concat(words, " "):gsub(" ([%(%[])", "%1"))
    end
  end
end

function P:list_until(close)
  local items = {}
  if self:accept(close) then return items end
  repeat items[#items + 1] = self:expression(0) until not self:accept(",")
  self:expect(close)
  return items
end

local function node(op, items)
  table.insert(items, 1, op)
  return items
end

-- Words between the arguments of some functions; they read as commas.
local COMMAS = { [","] = true, from = true, ["for"] = true, using = true, placing = true, ["in"] = true }
local LEADING = { both = true, leading = true, trailing = true, distinct = true }

function P:call(name)
  local node_of = { "call", name }
  if self:accept ")" then return node_of end
  if self:accept "*" then
    node_of[3] = { "keyword", "*" }
    self:expect ")"
    return node_of
  end
  while true do
    local t = self.list[self.i]
    if t and t.lower and LEADING[t.lower] then
      node_of[#node_of + 1] = { "keyword", self:next().lower }
      self:accept "from"
    end
    node_of[#node_of + 1] = self:expression(name == "position" and 8 or 0)
    if self:accept "as" then node_of[#node_of + 1] = { "keyword", self:type_name() } end
    if self:accept ")" then return node_of end
    local between = self:next()
    if not COMMAS[between.lower or between.text] then error(fail, 0) end
    if between.lower == "using" then node_of[2] = name .. " using" end
  end
end

function P:case()
  local c = { "case" }
  if not self:peek "when" then c.of = self:expression(0) end
  while self:accept "when" do
    local when = self:expression(0)
    self:expect "then"
    if c.of then when = { "=", c.of, when } end
    c[#c + 1], c[#c + 2] = when, self:expression(0)
  end
  if self:accept "else" then c.otherwise = self:expression(0) end
  self:expect "end"
  return c
end

-- A word that begins something of its own.
local BEGIN = {
  case = P.case,
  ["not"] = function(p) return { "not", p:expression(p.power["not"]) } end,
  array = function(p)
    p:expect "["
    return node("array", p:list_until("]"))
  end,
  cast = function(p)
    p:expect "("
    local of = p:expression(0)
    p:expect "as"
    local name = p:type_name()
    p:expect ")"
    return { "cast", of, name }
  end,
  interval = function(p)
    if p.list[p.i] and p.list[p.i].kind == "string" then return { "call", "interval", p:primary() } end
    return { "call", "interval", p:expression(8), { "keyword", p:next().lower } }
  end,
}

function P:name(t)
  local name = t
  while self:peek "." do
    self.i = self.i + 1
    name = self:next()
  end
  if self:accept "(" then return self:call(name.text:lower()) end
  if name.kind == "name" then return { "name", name.text } end
  return { "word", name.text }
end

-- Texts that follow each other are one.
function P:strings(text)
  while self.list[self.i] and self.list[self.i].kind == "string" do text = text .. self:next().text end
  return text
end

local SIGN = { ["-"] = "negative", ["+"] = "plus", ["~"] = "complement", ["!"] = "not" }

function P:primary()
  local t = self:next()
  if t.kind == "number" then return { "number", t.text } end
  if t.kind == "string" then return { "string", self:strings(t.text) } end
  if t.kind == "name" then return self:name(t) end
  if t.kind == "word" then
    local following = self.list[self.i]
    local begin = BEGIN[t.lower]
    if begin then return begin(self) end
    -- DATE '2024-02-01', _utf8mb4'text', X'00ff'
    if following and following.kind == "string" then return { "typed", t.lower, self:next().text } end
    return self:name(t)
  end
  if t.text == "(" then
    local items = self:list_until(")")
    if items[2] then return node("row", items) end
    return items[1] or error(fail, 0)
  end
  if SIGN[t.text] then return { SIGN[t.text], self:expression(UNARY) } end
  error(fail, 0)
end

-- What follows its left side in a way of its own.
local AFTER = {
  is = function(p, left)
    local op = p:accept "not" and "is not" or "is"
    if p:accept "distinct" then
      p:expect "from"
      return { op .. " distinct from", left, p:expression(6) }
    end
    return { op, left, p:expression(6) }
  end,
  isnull = function(_, left) return { "is", left, { "word", "null" } } end,
  notnull = function(_, left) return { "is not", left, { "word", "null" } } end,
  ["in"] = function(p, left)
    p:expect "("
    return { "in", left, node("list", p:list_until(")")) }
  end,
  between = function(p, left)
    p:accept "symmetric"
    local low = p:expression(8)
    p:expect "and"
    return { "between", left, low, p:expression(8) }
  end,
  at = function(p, left)
    p:expect "time"
    p:expect "zone"
    return { "at time zone", left, p:expression(16) }
  end,
  collate = function(p, left) return { "collate", left, p:next().text } end,
  ["::"] = function(p, left) return { "cast", left, p:type_name() } end,
  ["["] = function(p, left)
    local index = p:expression(0)
    p:expect "]"
    return { "item", left, index }
  end,
}

local function like(p, left, op)
  local n = { op, left, p:expression(8) }
  if p:accept "escape" then n[4] = p:expression(8) end
  return n
end
for _, op in ipairs{ "like", "ilike", "regexp", "rlike", "glob", "match" } do
  AFTER[op] = function(p, left) return like(p, left, op) end
end

-- The operator that comes next and how strongly it binds, or nothing.
function P:operator()
  local t = self.list[self.i]
  if not t or t.kind ~= "word" and t.kind ~= "op" then return nil end
  local op = t.lower or t.text
  if op == "not" then
    local following = self.list[self.i + 1]
    if following and following.lower == "null" then return "not", self.power.is end
    if following and AFTER[following.lower] and following.lower ~= "is" then return "not", self.power["in"] end
    return nil
  end
  if self.power[op] then return op, self.power[op] end
  if t.kind == "op" and op:find("^[%+%-%*/<>=~!@#%%%^&|%?]+$") then return op, OTHER end
end

function P:expression(least)
  local left = self:primary()
  while true do
    local op, power = self:operator()
    if not op or power <= least then return left end
    self.i = self.i + 1
    local is_not = op == "not"
    if is_not then op = self:next().lower end
    if op == "null" then
      left = { "is", left, { "word", "null" } }
    elseif AFTER[op] then
      left = AFTER[op](self, left)
    else
      left = { op, left, self:expression(power) }
    end
    if is_not then left = { "not", left } end
  end
end

--- The tree of an expression as a dialect spells it, or nil.
return function(text, spelling)
  local list = tokens.of(text, spelling)
  if not list then return nil end
  local power = spelling.power and setmetatable(spelling.power, { __index = POWER }) or POWER
  local p = setmetatable({ source = text, list = list, i = 1, power = power }, P)
  local ok, tree = pcall(p.expression, p, 0)
  if not ok then
    if tree == fail then return nil end
    error(tree, 0)
  end
  return list[p.i] == nil and tree or nil
end
