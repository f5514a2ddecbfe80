-- SPDX-License-Identifier: MIT
-- Post.tags: a many-to-many relation of the model, where an object has the manager of its rows.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local many = require "ryx.relation.many"

local M = {}

local function label(d) return d.meta.model_name .. "." .. d.name end

local function unknown(d, name)
  if type(name) == "string" and many.has_method(name) then
    errors.raise("field_error", "%s has no %q: it belongs to an object, %s.%s:%s(...)", label(d), name,
      d.meta.model_name:lower(), d.name, name)
  end
  errors.raise("field_error", "%s has no %s%s", label(d), compat.show(name), errors.hint(tostring(name), { "through" }))
end

--- A many-to-many relation of a model.
---@class ryx.ManyRelation
---@field through ryx.ModelClass the model of the join table

--- What the model of a relation's descriptor has under the relation's name.
function M.relation(d)
  return setmetatable({}, {
    __index = function(_, name)
      if name == "through" then return d:through_meta().class end
      if type(name) == "string" and name:sub(1, 1) == "_" then return nil end
      return unknown(d, name)
    end,
    __newindex = function(_, name)
      errors.raise("misuse", "%s: %s cannot be assigned", label(d), compat.show(name))
    end,
    __tostring = function() return "<relation " .. label(d) .. ">" end,
  })
end

return M
