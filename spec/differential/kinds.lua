-- SPDX-License-Identifier: MIT
-- What a query is made of, by names that are counted: what is no longer generated would
-- otherwise not be missed.
local M = {}

local find

local function has(ops, name)
  for _, op in ipairs(ops) do
    if op[1] == name then return true end
  end
  return false
end

local function annotates(ops, k)
  for _, op in ipairs(ops) do
    if (op[1] == "annotate" or op[1] == "alias") and op[3].k == k then return true end
  end
  return false
end

local WRAPPED = {
  { "none", "none" }, { "distinct_on", "distinct on" }, { "limit", "cut" }, { "offset", "cut" }, { "slice", "cut" },
  { "distinct", "distinct" },
}

-- The one word for what wraps the rows of a query: the generator's, or what can be seen.
local function wrap_of(query)
  if query.wrap then return query.wrap end
  if query.set then return "set" end
  if query.cte then return "cte" end
  for _, pair in ipairs(WRAPPED) do
    if has(query.ops, pair[1]) then return pair[2] end
  end
  if annotates(query.ops, "agg") then return "groups" end
  if annotates(query.ops, "window") then return "window" end
  return has(query.ops, "order_by") and "ordered" or "plain"
end

-- Does a query speak of the row outside?
local function correlated(node)
  if node.k == "outer" then return true end
  for k, v in pairs(node) do
    if type(v) == "table" and k ~= "v" and k ~= "value" and correlated(v) then return true end
  end
  return false
end

local function inner(query, place, add)
  local name = place .. ": " .. wrap_of(query)
  add(name)
  if place ~= "part" and place ~= "cte" and correlated(query) then add("correlated " .. name) end
end

local GROUPED = {
  subquery = "a sub-query", exists = "Exists", case = "Case", window = "a window", agg = "an aggregate",
}

-- Groups by what was annotated before, names in one call, what is made of both.
local function annotations(ops, add)
  local by_name, grouped, selected = {}, false, nil
  for i, op in ipairs(ops) do
    if op[1] == "annotate" or op[1] == "alias" then
      local k = op[3].k
      if op.joined then
        add("names in one annotate")
        if k ~= ops[i - 1][3].k then add("names in one annotate, of different kinds") end
      end
      if k == "agg" and selected and not grouped then
        grouped = true
        for _, c in ipairs(selected) do
          local what = c[2].k == "named" and GROUPED[by_name[c[2].name]]
          if what then add("groups by " .. what) end
          if c[2].t == "json" then add("groups by JSON") end
        end
      end
      if op[2] == "late" then add("made of aggregates") end
      if op[2] == "of_group" then add("made of what is grouped") end
      by_name[op[2]] = k
    elseif op[1] == "values" then
      selected = op[2]
    end
  end
end

local function orders(query, add)
  for _, op in ipairs(query.ops) do
    if op[1] == "order_by" then
      for _, key in ipairs(op[2]) do
        if key.e.t == "key" then add("order by a key of several fields") end
        if key.e.t == "json" then
          add("order by JSON")
          if type(query.terminal) == "table" and query.terminal[1] == "page" then add("pages by JSON") end
        end
      end
    elseif op[1] == "dates" then
      add(op.as_date and "days" or "moments")
    elseif op[1] == "join" then
      local hand = op[2]
      local name = hand.lateral and "join for each row" or hand.cte and "with" or "join"
      add(name .. ", " .. hand.kind)
    end
  end
end

local function unchanged(query)
  for _, op in ipairs(query.ops) do
    if op[1] == "none" or op[1] == "limit" and op[2] == 0 then return true end
  end
  local sets = query.terminal[1] == "update" and query.terminal[2] or {}
  for _, pair in ipairs(sets) do
    if pair[2].k ~= "field" or pair[2].name ~= pair[1] then return false end
  end
  return #sets > 0
end

local PLACES = { ["in"] = "in", exists = "Exists", subquery = "Subquery" }

local function expression(node, add)
  if node.k == "agg" then add("aggregate " .. node.fn)
  elseif node.k == "window" then add("window " .. node.fn)
  elseif node.func then add("Func")
  elseif node.k == "raw" then add("Raw") end
  if node.arg and node.arg.t == "key" then add("Count of keys of several fields") end
  if node[1] == "cond" and node.left.t == "key" then
    add("a key of several fields: " .. (node.query and "rows" or node.lookup))
  end
  local place = node.query and (PLACES[node.k] or node[1] == "exists" and "Exists" or node[1] == "cond" and "in")
  if place then inner(node.query, place, add) end
  if node[1] == "cond" and node.lookup == "in" and node.value and #node.value > 100 then add("long list") end
  if node[1] == "cond" and type(node.value) == "string" and node.value:find("%z") then add("NUL") end
end

-- Every table below a query, and the queries among them.
function find(node, add)
  if node.ops then
    annotations(node.ops, add)
    orders(node, add)
    for _, part in ipairs(node.parts or {}) do inner(part, "part", add) end
    if node.body then inner(node.body, "cte", add) end
  elseif node.alias and node.columns then
    inner(node.query, "join", add)
  end
  expression(node, add)
  for k, v in pairs(node) do
    if type(v) == "table" and getmetatable(v) == nil and k ~= "v" and k ~= "value" and k ~= "over" then
      find(v, add)
    end
  end
end

--- The names of what a query is made of, as keys.
function M.of(query)
  local names = { [query.kind] = true }
  local function add(name) names[name] = true end
  find(query, add)
  local terminal = query.terminal
  if type(terminal) == "string" then add("terminal " .. terminal)
  elseif terminal[1] == "page" then
    add("pages")
    if annotates(query.ops, "window") then add("pages with windows") end
  elseif terminal[1] == "in_bulk" then
    add(has(query.ops, "distinct_on") and "keys of distinct rows" or "keys of rows with windows")
  elseif terminal[1] ~= "aggregate" and unchanged(query) then add("a write that changes nothing") end
  if terminal[1] == "upsert" and terminal[6] then add("upsert, update_where") end
  return names
end

local WRAPS = { "plain", "ordered", "cut", "distinct", "distinct on", "none", "groups", "window", "set" }

--- Every name that a few thousand queries must have.
M.ALL = {
  "rows", "values", "aggregate", "group", "regroup", "ungrouped", "counted", "window", "set", "rows_of_set", "cte",
  "joined", "sliced", "dates", "update", "delete", "bulk_update", "upsert", "upsert, update_where",
  "tree", "create_from", "keyed", "a write that changes nothing",
  "groups by a sub-query", "groups by Exists", "groups by Case", "groups by a window", "groups by an aggregate",
  "groups by JSON", "names in one annotate", "names in one annotate, of different kinds", "made of aggregates",
  "made of what is grouped", "order by JSON", "pages", "pages by JSON", "pages with windows", "days", "moments",
  "keys of distinct rows", "keys of rows with windows", "order by a key of several fields",
  "Count of keys of several fields",
  "join, inner", "join, left", "with, inner", "with, left", "join for each row, inner", "join for each row, left",
  "Func", "Raw", "long list", "NUL", "terminal all", "terminal count", "terminal exists", "terminal first",
  "terminal last",
}
local function each(before, list)
  for _, name in ipairs(list) do M.ALL[#M.ALL + 1] = before .. name end
end
for _, place in ipairs{ "in", "Exists", "Subquery" } do
  each(place .. ": ", WRAPS)
  each("correlated " .. place .. ": ", WRAPS)
  each(place .. ": ", { "cte" })
end
each("a key of several fields: ", { "exact", "in", "isnull", "rows" })
each("part: ", WRAPS)
each("cte: ", WRAPS)
each("join: ", WRAPS)
each("aggregate ", {
  "Count", "Sum", "Avg", "Min", "Max", "BoolAnd", "BoolOr", "StringAgg", "Median", "Percentile", "Mode",
})
each("window ", {
  "RowNumber", "Rank", "DenseRank", "Lag", "Lead", "FirstValue", "LastValue", "Ntile", "Sum", "Count", "Max",
})

return M
