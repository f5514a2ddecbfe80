-- SPDX-License-Identifier: MIT
-- JSON documents and bytes.
local db = require "ryx.db"
local field = require "ryx.field"

local function to_json(v)
  local ok, text = pcall(db.json.encode, v)
  if not ok or text == nil then return nil, "Enter a value that JSON can hold." end
  return v
end

field.define("JSONField", { type = "json", db = "json", lookups = field.PRESENCE, convert = to_json })

local function to_bytes(v)
  if db.kind(v) == "bytes" then v = tostring(v) end
  if type(v) ~= "string" then return nil, "Enter bytes." end
  return v
end

field.define("BinaryField", {
  type = "bytes", db = "bytes", lookups = field.EQUALITY, convert = to_bytes, options = { max_length = false },
})
