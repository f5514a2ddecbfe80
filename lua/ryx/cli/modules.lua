-- SPDX-License-Identifier: MIT
-- Where Lua modules of the user's are looked for.
local M = {}

--- Can a file be read?
function M.is_there(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

--- Looks for modules in a folder ("app/", or "" for none) from now on, then in the working directory.
function M.look_in(folder)
  local places = "./?.lua;./?/init.lua;"
  if folder ~= "" then places = folder .. "?.lua;" .. folder .. "?/init.lua;" .. places end
  if package.path:sub(1, #places) ~= places then package.path = places .. package.path end
end

--- The file of a module, or nil.
function M.path_of(name)
  for template in package.path:gmatch("[^;]+") do
    local path = template:gsub("%?", (name:gsub("%.", "/")))
    if M.is_there(path) then return path end
  end
end

return M
