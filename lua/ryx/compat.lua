-- SPDX-License-Identifier: MIT
-- What differs between Lua 5.4 and LuaJIT, as plain functions.
local M = {}

M.unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local math_type = rawget(math, "type")
local is_54 = math_type ~= nil
M.is_54 = is_54

--- table.pack: the values with their number in `n`.
function M.pack(...)
  return { n = select("#", ...), ... }
end

--- The running coroutine, nil in the main chunk.
function M.running()
  local co, main = coroutine.running()
  if main then return nil end
  return co
end

--- May the running coroutine yield? Not inside a call of C; where Lua cannot say, a
--- yield is tried.
M.yieldable = rawget(coroutine, "isyieldable") or function() return M.running() ~= nil end

--- xpcall, also inside a message handler: LuaJIT calls no second handler there ("error
--- in error handling") before some error was caught.
M.xpcall = is_54 and xpcall or function(fn, handler, ...)
  pcall(error)
  return xpcall(fn, handler, ...)
end

--- Is v a whole number? LuaJIT has doubles and, beyond 2^53, int64_t cdata.
function M.is_integer(v)
  if is_54 then
    return math_type(v) == "integer" or math_type(v) == "float" and v % 1 == 0
  end
  if type(v) == "number" then return v % 1 == 0 end
  return type(v) == "cdata"
end

--- A value that may be used as a table key or in text: int64_t cdata and value
--- objects are compared by identity as keys, so they become text.
function M.keyof(v)
  local t = type(v)
  if t == "cdata" then return (tostring(v):gsub("U?LL$", "")) end
  if t == "userdata" then return tostring(v) end
  return v
end

--- Text of any value for messages, never an address.
function M.show(v)
  local t = type(v)
  if t == "string" then return (("%q"):format(v):gsub("\\\n", "\\n")) end
  if t == "cdata" then return M.keyof(v) end
  local text = tostring(v)
  if not text:find("^" .. t .. ": ") then return text end
  return t == "userdata" and "NULL" or "a " .. t
end

--- Characters of a UTF-8 text.
function M.utf8_len(s)
  return select(2, s:gsub("[^\128-\191]", ""))
end

--- Keys of a table, sorted as text.
function M.sorted_keys(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

--- A copy of a table, with other values for some of its keys.
function M.with(t, changes)
  local out = {}
  for k, v in pairs(t) do out[k] = v end
  for k, v in pairs(changes or {}) do out[k] = v end
  return out
end

--- { a = "b" } -> { b = "a" }
function M.inverted(t)
  local out = {}
  for k, v in pairs(t) do out[v] = k end
  return out
end

--- n bytes from the system's random source: processes that were forked share none of them.
function M.random_bytes(n)
  local f = assert(io.open("/dev/urandom", "rb"))
  f:setvbuf("no") -- no more than n are read
  local s = f:read(n)
  f:close()
  return s
end

--- An object whose collection calls fn; the caller holds on to it.
function M.guard(fn)
  local newproxy = rawget(_G, "newproxy")
  if not newproxy then return setmetatable({}, { __gc = fn }) end
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = fn
  return proxy
end

--- Compiles text with an environment of its own.
function M.load(text, name, env)
  local setfenv = rawget(_G, "setfenv")
  if not setfenv then return load(text, name, "t", env) end
  local fn, err = rawget(_G, "loadstring")(text, name)
  return fn and setfenv(fn, env), err
end

return M
