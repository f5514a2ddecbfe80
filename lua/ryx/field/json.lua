-- SPDX-License-Identifier: MIT
-- ryx.JSONField, ryx.BinaryField.
local field = require "ryx.field"
local value = require "ryx.value"

local function to_json(v)
  local ok, text = pcall(value.json.encode, v)
  if not ok or text == nil then return nil, "Enter a value that JSON can hold." end
  return v
end

--- Tables, texts, numbers, booleans and ryx.null, as JSON.  ryx.JSONField{ null = true }
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("JSONField", { type = "json", db = "json", convert = to_json })

local function to_bytes(v)
  if value.kind(v) == "bytes" then v = tostring(v) end
  if type(v) ~= "string" then return nil, "Enter bytes." end
  return v
end

---@class ryx.BinaryFieldOptions: ryx.FieldOptions
---@field max_length? integer

--- Bytes.  ryx.BinaryField{ null = true }
---@param options? ryx.BinaryFieldOptions
---@return ryx.Field
field.define("BinaryField", {
  type = "bytes", db = "bytes", convert = to_bytes, options = { max_length = false },
})
