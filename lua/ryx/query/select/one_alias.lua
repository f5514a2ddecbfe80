-- SPDX-License-Identifier: MIT
-- One statement runs on one alias: what stands inside a query and says using must say that of the query, and what says
-- nothing is of a model that is there.
local errors = require "ryx.errors"
local router = require "ryx.db.router"

local M = {}

local function refuse(b, inside, around)
  errors.raise("misuse", "%s: a queryset inside this query is of the database %q, and %s of %q: one statement runs on "
    .. "one database; say the same for both by using, or fetch those rows first", b.meta.model_name, inside,
    b.alias and "the query around it" or "another one", around)
end

-- Where models are a router says, if there is one.
local function check_strangers(b)
  for _, meta in ipairs(not router.current and b.strangers or {}) do
    if meta.alias ~= b.alias then
      errors.raise("misuse", "%s: a queryset of %s inside this query is of the database %q, and the query around it of "
        .. "%q: one statement runs on one database; say that it is there by using(%q), or fetch those rows first",
        b.meta.model_name, meta.model_name, meta.alias, b.alias, b.alias)
    end
  end
end

--- Says for which alias a builder is planned: the builder.
function M.plan(b, alias)
  b.alias = alias.name
  if b.named and b.named ~= b.alias then refuse(b, b.named, b.alias) end
  if b.strangers then check_strangers(b) end
  return b
end

--- Says that the chain of a builder inside of another one is there: without using its rows are where its model is.
function M.enter(b)
  local meta, says = b.meta, b.says
  while b.part_of do b = b.part_of end
  if says or meta.alias == b.meta.alias then return end
  b.strangers = b.strangers or {}
  b.strangers[#b.strangers + 1] = meta
  if b.alias then check_strangers(b) end
end

--- Says that a queryset of a builder names an alias by using.
function M.name(b, name)
  b.says = true
  while b.part_of do b = b.part_of end
  local known = b.alias or b.named
  if known and known ~= name then refuse(b, name, known) end
  b.named = name
end

return M
