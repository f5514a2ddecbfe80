-- SPDX-License-Identifier: MIT
-- The types of models for Python, as what ryx.load("models.lua") gives has them. Modules are under names that no field
-- can have, for in a class its fields come first.

local TYPES = {
  bool = "bool", int = "int", double = "float", decimal = "_decimal.Decimal", text = "str", uuid = "_uuid.UUID",
  bytes = "bytes", date = "_datetime.date", time = "_datetime.time", datetime = "_datetime.datetime",
  datetimetz = "_datetime.datetime", duration = "_datetime.timedelta", json = "Any",
}

-- Names that Python has for itself.
local KEYWORDS = {}
for word in ("False None True and as assert async await break class continue def del elif else except finally for from "
    .. "global if import in is lambda nonlocal not or pass raise return try while with yield"):gmatch("%S+") do
  KEYWORDS[word] = true
end

local function type_of(field)
  if field.custom then return "Any" end
  if field.type == "array" then return "list[" .. (TYPES[field.elem] or "Any") .. " | None]" end
  return TYPES[field.type] or "Any"
end

local function maybe(type_name, null)
  return null and type_name .. " | None" or type_name
end

local function write_model(model, add)
  add("")
  add("class %s(Model):", model.name)
  add("    objects: ClassVar[Manager[%s]]", model.name)
  if model.key then add("    pk: %s", type_of(model.key)) end
  local function attribute(name, type_name)
    -- Of another name there is no attribute but by getattr().
    if not KEYWORDS[name] then add("    %s: %s", name, type_name) end
  end
  for _, field in ipairs(model.fields) do attribute(field.name, maybe(type_of(field), field.null)) end
  for _, r in ipairs(model.relations) do
    attribute(r.name, r.single and maybe(r.to, r.null) or ("RelatedManager[%s]"):format(r.to))
  end
end

return function(models)
  local out = {
    "# Made by `ryx types --format pyi` of the models: make it anew when they change.",
    "import datetime as _datetime", "import decimal as _decimal", "import uuid as _uuid",
    "from typing import Any, ClassVar", "",
    "from ryx.models import Model", "from ryx.queryset import Manager", "from ryx.related import RelatedManager",
  }
  local function add(fmt, ...) out[#out + 1] = fmt:format(...) end
  for _, model in ipairs(models) do write_model(model, add) end
  return table.concat(out, "\n") .. "\n"
end
