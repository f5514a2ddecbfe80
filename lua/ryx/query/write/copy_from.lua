-- SPDX-License-Identifier: MIT
-- ryx.copy_from: many raw rows, from a file or an iterator, all or none. By COPY where the
-- database has it, else by INSERTs of many rows in a transaction.
local assignment = require "ryx.query.write.assignment"
local batches = require "ryx.query.write.batch"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local copy = require "ryx.db.copy"
local db = require "ryx.db"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local plans = require "ryx.query.read.plan"
local router = require "ryx.db.router"
local rows = require "ryx.query.write.copy_rows"
local run = require "ryx.db.run"
local sequence = require "ryx.db.sequence"
local value = require "ryx.value"

local M = {}

local BATCH = 1000
local block = batches.block

local OPTIONS = { format = true, fields = true, header = true, batch = true, defaults = true, using = true }

local function compile(node, alias, fields)
  return run.plan(alias, encode.insert{
    target = builder.new(node.meta).root, sets = assignment.param_sets(fields), batch = true, copy = true,
    returning = {},
  }, "insert", node.meta)
end

-- What a column holds where a row says nothing: a function, or a value for all, or nothing.
local function default_of(f, moment)
  if f.auto_value then return f.auto_value(moment, true, nil) end
  local d = f.default
  if type(d) ~= "function" then d = f:get_default() end
  if value.is_expression(d) then
    errors.raise("unsupported", "copy_from: the default of %s is an expression, which only an INSERT works out: give "
      .. "the column, or defaults = false", f.name)
  end
  if d == nil and f.db_default ~= nil and not value.is_expression(f.db_default) then
    return (f:to_column(f:db_default_value()))
  end
  if d == nil or type(d) == "function" then return d end
  return (f:to_column(d))
end

-- The columns that are written, those that are given and those that have a default: fields,
-- defaults by number.
local function columns_of(meta, given, with_defaults)
  local fields, defaults, moment = {}, {}, value.now()
  for _, f in ipairs(meta.fields) do
    local d = with_defaults and default_of(f, moment)
    if given[f] or d ~= nil and d ~= false then
      fields[#fields + 1] = f
      if with_defaults and d ~= nil then defaults[#fields] = d end
    end
  end
  return fields, defaults
end

-- What C wants to know of the columns (src/lua/copy.c), and the functions among defaults.
local function layout_of(fields, defaults, given)
  local layout = { keys = {}, columns = {}, defaults = {}, places = {}, calls = {} }
  for i, f in ipairs(fields) do
    if given[f] then
      layout.keys[f.attname] = i
      if type(given[f]) == "number" then layout.columns[i] = given[f] end
    end
    layout.places[i] = f.decimal_places or f.elem == "decimal" and f.base.decimal_places or nil
    if type(defaults[i]) == "function" then
      layout.defaults[i] = {}
      layout.calls[#layout.calls + 1] = { number = i, field = f, fn = defaults[i] }
    elseif defaults[i] ~= nil then
      layout.defaults[i] = { [0] = defaults[i] }
    end
  end
  return layout
end

-- The default of each row that lacks a value, where a function gives it.
local function call_defaults(layout, list, n)
  for _, call in ipairs(layout.calls) do
    local made, f = {}, call.field
    for row = 1, n do
      local has = list and layout.keys[f.attname] and type(list[row]) == "table" and list[row][f.attname] ~= nil
      if not has then made[row] = (f:to_column(call.fn())) end
    end
    layout.defaults[call.number] = made
  end
end

-- A plan for each set of columns, and how rows become its parameters.
local function prepare(meta, alias, given, options)
  local fields, defaults = columns_of(meta, given, options.defaults ~= false)
  if #fields == 0 then errors.raise("misuse", "copy_from: %s: there is no column to copy into", meta.model_name) end
  local plan = plans.of_model(meta, alias, "copy " .. assignment.name(fields), compile, fields)
  return plan, layout_of(fields, defaults, given)
end

-- Sends what a source gives; send(batch, layout, first) takes a part.
local function pump(source, layout, size, send)
  local first = 1
  while true do
    local batch, n = source.next(size)
    if n == 0 then return end
    call_defaults(layout, type(batch) == "table" and batch, n)
    send(batch, layout, first)
    first = first + n
  end
end

local function by_copy(plan, tx, source, layout, size)
  local into = copy.into(plan, tx)
  local ok, result = pcall(function()
    pump(source, layout, size, function(...) into:put(...) end)
    return into:finish()
  end)
  if ok then return result end
  into:close()
  error(result, 0)
end

-- The database knows the rows of one INSERT only together.
local function tell_rows(err, first, last)
  if errors.is_error(err) and not err.message:find("^row %d") then
    local where = first == last and "row " .. first or ("rows %d to %d"):format(first, last)
    err.message = where .. ": " .. err.message
  end
  error(err, 0)
end

local function by_insert(plan, tx, source, layout, size)
  local total = 0
  pump(source, layout, size, function(batch, _, first)
    local ok, result = pcall(copy.insert, plan, tx, batch, layout, first)
    if not ok then tell_rows(result, first, first + source.n - 1) end
    total = total + source.n
  end)
  return total
end

-- COPY is all or nothing by itself where no transaction goes on.
local function within(alias, tx, is_copy, fn)
  tx = tx or run.current_tx(alias)
  if is_copy and not tx then return fn(nil) end
  return block(alias, tx, fn)
end

local function where_of(meta, options)
  local using = options.using
  if using == nil then return router.write(meta) end
  if type(using) == "table" and using._class == "tx" then return using.alias, using end
  errors.check_type(using, "string", "copy_from: using, the name of an alias or a transaction,")
  return db.alias(using)
end

local function meta_of(model)
  local meta = type(model) == "table" and rawget(model, "_meta")
  if not meta or meta.abstract then
    errors.raise("misuse", "copy_from takes a model and a path or a function, not %s", compat.show(model))
  end
  meta:settle()
  return meta
end

local function check(options)
  errors.check_options(options, OPTIONS, "copy_from")
  if options.batch ~= nil then errors.check_whole(options.batch, 1, "copy_from: batch") end
  for _, name in ipairs{ "header", "defaults" } do
    if options[name] ~= nil then errors.check_type(options[name], "boolean", "copy_from: " .. name) end
  end
end

local function load(meta, source, options)
  local alias, tx = where_of(meta, options)
  local given = source.given
  if not given then return 0 end -- there is no row
  local plan, layout = prepare(meta, alias, given, options)
  local is_copy = copy.copies(plan)
  local size = options.batch or BATCH
  local n = within(alias, tx, is_copy, function(inner)
    local count = (is_copy and by_copy or by_insert)(plan, inner, source, layout, size)
    if given[meta.pk_field] and sequence.is_apart(alias, meta) then sequence.follow_all(alias, inner, meta) end
    return count
  end)
  return n
end

---@class ryx.CopyFromOptions
---@field format? "csv"|"jsonl" of a file; its name says it where it ends so, else CSV
---@field fields? string[] the columns that are taken; without a header those of the file, in its order
---@field header? boolean false: the first line of a CSV file is a row
---@field batch? integer rows that are sent together, 1000 when not given
---@field defaults? boolean false: columns that no row has are left to the database
---@field using? string|ryx.Transaction an alias, or a transaction that was handed on

--- Inserts raw rows from a file or an iterator, all or none, and returns their number: the
--- fastest way into a table, without instances, hooks and validators.
--- ryx.copy_from(Post, "posts.csv")   -> COPY "posts" ("id", "title") FROM STDIN
---@param model ryx.ModelClass
---@param source string|fun(): table? a path, or an iterator of tables by the names of columns
---@param options? ryx.CopyFromOptions
---@return integer
function M.run(model, source, options)
  options = options or {}
  local meta = meta_of(model)
  check(options)
  local from = rows.open(meta, source, options)
  local ok, result = pcall(load, meta, from, options)
  from.close()
  if not ok then error(result, 0) end
  return result
end

return M
