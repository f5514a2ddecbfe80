-- SPDX-License-Identifier: MIT
-- ryx.SlugField, EmailField, URLField, IPAddressField, GenericIPAddressField: texts of a certain form,
-- in columns of text.
local address = require "ryx.validate.address"
local field = require "ryx.field"
local formats = require "ryx.validate.formats"
local text = require "ryx.field.text"

-- A text field of `longest` characters with checks of its own after those of lengths.
local function formed(name, longest, checks)
  field.define(name, {
    type = "text", db = "varchar", convert = text.convert, storage = text.capacity,
    options = { max_length = longest, min_length = false, strip = true, collation = false },
    checks = function(f, add)
      text.lengths(f, add)
      checks(f, add)
    end,
  })
end

local SLUG = "Enter a valid slug (letters, digits, hyphens, underscores)."

--- A short name for addresses of pages: letters from a to z, digits, hyphens, underscores.
--- ryx.SlugField{ unique = true }
---@param options? ryx.CharFieldOptions 50 characters when not given
---@return ryx.Field
formed("SlugField", 50, function(f, add)
  add(function(v)
    if v:find("[^%w_-]") or v == "" and not f.blank then return SLUG end
  end)
end)

-- A blank text is the business of `blank`.
local function validated(name, longest, validator)
  formed(name, longest, function(f, add)
    local check = validator().check
    add(function(v)
      if v ~= "" or not f.blank then return check(v) end
    end)
  end)
end

--- An address for mail.  ryx.EmailField{ unique = true }
---@param options? ryx.CharFieldOptions 254 characters when not given
---@return ryx.Field
validated("EmailField", 254, formats.EmailValidator)

--- A link that begins with http:// or https://.  ryx.URLField{ null = true }
---@param options? ryx.CharFieldOptions 200 characters when not given
---@return ryx.Field
validated("URLField", 200, formats.URLValidator)

-- Each address has one form, in the column and in what it is compared with.
local function addresses(name, longest, read, message)
  local function convert(v)
    local held = type(v) == "string" and read(v:match("^%s*(.-)%s*$"))
    if not held then return nil, message end
    return held
  end
  field.define(name, {
    type = "text", db = "varchar", convert = convert, compare = convert,
    init = function(f) f.max_length = longest end,
  })
end

--- An address of IPv4.  ryx.IPAddressField{ null = true }
---@param options? ryx.FieldOptions
---@return ryx.Field
addresses("IPAddressField", 15, address.ipv4, "Enter a valid IPv4 address.")

--- An address of IPv4 or IPv6, of which there is one form: the shortest, in small letters.
--- ryx.GenericIPAddressField{ null = true }
---@param options? ryx.FieldOptions
---@return ryx.Field
addresses("GenericIPAddressField", 39, address.any, "Enter a valid IPv4 or IPv6 address.")
