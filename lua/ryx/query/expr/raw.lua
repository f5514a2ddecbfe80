-- SPDX-License-Identifier: MIT
-- Raw and RawAgg: SQL of the user's with parameters. Func: a function of the database's.
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

--- A function that the database has and ryx does not; `type` says what comes back.
--- Another form than name(a, b) is Raw's, which takes expressions as parameters.
--- ryx.Func("similarity", { "title", ryx.Value("hello") }, { type = "double" })
---   -> similarity("title", $1)
---@param name string also with a schema: "public.slug"
---@param args? ryx.PathOrExpr[] a text is a path, as in the functions of ryx
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function M.Func(name, args, options)
  errors.check_type(name, "string", "Func")
  if not name:find("^[%a_][%w_]*$") and not name:find("^[%a_][%w_]*%.[%a_][%w_]*$") then
    errors.raise("misuse", "Func: %s is not the name of a function; Raw takes any SQL", compat.show(name))
  end
  args, options = args or {}, options or {}
  if type(args) ~= "table" or getmetatable(args) ~= nil then
    errors.raise("misuse", "Func: the arguments are a list, not %s", compat.show(args))
  end
  errors.check_options(options, { type = true }, "Func")
  types.check_name(options.type, "Func: type")
  local parts, values = {}, {}
  for i, v in ipairs(args) do
    local e = expr.of(v)
    parts[2 * i - 1], parts[2 * i] = i == 1 and name .. "(" or ", ", e.term
    append(values, e.values)
  end
  parts[#parts + 1] = #args == 0 and name .. "()" or ")"
  return new(term_of("raw", options.type or "null", compat.unpack(parts)), values)
end

return M
