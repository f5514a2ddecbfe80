-- SPDX-License-Identifier: MIT
--- ryx run: runs a Lua script with ryx at hand.
local unpack = require("ryx.compat").unpack

local M = { name = "run", args = "SCRIPT [ARGUMENTS]", help = "run a Lua script (- reads standard input)" }

-- An error of ryx is a table that says all in one line; anything else is a
-- defect of the script, and wants a traceback.
local function on_error(err)
  if type(err) == "table" and err.kind and err.message then
    return getmetatable(err) and tostring(err) or err.message
  end
  return debug.traceback(tostring(err), 2)
end

-- The global `arg` as lua(1) sets it: the script is 0, what follows is 1..n,
-- what stands before it is negative.
local function script_args(args)
  local out = {}
  for i, v in pairs(args) do out[i - 2] = v end
  return out
end

function M.run(args)
  local script = args[2]
  if not script then
    io.stderr:write("usage: ryx run SCRIPT [ARGUMENTS]\n")
    return 2
  end
  local chunk, err = loadfile(script ~= "-" and script or nil)
  if not chunk then
    io.stderr:write("ryx: ", err, "\n")
    return 1
  end
  local rest = script_args(args)
  rawset(_G, "arg", rest)
  local ok, message = xpcall(function() return chunk(unpack(rest)) end, on_error)
  if ok then return 0 end
  io.stderr:write("ryx: ", message, "\n")
  return 1
end

return M
