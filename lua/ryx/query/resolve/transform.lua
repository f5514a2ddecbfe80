-- SPDX-License-Identifier: MIT
-- What may follow a field in a path before the lookup: parts of dates, keys of
-- documents, items of arrays, functions of text, and transforms of your own.
local json = require "ryx.query.lookup.json"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local lookup = require "ryx.query.lookup"
local custom = require "ryx.query.lookup.custom"
local types = require "ryx.query.fn.types"

local M = {}

local own = {}

--- A transform of your own: {col} is what stands before it; `type` what comes out.
--- ryx.register_transform("initial", "SUBSTR({col}, 1, 1)", { type = "text" })
function M.register(name, text, options)
  errors.check_type(name, "string", "register_transform: the name")
  errors.check_type(text, "string", "register_transform: the template")
  options = options or {}
  errors.check_options(options, { type = true, accepts = true }, "register_transform")
  if not name:find("^[%a][%w_]*$") or name:find("__", 1, true) then
    errors.raise("misuse", "register_transform: %q is not a name", name)
  end
  types.check_name(options.type, "register_transform: type")
  types.check_name(options.accepts, "register_transform: accepts")
  if not text:find("{col}", 1, true) then
    errors.raise("misuse", "register_transform: the template of %q lacks {col}", name)
  end
  local pieces = custom.pieces(text)
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" and piece[1] == "value" then
      errors.raise("misuse", "register_transform: a transform takes no value, so %q cannot hold ?", text)
    end
  end
  own[name] = { pieces = pieces, type = options.type, accepts = options.accepts }
end

local function by_template(row, node)
  local pieces = {}
  for i, piece in ipairs(row.pieces) do pieces[i] = type(piece) == "string" and piece or node end
  pieces[1], pieces[#pieces] = "(" .. pieces[1], pieces[#pieces] .. ")"
  return { op = "raw", type = row.type or node.type, null = true, pieces = pieces }
end

local function failing(name, whole)
  return function(fmt, ...)
    errors.raise("field_error", "%s (in %q): %s", name, whole, fmt:format(...))
  end
end

local function is_lookup(node, name)
  return custom.is_known(name) or (lookup.BY_TYPE[node.type] or {})[name]
end

local function one(node, name, whole)
  local row = own[name]
  if row and (not row.accepts or row.accepts == node.type) then return by_template(row, node) end
  if is_lookup(node, name) then return nil end
  row = functions.part[name]
  if row and row.types[node.type] then
    local made = row.resolve(node, failing(name, whole))
    if made ~= node then made.part, made.of = name, node end
    return made
  end
  row = functions.transform[name]
  if row and row.types[node.type] then return row.resolve(node, failing(name, whole)) end
end

--- The expression after the transforms that begin at parts[i], and the index after
--- the last of them.
function M.apply(node, parts, i, whole)
  while parts[i] do
    if json.begins(node, parts, i) then return json.path(node, parts, i) end
    local made = json.item(node, parts[i]) or one(node, parts[i], whole)
    if not made then break end
    node, i = made, i + 1
  end
  return node, i
end

return M
