-- SPDX-License-Identifier: MIT
-- The lines of a file or of standard input, which can be gone through again: what comes from a pipe is kept in a
-- temporary file.
local errors = require "ryx.errors"

local M = {}

local Source = {}
Source.__index = Source

local function open(path)
  if path == "-" then return io.stdin end
  local file, why = io.open(path, "rb")
  if not file then errors.raise("operational", "cannot read %s: %s", path, (why:gsub("^.*: ", ""))) end
  return file
end

--- Opens a path; "-" is standard input.
function M.open(path)
  local file = open(path)
  local can_rewind = file:seek("cur") ~= nil
  return setmetatable({ file = file, path = path, kept = not can_rewind and io.tmpfile() or nil }, Source)
end

local MARK = "\239\187\191" -- of byte order, which some editors begin a file with

local function lines(file, path, kept)
  local n = 0
  return function()
    while true do
      local text, why = file:read("L")
      if not text and why then errors.raise("operational", "cannot read %s: %s", path, why) end
      if not text then return nil end
      if kept then kept:write(text) end
      n = n + 1
      if n == 1 and text:sub(1, #MARK) == MARK then text = text:sub(#MARK + 1) end
      if text:find("%S") then return n, text end
    end
  end
end

--- Goes through the lines that are not empty: number, text.
function Source:lines()
  return lines(self.file, self.path, self.kept)
end

--- The same from the beginning, of all that was read.
function Source:again()
  local file = self.kept or self.file
  file:seek("set")
  return lines(file, self.path)
end

function Source:close()
  if self.kept then self.kept:close() end
  if self.file ~= io.stdin then self.file:close() end
end

return M
