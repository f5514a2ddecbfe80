-- SPDX-License-Identifier: MIT
-- post:get_status_display(): what people see of a field with choices.
local choices = require "ryx.field.choices"

--- Adds the methods to a class that does not have them yet.
return function(class, meta)
  for _, f in ipairs(meta.fields) do
    local name = "get_" .. f.name .. "_display"
    if f.choices and rawget(class, name) == nil then
      rawset(class, name, function(object) return choices.label(f, object[f.attname]) end)
    end
  end
end
