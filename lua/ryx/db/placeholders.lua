-- SPDX-License-Identifier: MIT
-- The parameters of statements for logs and errors: without their values, and with them for
-- those who asked.
local core = require "ryx.core"
local host = require "ryx.host"
local value = require "ryx.value"

local M = {}

local lists = {} -- by how many

--- A list with "?" for each parameter of a statement on an alias, which is shared.
function M.of(alias, sql)
  local n = alias and core.count_params(host.engine(), alias.number, sql) or 0
  local list = lists[n]
  if list then return list end
  list = {}
  for i = 1, n do list[i] = "?" end
  lists[n] = list
  return list
end

--- The values of many rows, as one list for each parameter.
function M.columns(list, keys)
  local out = {}
  for i, key in ipairs(keys) do
    out[i] = {}
    for j, row in ipairs(list) do
      local v = rawget(row, key)
      if type(key) == "table" then v = key[1] end
      out[i][j] = v == nil and value.null or v
    end
  end
  return out
end

return M
