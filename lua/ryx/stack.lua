-- SPDX-License-Identifier: MIT
-- Lines of the user's on the stack: the caller's, and tracebacks.
local M = {}

-- Files of ryx itself are skipped when the caller's line is looked for: "@.../ryx/", or
-- "=ryx." where the modules are part of a program.
local here = debug.getinfo(1, "S").source:gsub("stack%.?l?u?a?$", "")

local root = here:match("^(=.*)%.$") -- the module ryx itself, where it has no folder

local function is_own(info)
  return info.source:sub(1, #here) == here or info.source == root
end

-- Functions of ours that run one of the user's -> that one.
local started = setmetatable({}, { __mode = "k" })

--- Notes that `frame` runs fn, or nothing any more: after a tail call of fn its frame is
--- gone, but where it begins is known.
function M.started(frame, fn)
  started[frame] = fn
end

--- The line where a function of the user's begins, or nil.
function M.beginning(fn)
  local info = fn and debug.getinfo(fn, "S")
  if not info or info.what == "C" or is_own(info) then return nil end
  return info.short_src .. ":" .. info.linedefined
end

--- The innermost line outside ryx on the running stack, "file:line", or nil.
function M.where()
  for level = 2, 1000 do
    local info = debug.getinfo(level, "Slf")
    if not info then return nil end
    if not is_own(info) then
      if info.what ~= "C" and info.currentline > 0 then return info.short_src .. ":" .. info.currentline end
    elseif started[info.func] then
      local where = M.beginning(started[info.func])
      if where then return where end
    end
  end
end

local TRACE_LEVELS = 20

-- A line of a traceback, without a search for the names of functions.
local function trace_line(info)
  local line = info.currentline > 0 and ":" .. info.currentline or ""
  local name = info.name and "function '" .. info.name .. "'"
    or info.what == "main" and "main chunk"
    or "function <" .. info.short_src .. ":" .. info.linedefined .. ">"
  return ("\t%s%s: in %s"):format(info.short_src, line, name)
end

--- The running stack from a level on, as debug.traceback writes it, but quick, so that it
--- may be made for errors that are expected.
function M.traceback(level)
  local lines = { "stack traceback:" }
  for at = level + 1, level + TRACE_LEVELS do
    local info = debug.getinfo(at, "nSl")
    if not info then break end
    lines[#lines + 1] = trace_line(info)
  end
  return table.concat(lines, "\n")
end

--- The stack of a coroutine outside ryx, from where it called ryx; nil when nothing of it is.
function M.of(co)
  local lines = { "stack traceback:" }
  for at = 0, 1000 do
    local info = debug.getinfo(co, at, "nSl")
    if not info or #lines > TRACE_LEVELS then break end
    if not is_own(info) and (#lines > 1 or info.what ~= "C") then lines[#lines + 1] = trace_line(info) end
  end
  return #lines > 1 and table.concat(lines, "\n") or nil
end

return M
