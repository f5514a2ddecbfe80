-- SPDX-License-Identifier: MIT
-- A file that a command writes: it is there when it is whole.
local errors = require "ryx.errors"

local function check(path, ok, why)
  if ok then return ok end
  errors.raise("operational", "cannot write %s: %s", path, (tostring(why):gsub("^.*: ", "")))
end

local M = {}

--- Calls write(put), which hands texts to put(text), and gives its value.
function M.run(path, write)
  local part = path:find("^/dev/") and path or path .. ".part"
  local file = check(path, io.open(part, "wb"))
  local ok, result = pcall(function()
    local value = write(function(text) check(path, file:write(text)) end)
    check(path, file:close())
    if part ~= path then check(path, os.rename(part, path)) end
    return value
  end)
  if ok then return result end
  pcall(file.close, file)
  if part ~= path then os.remove(part) end
  error(result, 0)
end

--- A text into a file, or to standard output where none is named.
function M.text(out, path, text)
  if path then M.run(path, function(put) put(text) end) else out:write(text) end
end

return M
