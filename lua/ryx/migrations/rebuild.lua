-- SPDX-License-Identifier: MIT
-- SQLite changes a table by making it anew.
local errors = require "ryx.errors"

local M = {}

--- The steps that make a table `from` into `to` with its rows.
function M.statements(_, from)
  errors.raise("unsupported", "%s: this change makes the table anew", from.name)
end

return M
