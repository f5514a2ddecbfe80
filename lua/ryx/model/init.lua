-- SPDX-License-Identifier: MIT
-- ryx.model: a class under its name, with what it has to do with other models.
local class = require "ryx.model.class"
local define = require "ryx.relation.define"
local errors = require "ryx.errors"

local M = {}

--- A model from fields, Meta and optionally an abstract model whose fields and
--- methods it takes.  local Post = ryx.model("Post", { title = ryx.CharField{} })
function M.model(name, def, base)
  if type(name) ~= "string" or not name:find("^%a[%w_]*$") then
    errors.raise("misuse", "ryx.model: %s is not a name", tostring(name))
  end
  if type(def) ~= "table" then errors.raise("misuse", "ryx.model(%q, { fields })", name) end
  local base_meta = type(base) == "table" and rawget(base, "_meta")
  if base and not (base_meta and base_meta.abstract) then
    errors.raise("misuse", "ryx.model(%q): only an abstract model can be built upon", name)
  end
  local model = class.new(name, def, base)
  if not model._meta.abstract then define.add(model) end
  return model
end

return M
