-- SPDX-License-Identifier: MIT
-- qs:dates("created", "month"), qs:datetimes("created", "hour"): which days or moments the
-- rows have, each once, as an archive page lists them.
local call = require "ryx.query.expr.call"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local slice = require "ryx.query.clause.slice"

local M = { methods = {} }

local Trunc, Cast = call.constructor(functions.row.Trunc), call.constructor(functions.row.Cast)

-- The name of the value inside the query; no field has it.
local NAME = "ryx_moment"

local DAYS = { year = true, quarter = true, month = true, week = true, day = true }
local MOMENTS = { hour = true, minute = true, second = true }
for unit in pairs(DAYS) do MOMENTS[unit] = true end

local ORDERS = { asc = NAME, desc = "-" .. NAME }

local function check(what, field, unit, units, options, known)
  errors.check_type(field, "string", what .. ": the field")
  if not units[unit] then
    errors.raise("misuse", "%s: the unit is one of %s, not %s%s", what, table.concat(compat.sorted_keys(units), ", "),
      compat.show(unit), errors.hint(tostring(unit), compat.sorted_keys(units)))
  end
  errors.check_options(options, known, what)
  local order = ORDERS[options.order or "asc"]
  if not order then
    errors.raise("misuse", "%s: order is \"asc\" or \"desc\", not %s", what, compat.show(options.order))
  end
  return order
end

local function each_once(qs, what, field, moment, order)
  return slice.whole(slice.ordered_rows(qs, what)):filter{ [field .. "__isnull"] = false }
    :values_list{ [NAME] = moment, flat = true }:distinct():order_by(order)
end

--- The first days of the years, quarters, months, weeks (Monday) or days that a date or
--- datetime field has, each once and in order; NULL is none. A flat queryset of dates.
--- for _, month in ipairs(Post.objects:dates("created", "month", { order = "desc" }):all()) do print(month) end
---   -> SELECT DISTINCT CAST(date_trunc('month', "created") AS date) ...
---@param field string a path
---@param unit "year"|"quarter"|"month"|"week"|"day"
---@param options? { order?: "asc"|"desc" }
---@return ryx.QuerySet
function M.methods:dates(field, unit, options)
  options = options or {}
  local order = check("dates", field, unit, DAYS, options, { order = true })
  return each_once(self, "dates", field, Cast(Trunc(field, unit), "date"), order)
end

--- The same as datetimes, to the second at most; `tz` names the zone whose wall times
--- are meant.  Post.objects:datetimes("created", "hour", { tz = "Europe/Berlin" })
---@param field string a path
---@param unit "year"|"quarter"|"month"|"week"|"day"|"hour"|"minute"|"second"
---@param options? { order?: "asc"|"desc", tz?: string }
---@return ryx.QuerySet
function M.methods:datetimes(field, unit, options)
  options = options or {}
  local order = check("datetimes", field, unit, MOMENTS, options, { order = true, tz = true })
  return each_once(self, "datetimes", field, Trunc(field, unit, { tz = options.tz }), order)
end

return M
