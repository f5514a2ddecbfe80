-- SPDX-License-Identifier: MIT
-- Window(...): a function over the rows around each row.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local value = require "ryx.value"

local M = {}

local new, term_of, append = expr.new, intern.term, intern.append

local FRAME_MODES = { rows = true, range = true, groups = true }
local WINDOW_OPTIONS = { partition_by = true, order_by = true, frame = true }
local EXCLUDES = { none = true, current_row = true, group = true, ties = true }

-- Bounds of a frame: a whole number counted from the current row (negative: before
-- it), 0, or nil for the end of the partition.
local function frame_term(frame)
  if frame == nil then return false end
  errors.check_type(frame, "table", "Window: frame")
  errors.check_options(frame, { rows = true, range = true, groups = true, exclude = true }, "Window: frame")
  local mode
  for name in pairs(FRAME_MODES) do
    if frame[name] ~= nil then
      if mode then errors.raise("misuse", "Window: a frame has one of rows, range, groups") end
      mode = name
    end
  end
  if not mode then errors.raise("misuse", "Window: a frame has one of rows, range, groups") end
  local edges = frame[mode]
  errors.check_type(edges, "table", "Window: frame." .. mode)
  local from, to = edges[1], edges[2]
  for _, edge in ipairs{ from or 0, to or 0 } do
    if edge ~= value.null and (type(edge) ~= "number" or edge % 1 ~= 0) then
      errors.raise("misuse", "Window: a frame begins and ends at whole numbers or ryx.null, not at %s",
        compat.show(edge))
    end
  end
  if type(from) == "number" and type(to) == "number" and from > to then
    errors.raise("misuse", "Window: a frame begins before it ends, but %d is after %d", from, to)
  end
  if frame.exclude and not EXCLUDES[frame.exclude] then
    errors.raise("misuse", "Window: unknown exclude %s%s", compat.show(frame.exclude),
      errors.hint(tostring(frame.exclude), compat.sorted_keys(EXCLUDES)))
  end
  local function edge(v, open)
    if v == nil or v == value.null then return open end
    return v
  end
  return term_of("frame", mode, edge(from, "-"), edge(to, "+"), frame.exclude or "none")
end

--- Which rows a window function sees: two ends, counted from the current row, 0; ryx.null is the partition's end.
---@class ryx.Frame
---@field rows? { [1]: integer|userdata, [2]: integer|userdata }
---@field range? { [1]: integer|userdata, [2]: integer|userdata }
---@field groups? { [1]: integer|userdata, [2]: integer|userdata }
---@field exclude? "none"|"current_row"|"group"|"ties"

---@class ryx.WindowOptions
---@field partition_by? ryx.PathOrExpr|ryx.PathOrExpr[]
---@field order_by? string|ryx.Expr|(string|ryx.Expr)[]
---@field frame? ryx.Frame

--- A function over the rows around each row.
--- Window(RowNumber(), { partition_by = { "author" }, order_by = { "-views" }, frame = { rows = { -1, 1 } } })
---@param e ryx.Expr a window function or an aggregate
---@param options? ryx.WindowOptions
---@return ryx.Expr
function M.Window(e, options)
  if not expr.is_expr(e) or not (e.term.op == "window_function" or e.term.op == "aggregate") then
    errors.raise("misuse", "Window takes a window function or an aggregate, not %s", compat.show(e))
  end
  options = options or {}
  errors.check_options(options, WINDOW_OPTIONS, "Window")
  local values = {}
  append(values, e.values)
  local list = options.partition_by or {}
  if type(list) ~= "table" or getmetatable(list) ~= nil then list = { list } end
  local partition, more = expr.parts(nil, compat.unpack(list))
  append(values, more)
  local order
  order, more = expr.order_parts(options.order_by or {}, "Window: order_by")
  append(values, more)
  return new(term_of("window", e.term, term_of("list", compat.unpack(partition)), order,
    frame_term(options.frame)), values)
end

return M
