-- SPDX-License-Identifier: MIT
-- ryx.set_router: on which database rows of a model are read and written. What `using` says
-- goes before; then comes the router, then the database an object is from, then that of
-- its model.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"

local M = {
  current = nil, -- the router, or nil: then nobody is asked
}

local METHODS = { "db_for_read", "db_for_write", "allow_relation", "allow_migrate" }

--- Says on which database what is read and written. Each method may be missing, and nil
--- leaves the decision to what comes next; hints.instance is the object whose relation,
--- or which itself, is read or written.
---@class ryx.Router
---@field db_for_read? fun(self: ryx.Router, model: ryx.ModelClass, hints: ryx.RouterHints): string?
---@field db_for_write? fun(self: ryx.Router, model: ryx.ModelClass, hints: ryx.RouterHints): string?
---@field allow_relation? fun(self: ryx.Router, a: ryx.Model, b: ryx.Model, hints: ryx.RouterHints): boolean?
---@field allow_migrate? fun(self: ryx.Router, alias: string, app_label: string, model_name: string): boolean?

---@class ryx.RouterHints
---@field instance? ryx.Model

--- Sets the router of the program; nil takes it away.
--- ryx.set_router{ db_for_read = function(self, model, hints) return "replica" end }
---@param router ryx.Router?
function M.set(router)
  if router ~= nil then
    errors.check_type(router, "table", "ryx.set_router")
    for _, name in ipairs(METHODS) do
      if router[name] ~= nil then errors.check_type(router[name], "function", "ryx.set_router: " .. name) end
    end
  end
  M.current = router
end

--- The router, or nil.  ryx.get_router()
---@return ryx.Router?
function M.get()
  return M.current
end

-- The alias that a method of the router names, or nil.
local function routed(name, meta, instance)
  local router = M.current
  local method = router[name]
  local alias = method and method(router, meta.class, { instance = instance })
  if alias == nil then return nil end
  if type(alias) ~= "string" then
    errors.raise("misuse", "%s of the router gives the name of an alias or nil, for %s it gave %s", name,
      meta.model_name, compat.show(alias))
  end
  return db.alias(alias)
end

-- Models of a registry with an alias are there and nowhere else.
local function is_asked(meta)
  return M.current and not meta.registry.alias
end

--- The alias that rows of a model are read on; `own` is that of the object they belong to.
function M.read(meta, own, instance)
  return is_asked(meta) and routed("db_for_read", meta, instance) or own or db.alias(meta.alias)
end

--- The same of writes.
function M.write(meta, own, instance)
  return is_asked(meta) and routed("db_for_write", meta, instance) or own or db.alias(meta.alias)
end

--- Refuses that an object of an alias refers to one of another, unless the router lets it.
--- `label` is what is set.
function M.check_relation(label, object, alias, other, other_alias)
  local router = M.current
  local method = router and router.allow_relation
  local allowed = method and method(router, object, other, { instance = object })
  if allowed == false then
    errors.raise("misuse", "%s: the router does not allow %s (of %q) to refer to %s (of %q)", label, tostring(object),
      alias.name, tostring(other), other_alias.name)
  end
  if allowed == nil and alias ~= other_alias then
    errors.raise("misuse", "%s: %s is of the database %q and %s of %q: take objects of one database, or let "
      .. "allow_relation of a router allow it", label, tostring(object), alias.name, tostring(other), other_alias.name)
  end
end

--- May the table of a model be made on an alias?
function M.may_migrate(alias, meta)
  local router = M.current
  local method = router and router.allow_migrate
  return not method or method(router, alias.name, meta.app_label, meta.model_name) ~= false
end

return M
