-- SPDX-License-Identifier: MIT
-- ryx.copy_to: the rows of a queryset as lines of CSV or JSON, in a file or part by part,
-- without a Lua value for any of them.
local compat = require "ryx.compat"
local copy = require "ryx.db.copy"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local run = require "ryx.db.run"
local value = require "ryx.value"

local M = {}

local CHUNK = 1000
local OPTIONS = { format = true, header = true, batch = true }

local function quoted(name)
  return name:find('[,"\r\n]') and '"' .. name:gsub('"', '""') .. '"' or name
end

local function header_of(names)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = quoted(name) end
  return table.concat(parts, ",") .. "\n"
end

local function members_of(names)
  local keys = {}
  for i, name in ipairs(names) do keys[i] = value.json.encode(name) .. ":" end
  return keys
end

local function refuse(qs)
  if type(qs) ~= "table" or qs._class ~= "queryset" then
    errors.raise("misuse", "copy_to takes a queryset, Model.objects for all rows, not %s", compat.show(qs))
  end
  if qs.loads then
    errors.raise("misuse", "copy_to writes columns, and prefetch_related loads objects: select paths with values(...)")
  end
end

local function names_of(plan)
  local shape = plan.rows
  if shape.nested then
    errors.raise("misuse", "copy_to writes columns, and select_related loads objects: select paths with values(...)")
  end
  return shape.keys
end

-- What COPY writes otherwise than copy_to does.
local OTHERWISE = { array = true, duration = true }

local function rows_of(node, alias)
  return query.query(query.build(node, alias), node, "all", 0)
end

local function compile_copy(node, alias)
  local rows = rows_of(node, alias)
  rows.copy = true
  return run.plan(alias, encode.select(rows, node.n), "select", node.meta)
end

local function writes_alike(node)
  for _, output in ipairs(rows_of(node).outputs) do
    if OTHERWISE[output.expr.type] then return false end
  end
  return true
end

-- The same rows as text that the database itself makes, or nil. COPY takes no parameters, and
-- values are nothing but parameters: whole tables go by it.
local function copy_plan(qs, alias, plan, format)
  local is_whole = qs.node.n == 0 and not (qs.limit_value or qs.offset_value)
  if not is_whole or format ~= "csv" or plan.locks or plan.writes then return nil end
  if not run.can(alias, "copy") then return nil end
  if plan.is_copied == nil then plan.is_copied = writes_alike(qs.node) end
  return plan.is_copied and plans.plan(qs.node, alias, "copy", compile_copy) or nil
end

-- A function may ask in the transaction that it is called in, whose connection a COPY has.
local function write(qs, format, options, fn, may_ask)
  local alias = plans.read_alias(qs)
  local plan, params, n = plans.plan_for(qs, alias, "all"), plans.params(qs)
  local names, tx = names_of(plan), plans.tx_of(qs, alias, plan)
  if not (tx and may_ask) then plan = copy_plan(qs, alias, plan, format) or plan end
  if format == "csv" and options.header ~= false then fn(header_of(names)) end
  if qs.node.is_none then return 0 end
  return copy.out(plan, tx, options.batch or CHUNK, format == "jsonl" and members_of(names)
    or nil, fn, compat.unpack(params, 1, n))
end

-- A file beside the one that is wanted takes its name when it is whole.
local function to_path(path, fn)
  local part = path .. ".part"
  local file, why = io.open(part, "wb")
  if not file then errors.raise("operational", "copy_to: %s", why) end
  local function check(ok, problem)
    if not ok then errors.raise("operational", "copy_to: %s: %s", path, tostring(problem)) end
  end
  local ok, result = pcall(function()
    local n = fn(function(text) check(file:write(text)) end)
    check(file:close())
    file = nil
    check(os.rename(part, path))
    return n
  end)
  if ok then return result end
  if file then file:close() end
  os.remove(part)
  error(result, 0)
end

---@class ryx.CopyToOptions
---@field format? "csv"|"jsonl" the path says it where it ends so, else CSV
---@field header? boolean false: no first line with the names
---@field batch? integer rows that are read together, 1000 when not given

--- Writes the rows of a queryset to a file, which is there when it is whole, or hands them to
--- a function as text, part by part; returns their number.
--- ryx.copy_to(Post.objects:filter{ views__gt = 5 }, "posts.csv")
---@param qs ryx.QuerySet
---@param target string|fun(text: string) a path, or what takes the text
---@param options? ryx.CopyToOptions
---@return integer
function M.run(qs, target, options)
  options = options or {}
  refuse(qs)
  errors.check_options(options, OPTIONS, "copy_to")
  if options.header ~= nil then errors.check_type(options.header, "boolean", "copy_to: header") end
  if options.batch ~= nil then errors.check_whole(options.batch, 1, "copy_to: batch") end
  local format = copy.format(options.format, target, "copy_to")
  if type(target) == "function" then return write(qs, format, options, target, true) end
  if type(target) ~= "string" then
    errors.raise("misuse", "copy_to takes a path or a function that takes text, not %s", compat.show(target))
  end
  return to_path(target, function(fn) return write(qs, format, options, fn) end)
end

return M
