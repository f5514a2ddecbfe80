-- SPDX-License-Identifier: MIT
-- ryx.CharField, TextField, UUIDField.
local compat = require "ryx.compat"
local field = require "ryx.field"
local rules = require "ryx.validate.rules"
local uuid = require "ryx.field.uuid"
local value = require "ryx.value"

local function lengths(f, add)
  if f.max_length then add(rules.MaxLengthValidator(f.max_length)) end
  if f.min_length then add(rules.MinLengthValidator(f.min_length)) end
  if not f.blank and not f.null then add(rules.NotBlankValidator()) end
end

-- Characters are counted only where there may be too many.
local function capacity(f)
  if not f.max_length then return nil end
  local rule = rules.MaxLengthValidator(f.max_length)
  return function(v)
    if type(v) == "string" and #v > f.max_length then return rule.check(v) end
  end
end

local function not_text(v)
  if v:find("%z") then return nil, "Text cannot hold NUL; bytes need a BinaryField." end
  return nil, "Enter text in UTF-8; bytes need a BinaryField."
end

local byte, is_text = string.byte, value.is_text
local SPACE = {}
for c in (" \t\n\v\f\r"):gmatch(".") do SPACE[byte(c)] = true end

local function to_text(v, f)
  if type(v) ~= "string" then
    if type(v) ~= "number" and type(v) ~= "cdata" then return nil, "Enter text." end
    v = tostring(compat.keyof(v))
  end
  if not is_text(v) then return not_text(v) end
  if f.strip and (SPACE[byte(v)] or SPACE[byte(v, -1)]) then v = v:match("^%s*(.-)%s*$") end
  return v
end

---@class ryx.CharFieldOptions: ryx.FieldOptions
---@field max_length? integer characters, 255 when not given
---@field min_length? integer
---@field strip? boolean false: white space at the ends stays
---@field collation? string

--- A text of bounded length.  ryx.CharField{ max_length = 100, unique = true }
---@param options? ryx.CharFieldOptions
---@return ryx.Field
field.define("CharField", {
  type = "text", db = "varchar", convert = to_text, checks = lengths, storage = capacity,
  options = { max_length = 255, min_length = false, strip = true, collation = false },
})

---@class ryx.TextFieldOptions: ryx.FieldOptions
---@field max_length? integer characters
---@field min_length? integer
---@field collation? string

--- A text of any length.  ryx.TextField{ blank = true }
---@param options? ryx.TextFieldOptions
---@return ryx.Field
field.define("TextField", {
  type = "text", db = "text", convert = to_text, checks = lengths, storage = capacity,
  is_ours = function(f) return f.max_length ~= nil end,
  options = { max_length = false, min_length = false, collation = false },
})

local HEX = ("%x"):rep(8) .. "%-" .. ("%x"):rep(4) .. "%-" .. ("%x"):rep(4) .. "%-" .. ("%x"):rep(4) .. "%-"
  .. ("%x"):rep(12)

local function to_uuid(v)
  if type(v) == "string" then
    local plain = v:lower():match("^{?(.-)}?$")
    if #plain == 32 and not plain:find("[^%x]") then
      plain = plain:gsub("^(" .. ("%x"):rep(8) .. ")(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(.*)$", "%1-%2-%3-%4-%5")
    end
    if plain:match("^" .. HEX .. "$") then return plain end
  end
  return nil, "Enter a valid UUID."
end

---@class ryx.UUIDFieldOptions: ryx.FieldOptions
---@field auto_create? boolean a random one is the default

--- A UUID, as text of 36 small letters.  ryx.UUIDField{ primary_key = true, auto_create = true }
---@param options? ryx.UUIDFieldOptions
---@return ryx.Field
field.define("UUIDField", {
  type = "uuid", db = "uuid", convert = to_uuid, options = { auto_create = false },
  init = function(f)
    if f.auto_create and f.default == nil then f.default = uuid.uuid4 end
  end,
})

return { convert = to_text, lengths = lengths, capacity = capacity }
