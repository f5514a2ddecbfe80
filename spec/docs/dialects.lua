-- SPDX-License-Identifier: MIT
-- What statements of this process become on the other databases: keeps the
-- description of every plan that is made. Needs `make docs-tools`.
package.cpath = "build/docs/?.so;" .. package.cpath
local compile = require "ryx_compile"
local core = require "ryx.core"

local M = {}

local descriptions = {} -- by the SQL that this process runs

local plan = core.plan
function core.plan(e, alias, description)
  local handle, err = plan(e, alias, description)
  if handle then descriptions[core.plan_sql(handle)] = description end
  return handle, err
end

M.compile = compile

--- A statement of this process as another database gets it, or nil and why not.
function M.of(sql, dialect)
  local description = descriptions[sql]
  if not description then return nil, "this is no statement of the query language" end
  return compile(dialect, description)
end

return M
