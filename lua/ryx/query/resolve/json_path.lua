-- SPDX-License-Identifier: MIT
-- filter{ meta__a__0 = 1, labels__0 = "x", labels__len = 2 } and F"meta":at("a", 0): paths
-- into JSON and arrays.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local catalog = require "ryx.query.lookup.catalog"
local types = require "ryx.query.fn.types"

local M = {}

-- They may stand before a key: meta__key__a is meta__a.
local MARKERS = { key = true, key_text = true, json = true }

-- No document has it: databases hold no text with NUL.
local function check_keys(steps)
  for _, step in ipairs(steps) do
    if type(step) == "string" and step:find("%z") then
      errors.raise("misuse", "a key of JSON cannot hold NUL, as in %s", compat.show(step))
    end
  end
  return steps
end

--- A part of JSON by keys and positions.
function M.at(node, steps)
  if node.type ~= "json" and node.type ~= "text" then
    errors.raise("field_error", "at() takes a part of JSON, not of a value of type %s", node.type)
  end
  return ir.json_part(node, check_keys(steps))
end

--- Is parts[i] a key of JSON?
function M.begins(node, parts, i)
  if node.type == "json" then
    local is_last = parts[i + 1] == nil
    return not (is_last and catalog.is_lookup("json", parts[i])) and not node.json_value
  end
  -- Text that holds JSON is reached into by a marker and a key.
  return node.type == "text" and MARKERS[parts[i]] and parts[i + 1] ~= nil
end

--- The part that a path leads to, and the index of the lookup after it.
function M.path(node, parts, i)
  local last = #parts
  local is_lookup = catalog.registered[parts[last]] or catalog.in_json[parts[last]]
  local stop = is_lookup and last or last + 1
  local steps = {}
  for k = i, stop - 1 do
    local position = parts[k]:match("^%d+$")
    steps[#steps + 1] = position and tonumber(position) < 2147483647 and tonumber(position) or parts[k]
  end
  if #steps > 1 and MARKERS[parts[i]] then table.remove(steps, 1) end
  return ir.json_part(node, check_keys(steps)), stop
end

--- An item or the length of an array; nil when the name is neither.
function M.item(node, name)
  if node.type ~= "array" then return nil end
  if name == "len" then return ir.call("array_len", "int", { node }) end
  if name:find("^%d+$") then
    local item = ir.call("array_item_" .. node.elem, node.elem, { node, ir.int(tonumber(name)) }, { null = true })
    local base = node.field and node.field.base
    return node.elem == "decimal" and types.decimal(item, base and base.decimal_places or node.places) or item
  end
end

return M
