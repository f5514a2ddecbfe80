-- SPDX-License-Identifier: MIT
-- ryx.RegexValidator, EmailValidator, URLValidator, IPv4Validator and the others: validators for texts
-- of a certain form.
local address = require "ryx.validate.address"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local rules = require "ryx.validate.rules"
local value = require "ryx.value"

local M = {}

local function format(name, message, fits)
  return rules.validator(name, function(v)
    if type(v) ~= "string" or not fits(v) then return message end
  end, message)
end

--- Some part of the text matches a regular expression of PCRE2, which knows Unicode; `^` and `$` are its
--- ends, `(?i)` at its start ignores case. Numbers are read as texts. Without a message it is
--- "Value must match pattern: ...".
--- ryx.CharField{ validators = { ryx.RegexValidator("^[A-Z]{2}-\\d+$", "Enter a code such as AB-12.") } }
---@param pattern string
---@param message? string
---@return ryx.Validator
function M.RegexValidator(pattern, message)
  errors.check_type(pattern, "string", "RegexValidator: pattern")
  if message ~= nil then errors.check_type(message, "string", "RegexValidator: message") end
  local regex, problem = value.regex(pattern)
  if not regex then errors.raise("misuse", "RegexValidator: %s: %s", problem.message, compat.show(pattern)) end
  message = message or "Value must match pattern: " .. pattern
  return rules.validator("RegexValidator", function(v)
    if not value.regex_find(regex, rules.text_of(v)) then return message end
  end, message)
end

-- The label of a host: letters, digits and hyphens inside; letters of other scripts as they are.
local function is_label(text)
  return #text > 0 and #text <= 63 and not text:find("[^%w%-\128-\255]") and not text:find("^%-")
    and not text:find("%-$")
end

-- A name of labels, or four numbers: what ends in a number is an address.
local function is_host(text)
  if #text > 253 then return false end
  if text:match("[^.]*$"):find("^%d+$") then return address.ipv4(text) ~= nil end
  for label in (text .. "."):gmatch("([^.]*)%.") do
    if not is_label(label) then return false end
  end
  return true
end

-- "[::1]", without what a link adds to it.
local function is_ipv6_literal(text, prefix)
  local inside = text:match("^%[" .. (prefix or "") .. "([%x:.]+)%]$")
  return inside ~= nil and address.ipv6(inside) ~= nil
end

local NO_SPACE = "[%z\1-\32\127]"

-- A domain has a dot; an address stands in brackets (RFC 5321).
local function is_mail_domain(text)
  if text:find("^%[") then
    local ipv4 = text:match("^%[([%d.]+)%]$")
    return ipv4 and address.ipv4(ipv4) ~= nil or is_ipv6_literal(text, "IPv6:") or is_ipv6_literal(text)
  end
  return text:find(".", 1, true) ~= nil and not text:find("%.%d+$") and is_host(text)
end

-- Words between dots (RFC 5322), letters of other scripts among them (RFC 6531); or a text in quotes.
local function is_mailbox(text)
  if #text == 0 or #text > 64 then return false end
  local quoted = text:match('^"(.*)"$')
  if quoted then return not quoted:gsub("\\.", ""):find('["\\%c]') end
  return not text:find("[^%w!#$%%&'*+/=?^_`{|}~.\128-\255%-]") and not text:find("^%.") and not text:find("%.$")
    and not text:find("..", 1, true)
end

local function is_email(text)
  local box, domain = text:match("^(.*)@([^@]*)$")
  return box ~= nil and #text <= 254 and is_mailbox(box) and is_mail_domain(domain)
end

--- An address for mail: name@domain, in which the domain has a dot. Whether anybody reads what is sent there
--- it does not ask.  ryx.CharField{ validators = { ryx.EmailValidator() } }
---@return ryx.Validator
function M.EmailValidator()
  return format("EmailValidator", "Enter a valid email address.", is_email)
end

local function is_port(text)
  return text == "" or text:find("^:%d+$") ~= nil and tonumber(text:sub(2)) <= 65535
end

-- user:password@host:port
local function is_authority(text)
  local user, rest = text:match("^(.*)@([^@]*)$")
  if user and not user:find("^[^:@]+:?[^:@]*$") then return false end
  local host, port = (rest or text):match("^(%[.*%])(.*)$")
  if host then return is_ipv6_literal(host) and is_port(port) end
  host, port = (rest or text):match("^([^:]*)(.*)$")
  return is_host(host:match("^(.+)%.$") or host) and is_port(port)
end

local function is_url(text)
  local scheme, authority = text:match("^(%a+)://([^/?#]*)")
  scheme = scheme and scheme:lower()
  return (scheme == "http" or scheme == "https") and #text <= 2048 and not text:find(NO_SPACE)
    and is_authority(authority)
end

--- An address that begins with http:// or https://, and has a host that can exist.
--- ryx.CharField{ max_length = 200, validators = { ryx.URLValidator() } }
---@return ryx.Validator
function M.URLValidator()
  return format("URLValidator", "Enter a valid URL.", is_url)
end

--- Four numbers up to 255.  ryx.CharField{ validators = { ryx.IPv4Validator() } }
---@return ryx.Validator
function M.IPv4Validator()
  return format("IPv4Validator", "Enter a valid IPv4 address.", address.ipv4)
end

--- An address of IPv6, in any of its forms.  ryx.CharField{ validators = { ryx.IPv6Validator() } }
---@return ryx.Validator
function M.IPv6Validator()
  return format("IPv6Validator", "Enter a valid IPv6 address.", address.ipv6)
end

--- An address of either kind.  ryx.CharField{ validators = { ryx.IPAddressValidator() } }
---@return ryx.Validator
function M.IPAddressValidator()
  return format("IPAddressValidator", "Enter a valid IPv4 or IPv6 address.", address.any)
end

return M
