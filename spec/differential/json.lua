-- SPDX-License-Identifier: MIT
-- JSON documents as the rows hold them: text, numbers and booleans are Lua's,
-- null is M.null, lists are M.list{...}, objects M.object{...}.
local M = {}

M.null = setmetatable({}, { __tostring = function() return "null" end })

local List, Object = {}, {}

function M.list(items)
  return setmetatable(items, List)
end

function M.object(members)
  return setmetatable(members, Object)
end

local NAMES = { string = "text", number = "number", boolean = "bool" }

--- text, number, bool, null, list or object.
function M.kind(v)
  if v == M.null then return "null" end
  local mt = getmetatable(v)
  if mt == List then return "list" end
  if mt == Object then return "object" end
  return NAMES[type(v)]
end

local function keys(object)
  local out = {}
  for k in pairs(object) do out[#out + 1] = k end
  table.sort(out)
  return out
end

M.keys = keys

local ESCAPE = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\b"] = "\\b" }

local function quote(s)
  return '"' .. s:gsub('["\\\n\t\b]', ESCAPE) .. '"'
end

local function number(v)
  return v % 1 == 0 and ("%.0f"):format(v) or ("%.14g"):format(v)
end

local encode

local ENCODE = {
  null = function() return "null" end,
  text = quote,
  number = number,
  bool = tostring,
  list = function(v)
    local out = {}
    for i, item in ipairs(v) do out[i] = encode(item) end
    return "[" .. table.concat(out, ",") .. "]"
  end,
  object = function(v)
    local out = {}
    for i, k in ipairs(keys(v)) do out[i] = quote(k) .. ":" .. encode(v[k]) end
    return "{" .. table.concat(out, ",") .. "}"
  end,
}

--- Canonical text: keys in order, so equal documents are equal text.
function encode(v)
  return ENCODE[M.kind(v)](v)
end

M.encode = encode

local RANK = { null = 1, bool = 2, number = 3, text = 4, list = 5, object = 6 }

--- Does one document come before another in an order? By what they are, then by value;
--- lists are not told apart, nor are objects.
function M.less(a, b)
  local ka, kb = M.kind(a), M.kind(b)
  if ka ~= kb then return RANK[ka] < RANK[kb] end
  if ka == "bool" then return not a and b end
  return (ka == "number" or ka == "text") and a < b
end

--- What a path leads to; nil when there is nothing. Positions are numbers and
--- apply to lists only, keys to objects only.
function M.at(v, path)
  for _, step in ipairs(path) do
    local kind = M.kind(v)
    if type(step) == "number" then
      if kind ~= "list" then return nil end
      v = v[step + 1]
    else
      if kind ~= "object" then return nil end
      v = v[step]
    end
    if v == nil then return nil end
  end
  return v
end

--- PostgreSQL's @>: is b inside a? A list contains a scalar at its top only.
function M.contains(a, b)
  local ka, kb = M.kind(a), M.kind(b)
  if ka == "list" and kb ~= "list" and kb ~= "object" then b, kb = M.list{ b }, "list" end
  if ka ~= kb then return false end
  if ka == "object" then
    for k, v in pairs(b) do
      if a[k] == nil or not M.within(a[k], v) then return false end
    end
    return true
  end
  if ka ~= "list" then return a == b end
  for _, item in ipairs(b) do
    local found = false
    for _, own in ipairs(a) do found = found or M.within(own, item) end
    if not found then return false end
  end
  return true
end

-- Below the top a scalar no longer stands for a list with it.
function M.within(a, b)
  if M.kind(a) ~= M.kind(b) then return false end
  return M.contains(a, b)
end

return M
