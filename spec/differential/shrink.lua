-- SPDX-License-Identifier: MIT
-- Makes a query that disagrees smaller: parts are dropped or replaced by their
-- own parts as long as it still disagrees.
local writes = require "differential.writes"

local M = {}

local function copy(v)
  if type(v) ~= "table" or getmetatable(v) ~= nil then return v end
  local out = {}
  for k, item in pairs(v) do out[k] = copy(item) end
  return out
end

-- Every smaller form of a Q or an expression: try(form).
local function smaller(node, try)
  local op = node[1]
  if op == "and" or op == "or" then
    try(node[2])
    try(node[3])
  elseif op == "not" then
    try(node[2])
  end
  for _, name in ipairs{ "a", "b", "arg", "default" } do
    local part = node[name]
    local simple = type(part) == "table" and part.k and part.t == node.t
    if simple and node.k ~= "agg" and node.k ~= "window" then try(part) end
  end
  for _, part in ipairs(node.args or {}) do
    if part.t == node.t then try(part) end
  end
  for _, name in ipairs{ "filter", "distinct", "default", "parts" } do
    if node.k ~= "case" and node[name] ~= nil and type(node) == "table" then
      local form = copy(node)
      form[name] = nil
      if not (node[1] == "cond" and name == "parts") then try(form) end
    end
  end
  if node.whens and #node.whens > 1 then
    local form = copy(node)
    table.remove(form.whens)
    try(form)
  end
  for _, name in ipairs{ "partition_by", "order_by" } do
    for i in ipairs(node.k == "window" and node[name] or {}) do
      local form = copy(node)
      table.remove(form[name], i)
      try(form)
    end
  end
  if node.spell and node.spell ~= 0 then
    local form = copy(node)
    form.spell = 0
    try(form)
  end
  if node[1] == "cond" and (node.lookup == "in" and node.value or node.lookup == "has_any") then
    for i in ipairs(node.value) do
      local form = copy(node)
      table.remove(form.value, i)
      try(form)
    end
  end
end

-- Keys of a table, the same for equal tables.
local function keys(node)
  local out = {}
  for k in pairs(node) do out[#out + 1] = k end
  table.sort(out, function(a, b) return tostring(a) < tostring(b) end)
  return out
end

-- Calls visit(container, key) for every table below a node that is a Q or an expression.
local function each(node, visit)
  for _, k in ipairs(keys(node)) do
    local v = node[k]
    if type(v) == "table" and getmetatable(v) == nil and k ~= "v" then
      if v.k or v[1] == "cond" or v[1] == "and" or v[1] == "or" or v[1] == "not" then visit(node, k) end
      if k ~= "value" then each(v, visit) end
    end
  end
end

-- Calls visit(query) for every query inside another.
local function inside(node, visit)
  for _, k in ipairs(keys(node)) do
    local v = node[k]
    if type(v) == "table" and getmetatable(v) == nil and k ~= "v" and k ~= "value" then
      if v.ops then visit(v, node, k) end
      inside(v, visit)
    end
  end
end

-- What a total order without the key hangs on: the columns, and whether they differ.
local function columns(query)
  local n = 0
  for _, op in ipairs(query.ops or {}) do
    if op[1] == "values" or op[1] == "values_list" then n = n + #op[2] + 1 end
    if op[1]:find("^distinct") then n = n + 100 end
  end
  return n
end

local function ends_with_key(order)
  local last = order[#order]
  return last and last.e.name == "id" and last.e.path and #last.e.path == 0
end

local BOUNDS = { limit = true, offset = true, slice = true }

local function order_of(query)
  for _, op in ipairs(query.ops) do
    if op[1] == "order_by" then return op[2] end
  end
end

-- Without its order a query has no first rows, and its rows come in any order.
local function settled(form, query)
  local before, now = order_of(query), order_of(form)
  if not before or (now and (ends_with_key(now) or #now == #before and columns(form) == columns(query))) then
    return true
  end
  if form.terminal == "first" or form.terminal == "last" then return false end
  for _, op in ipairs(form.ops or {}) do
    if BOUNDS[op[1]] then return false end
  end
  form.ordered = nil
  return true
end

local ORDERS = { order_by = true, limit = true }

-- Do the rows of a query inside hang on its order?
local function cut(query)
  for _, op in ipairs(query.ops) do
    if BOUNDS[op[1]] or op[1] == "distinct_on" then return true end
  end
end

-- All queries one step smaller.
local function steps(query)
  local out = {}
  local function with(change)
    local form = copy(query)
    if change(form) ~= false and settled(form, query) then out[#out + 1] = form end
  end
  for _, list in ipairs{ "ops", "parts" } do
    for i in ipairs(query[list] or {}) do
      if list == "ops" or #query.parts > 2 then
        with(function(form) table.remove(form[list], i) end)
      end
    end
  end
  for i, op in ipairs(query.ops or {}) do
    local many = (op[1] == "values" or op[1] == "values_list" or op[1] == "order_by") and op[2] or {}
    for j in ipairs(many) do
      if #many > 1 then with(function(form) table.remove(form.ops[i][2], j) end) end
    end
  end
  -- A query inside loses a step, or gives way to one of its parts.
  local nth = 0
  inside(query, function(one, around)
    nth = nth + 1
    local at = nth
    local function change(fn)
      with(function(form)
        local i = 0
        inside(form, function(found, container, key)
          i = i + 1
          if i == at then fn(found, container, key) end
        end)
      end)
    end
    for i, op in ipairs(one.ops) do
      local stays = op[1]:find("^values") or ORDERS[op[1]] and (around.k == "subquery" or cut(one))
      if not stays then change(function(found) table.remove(found.ops, i) end) end
    end
    for i in ipairs(one.parts or {}) do
      change(function(found, container, key) container[key] = found.parts[i] end)
      if #one.parts > 2 then change(function(found) table.remove(found.parts, i) end) end
    end
    if one.body then change(function(found, container, key) container[key] = found.body end) end
  end)
  if query.terminal[1] == "aggregate" then
    for i in ipairs(query.terminal[2]) do
      if #query.terminal[2] > 1 then with(function(form) table.remove(form.terminal[2], i) end) end
    end
  elseif query.terminal[1] == "update" then
    for i in ipairs(query.terminal[2]) do
      if #query.terminal[2] > 1 then with(function(form) table.remove(form.terminal[2], i) end) end
    end
  elseif query.terminal[1] == "upsert" and query.terminal[6] then
    with(function(form) form.terminal[6] = nil end)
  elseif query.terminal ~= "all" and not writes.is(query) then
    with(function(form)
      form.terminal = "all"
      -- The key stood behind the order of a page.
      if query.terminal[1] == "page" then form.ordered = nil end
    end)
  end
  local n = 0
  each(query, function(container, key)
    n = n + 1
    local at = n
    smaller(container[key], function(part)
      with(function(form)
        local m = 0
        each(form, function(c, k)
          m = m + 1
          if m == at then c[k] = copy(part) end
        end)
      end)
    end)
  end)
  return out
end

-- The first smaller form that still disagrees.
local function next_form(query, disagrees, left)
  for _, form in ipairs(steps(query)) do
    if left.n <= 0 then return nil end
    left.n = left.n - 1
    local ok, still = pcall(disagrees, form)
    if ok and still then return form end
  end
end

--- The smallest form found of a query, within so many attempts.
function M.smallest(query, disagrees, attempts)
  local left = { n = attempts }
  while true do
    local form = next_form(query, disagrees, left)
    if not form then return query end
    query = form
  end
end

return M
