-- SPDX-License-Identifier: MIT
-- What the Python package calls of querysets to write many rows, or rows that may be there already.
local api = require "ryx.python.api"

local M = {}

local as_list, given = api.as_list, api.given

--- How many rows, and of each object { alias, values }.
function M.bulk_update(qs, objects, names, options)
  local n = qs:bulk_update(objects, api.plain(names), options)
  for i = 1, #objects do objects[i] = as_list(given(objects[i])) end
  return as_list{ n, objects }
end

function M.bulk_delete(qs, objects, options)
  return qs:bulk_delete(objects, options)
end

function M.get_or_create(qs, values)
  return as_list{ qs:get_or_create(values) }
end

function M.update_or_create(qs, values)
  return as_list{ qs:update_or_create(values) }
end

return M
