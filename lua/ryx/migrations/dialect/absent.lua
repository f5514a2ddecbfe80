-- SPDX-License-Identifier: MIT
-- Databases in files that are not there. To connect makes such a file, so who only looks gets them in memory.
local compat = require "ryx.compat"
local db = require "ryx.db"
local folder = require "ryx.folder"

local M = {}

local NO_SUCH_FILE = 2

-- Would to connect make the file? Without its folder it cannot.
local function is_absent(name)
  local mode, path = db.option(name, "mode"), db.option(name, "database")
  if not db.alias(name).one_writer or (mode and mode ~= "rwc") or not path then return false end
  local f, _, code = io.open(path, "rb")
  if f then f:close() end
  return code == NO_SUCH_FILE and folder.names(path:match("^(.*/)[^/]*$") or ".") ~= nil
end

--- What ryx.setup got, and is set up, with what is not there in memory; the same table where all are there.
function M.in_memory(setup)
  local changes = {}
  for _, name in ipairs(compat.sorted_keys(setup)) do
    if is_absent(name) then changes[name] = compat.with(setup[name], { mode = "memory" }) end
  end
  return next(changes) and compat.with(setup, changes) or setup
end

return M
