-- SPDX-License-Identifier: MIT
-- Managers: a model's `objects` is the queryset of all its rows.
local query = require "ryx.query"

local M = {}

--- The manager of a model.
function M.new(meta)
  return query.new(meta)
end

return M
