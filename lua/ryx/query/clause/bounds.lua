-- SPDX-License-Identifier: MIT
-- qs:limit, qs:offset, qs:slice: how many rows; qs:none: no rows; qs:using: where they are.
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local one_alias = require "ryx.query.select.one_alias"
local queryset = require "ryx.query.clause.queryset"

local M = { methods = {} }

local copy = queryset.copy

local function make_none(parent)
  return chain_node.new(parent, function(b) b.where[#b.where + 1] = { op = "false" } end, {
    is_none = true, says = "none()",
  })
end

--- A queryset without rows; what it gives is known without asking the database, but for
--- aggregates with a default.  qs:none()
---@return ryx.QuerySet
function M.methods:none()
  return copy(self, chain_node.follow(self.node, "flag", "none", make_none))
end

--- At most n rows; nil takes the limit back.  qs:limit(20)  -> LIMIT 20
---@param n? integer
---@return ryx.QuerySet
function M.methods:limit(n, extra)
  if extra ~= nil then errors.raise("misuse", "limit takes one number; leave rows out by offset(n), or slice(a, b)") end
  local qs = copy(self, self.node)
  if n ~= nil then errors.check_whole(n, 0, "limit") end
  qs.limit_value = n
  return qs
end

--- Leaves out the first n rows.  qs:offset(40):limit(20)  -> LIMIT 20 OFFSET 40
---@param n integer
---@return ryx.QuerySet
function M.methods:offset(n)
  local qs = copy(self, self.node)
  errors.check_whole(n, 0, "offset")
  qs.offset_value = n
  return qs
end

--- Rows a to b, counted from 1, both ends included; slices compose.  qs:slice(11, 20)
---@param a integer
---@param b? integer the last row there is when not given
---@return ryx.QuerySet
function M.methods:slice(a, b)
  if type(a) ~= "number" or a < 1 or a % 1 ~= 0 or (b ~= nil and (type(b) ~= "number" or b < 0 or b % 1 ~= 0)) then
    errors.raise("misuse", "slice(a, b) counts rows from 1, so slice(%s, %s) has no meaning", tostring(a), tostring(b))
  end
  local qs = copy(self, self.node)
  local size = b and math.max(b - a + 1, 0)
  if self.limit_value then
    local left = math.max(self.limit_value - (a - 1), 0)
    size = size and math.min(size, left) or left
  end
  qs.limit_value, qs.offset_value = size, (self.offset_value or 0) + a - 1
  return qs
end

local function make_naming(parent, name)
  return chain_node.new(parent, function(b) one_alias.name(b, name) end)
end

-- A queryset inside of a query runs where that does, so what it names itself must be that.
function expr.naming(node, alias)
  return chain_node.follow(node, "using", alias.name, make_naming)
end

--- The same on another alias, or inside a transaction that is handed on.  qs:using("replica")
---@param where string|ryx.Transaction
---@return ryx.QuerySet
function M.methods:using(where)
  local qs = copy(self, self.node)
  if type(where) == "string" then
    qs.on_alias, qs.tx = db.alias(where), nil
  elseif type(where) == "table" and where._class == "tx" then
    qs.on_alias, qs.tx = where.alias, where
  else
    errors.raise("misuse", "using takes the name of an alias or a transaction, not %s", compat.show(where))
  end
  return qs
end

return M
