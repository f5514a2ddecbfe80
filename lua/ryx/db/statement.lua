-- SPDX-License-Identifier: MIT
-- What a text of the user's may do: ryx.raw_fetch, ryx.raw_execute.
local M = {}

local READS = {
  select = true, with = true, values = true, table = true, show = true, explain = true, describe = true, desc = true,
  pragma = true,
}
local DEFINES = { create = true, alter = true, drop = true, rename = true }
local WRITES = { "insert", "update", "delete", "merge", "replace", "into" }

-- The first word, behind comments and parentheses.
local function first_word(sql)
  local at = 1
  while true do
    local _, last = sql:find("^[%s(]*%-%-[^\n]*\n", at)
    if not last then _, last = sql:find("^[%s(]*/%*.-%*/", at) end
    if not last then return sql:match("^[%s(]*(%a+)", at) end
    at = last + 1
  end
end

--- May a statement change which tables and keys there are?
function M.may_define(sql)
  return DEFINES[(first_word(sql) or ""):lower()] == true
end

--- May a statement change rows? One that begins as a read and names no write does not; what
--- functions do that it calls nobody knows.
function M.may_write(sql)
  sql = sql:lower()
  if not READS[first_word(sql)] then return true end
  for _, word in ipairs(WRITES) do
    if sql:find("%f[%w_]" .. word .. "%f[^%w_]") then return true end
  end
  return false
end

return M
