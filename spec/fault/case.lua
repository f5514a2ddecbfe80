-- SPDX-License-Identifier: MIT
-- A case: a named test in a process of its own, under a time limit, so that what
-- hangs or crashes fails alone.
--
--   case("4: killed while idle", function() ... end, { needs = "server processes", seconds = 20 })
--
-- busted sees one test per case; spec/fault/one.lua runs its body. Options:
--   needs     a capability of support.db, or a list of them: elsewhere there is no test
--   only      "sqlite": the case is about that database's own ways
--   seconds   the limit of the whole process (15)
--   preload   a library of build/fault
--   before    shell words before everything ("ulimit -f 100;")
--   inside    a command that runs the interpreter ("unshare -rn")
--   env       variables of its environment
local M = { cases = {} }

local busted = require "busted"
local db = require "support.db"
local servers = require "fault.server"

local function fits(options)
  if options.only and options.only ~= db.dialect then return false end
  local needs = options.needs or {}
  for _, what in ipairs(type(needs) == "table" and needs or { needs }) do
    if not db.needs(what) then return false end
  end
  return true
end

local function sh(command)
  local p = assert(io.popen(command))
  local out = p:read("a")
  local ok, _, code = p:close()
  return ok, out, code
end

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function words(t)
  local list = {}
  for k, v in pairs(t or {}) do list[#list + 1] = k .. "=" .. quoted(tostring(v)) end
  return table.concat(list, " ")
end

-- The folder is the child's: servers in it are stopped whatever became of the case.
local function run(file, name, options)
  local dir = os.tmpname()
  os.remove(dir)
  sh(("mkdir -m 755 %s"):format(dir))
  local preload = options.preload and ("LD_PRELOAD=$PWD/build/fault/%s.so"):format(options.preload) or ""
  local ok, out, code = sh(("{ %s env %s %s RYX_FAULT_DIR=%s timeout -k 1 %d %s lua5.4 spec/fault/one.lua "
    .. "%s %s; } 2>&1"):format(options.before or "", words(options.env), preload, dir, options.seconds or 15,
    options.inside or "", file, quoted(name)))
  servers.clear(dir)
  if code == 124 or code == 137 then out = out .. ("stopped after %d s"):format(options.seconds or 15) end
  return ok, out
end

local function add(name, body, options)
  options = options or {}
  if not fits(options) then return end
  if M.is_child then
    M.cases[#M.cases + 1] = { name = name, body = body }
    return
  end
  local file = debug.getinfo(3, "S").source:sub(2)
  busted.it(name, function()
    local ok, out = run(file, name, options)
    if ok then return end
    error(("%s\n(alone: lua5.4 spec/fault/one.lua %s %s)"):format(out:gsub("%s*$", ""), file, quoted(name)), 0)
  end)
end

return setmetatable(M, { __call = function(_, ...) add(...) end })
