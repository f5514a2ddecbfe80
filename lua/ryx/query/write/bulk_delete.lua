-- SPDX-License-Identifier: MIT
-- qs:bulk_delete: the rows of many instances.
local batch = require "ryx.query.write.batch"
local errors = require "ryx.errors"
local key_of = require "ryx.meta.key"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local undone = require "ryx.query.write.undone"

local methods = {}

local rawget, rawset = rawget, rawset

local OPTIONS = { batch_size = true }

local function keys_of(meta, list)
  local keys = {}
  for i, object in ipairs(list) do
    key_of.check(meta, object, "bulk_delete")
    local key = object.pk
    if key == nil or rawget(object, "_r") == nil then
      errors.raise("misuse", "bulk_delete: item %d is not saved: %s", i, tostring(object))
    end
    keys[i] = key
  end
  return keys
end

-- They stay, unsaved, as after object:delete().
local function forget(meta, list)
  for _, object in ipairs(list) do
    key_of.forget(meta, object)
    rawset(object, "_r", nil)
  end
end

--- Deletes the rows of many saved instances, all or none; returns how many there were. In one
--- statement, unless batch_size cuts it. Those of a queryset's rows only, where it has
--- conditions.
--- Post.objects:bulk_delete(list)  -> DELETE FROM "posts" WHERE "id" IN ($1, $2)
---@param list ryx.Model[]
---@param options? { batch_size?: integer }
---@return integer
function methods:bulk_delete(list, options)
  queryset.refuse_slice(self, "bulk_delete")
  options = options or {}
  errors.check_options(options, OPTIONS, "bulk_delete")
  local meta = self.node.meta
  batch.check(meta, list, "bulk_delete")
  local size = options.batch_size and batch.size(options, "bulk_delete") or math.max(#list, 1)
  if not meta.pk_field then size = math.min(size, key_of.PORTION) end
  local chunks = batch.chunks(keys_of(meta, list), size)
  if #chunks == 0 then return 0 end
  local alias = batch.alias(self, list, "bulk_delete")
  local around = self.tx or run.current_tx(alias)
  if around then undone.deleting(around, meta, list) end
  local n = batch.together(alias, self.tx, #chunks, function(tx)
    local deleted = 0
    for _, keys in ipairs(chunks) do
      deleted = deleted + self:filter("pk__in", keys):using(tx or alias.name):delete()
    end
    return deleted
  end)
  forget(meta, list)
  return n
end

return { methods = methods }
