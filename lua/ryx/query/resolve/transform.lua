-- SPDX-License-Identifier: MIT
-- filter{ created__year = 2024, name__lower = "ann" }: what may follow a field in a path
-- before the lookup: parts of dates, functions of text and numbers, keys of JSON, items of
-- arrays, and the transforms of ryx.register_transform.
local catalog = require "ryx.query.lookup.catalog"
local custom = require "ryx.query.lookup.custom"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local json_path = require "ryx.query.resolve.json_path"
local types = require "ryx.query.fn.types"

local M = {}

local registered = {}
M.registered = registered -- by name

--- A transform of your own: {col} is what stands before it; `type` what comes out.
--- ryx.register_transform("initial", "SUBSTR({col}, 1, 1)", { type = "text" })
---@param name string
---@param text string SQL with {col}
---@param options? { type?: ryx.Type, accepts?: ryx.Type } the type it gives, and the only one that has it
function M.register(name, text, options)
  local pieces = custom.parse("register_transform", name, text)
  options = options or {}
  errors.check_options(options, { type = true, accepts = true }, "register_transform")
  types.check_name(options.type, "register_transform: type")
  types.check_name(options.accepts, "register_transform: accepts")
  if custom.has_value(pieces) then
    errors.raise("misuse", "register_transform: a transform takes no value, so %q cannot hold ?", text)
  end
  registered[name] = { pieces = pieces, type = options.type, accepts = options.accepts }
end

local function failing(name, path)
  return function(fmt, ...)
    errors.raise("field_error", "%s (in %q): %s", name, path, fmt:format(...))
  end
end

-- The expression after one transform, or nil.
local function transformed(node, name, path)
  local row = registered[name]
  if row and (not row.accepts or row.accepts == node.type) then
    return custom.sql(row.pieces, row.type or node.type, node)
  end
  if catalog.is_lookup(node.type, name) then return nil end
  row = functions.part[name]
  if row and row.types[node.type] then
    local made = row.resolve(node, failing(name, path))
    if made ~= node then made.part, made.part_of = name, node end
    return made
  end
  row = functions.transform[name]
  if row and row.types[node.type] then return row.resolve(node, failing(name, path)) end
end

--- The expression after the transforms that begin at parts[i], and the index after
--- the last of them.
function M.apply(node, parts, i, path)
  while parts[i] do
    if json_path.begins(node, parts, i) then return json_path.path(node, parts, i) end
    local made = json_path.item(node, parts[i]) or transformed(node, parts[i], path)
    if not made then break end
    node, i = made, i + 1
  end
  return node, i
end

return M
