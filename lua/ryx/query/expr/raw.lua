-- SPDX-License-Identifier: MIT
-- Raw and RawAgg: SQL of the user's with parameters.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local types = require "ryx.query.fn.types"

local M = {}

local new, term_of, append = expr.new, intern.term, intern.append

local function raw(what, sql, params, options)
  errors.check_type(sql, "string", what)
  if type(params) == "table" and getmetatable(params) == nil and params[1] == nil and next(params) ~= nil then
    params, options = nil, params
  end
  options = options or {}
  errors.check_options(options, { type = true }, what)
  types.check_name(options.type, what .. ": type")
  local texts = { "" }
  -- ?? is a literal question mark, as in every text of the user's.
  for before, marks in (sql .. "\0"):gmatch("([^?%z]*)(%??%??)") do
    texts[#texts] = texts[#texts] .. before
    if marks == "??" then texts[#texts] = texts[#texts] .. "?" end
    if marks == "?" then texts[#texts + 1] = "" end
  end
  local terms, values = {}, {}
  params = params or {}
  if #texts - 1 ~= #params then
    errors.raise("misuse", "%s: the text has %d parameters, the list %d", what, #texts - 1, #params)
  end
  for i, v in ipairs(params) do
    local e = expr.of(v, "value")
    terms[2 * i - 1], terms[2 * i] = texts[i], e.term
    append(values, e.values)
  end
  terms[#terms + 1] = texts[#texts]
  local op = what == "Raw" and "raw" or "raw_aggregate"
  return new(term_of(op, options.type or "null", compat.unpack(terms)), values)
end

--- SQL of your own with parameters; `type` says what comes back.
--- ryx.Raw("coalesce(views, ?) * 2", { 0 }, { type = "int" })
---@param sql string
---@param params? ryx.ValueOrExpr[] one for each ?
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function M.Raw(sql, params, options)
  return raw("Raw", sql, params, options)
end

--- The same for an aggregate.  ryx.RawAgg("count(*) * ?", { 2 }, { type = "int" })
---@param sql string
---@param params? ryx.ValueOrExpr[] one for each ?
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function M.RawAgg(sql, params, options)
  return raw("RawAgg", sql, params, options)
end

return M
