-- SPDX-License-Identifier: MIT
-- The parameters of statements for logs and errors: without their values, and with them for
-- those who asked.
local value = require "ryx.value"

local M = {}

local KEPT_MAX = 1000

local lists, n_lists = {}, 0

-- Without what is quoted or a comment.
local function bare(sql)
  return (sql:gsub("'[^']*'", ""):gsub('"[^"]*"', ""):gsub("`[^`]*`", ""):gsub("/%*.-%*/", ""):gsub("%-%-[^\n]*", ""))
end

-- PostgreSQL's have numbers. ?? is a literal question mark in a text of the user's.
local function count(sql)
  local text, highest = bare(sql), 0
  for number in text:gmatch("%$(%d+)") do highest = math.max(highest, tonumber(number)) end
  if highest > 0 then return highest end
  return select(2, text:gsub("%?%?", ""):gsub("%?", ""))
end

--- A list with "?" for each parameter of a statement, which is shared.
function M.of(sql)
  local list = lists[sql]
  if list then return list end
  list = {}
  for i = 1, sql:find("[?$]") and count(sql) or 0 do list[i] = "?" end
  if n_lists == KEPT_MAX then lists, n_lists = {}, 0 end
  lists[sql], n_lists = list, n_lists + 1
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
