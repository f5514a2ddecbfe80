-- SPDX-License-Identifier: MIT
-- Folders and files: what is in one, and files that are read and written as a whole.
local core = require "ryx.core"
local errors = require "ryx.errors"

local M = {}

local function check(ok, err)
  if ok == nil then errors.fail(err) end
  return ok
end

--- The names in a folder, sorted; nil when there is no such folder.
function M.names(path)
  local names = check(core.folder(path))
  if not names then return nil end
  table.sort(names)
  return names
end

--- Makes a folder, and those that it lies in.
function M.make(path)
  local above = path:match("^(.*[^/])/+[^/]+/*$")
  if above and not core.folder(above) then M.make(above) end
  check(core.make_folder(path))
end

-- What a system says, without the name that it repeats.
local function refuse(what, path, why)
  errors.raise("operational", "cannot %s %s: %s", what, path, (tostring(why):gsub("^.*: ", "")))
end

--- The bytes of a file.
function M.read(path)
  local f, why = io.open(path, "rb")
  local text
  if f then
    text, why = f:read("*a")
    f:close()
  end
  return text or refuse("read", path, why)
end

--- Makes a file that is not there.
function M.write_new(path, text)
  local there = io.open(path, "rb")
  if there then
    there:close()
    errors.raise("operational", "%s is there already", path)
  end
  local f, why = io.open(path, "wb")
  local ok
  if f then
    ok, why = f:write(text)
    local closed, reason = f:close()
    if ok and not closed then ok, why = nil, reason end
  end
  return ok and true or refuse("write", path, why)
end

return M
