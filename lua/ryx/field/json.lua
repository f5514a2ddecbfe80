-- SPDX-License-Identifier: MIT
-- ryx.JSONField, ryx.BinaryField.
local field = require "ryx.field"
local value = require "ryx.value"

local function to_json(v)
  local ok, text = pcall(value.json.encode, v)
  if not ok then return nil, "Enter a value that JSON can hold." end
  if text:find("\\u0000", 1, true) and text:gsub("\\\\", ""):find("\\u0000", 1, true) then
    return nil, "Text cannot hold NUL; bytes need a BinaryField."
  end
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

local function capacity(f)
  local most = f.max_length
  if not most then return nil end
  return function(v)
    if #tostring(v) > most then return ("Ensure this value has at most %d bytes."):format(most) end
  end
end

---@class ryx.BinaryFieldOptions: ryx.FieldOptions
---@field max_length? integer bytes

--- Bytes.  ryx.BinaryField{ null = true }
---@param options? ryx.BinaryFieldOptions
---@return ryx.Field
field.define("BinaryField", {
  type = "bytes", db = "bytes", convert = to_bytes, options = { max_length = false }, storage = capacity,
  is_ours = function(f) return f.max_length ~= nil end,
  checks = function(f, add)
    local check = capacity(f)
    if check then add(check) end
  end,
})
