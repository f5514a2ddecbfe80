-- SPDX-License-Identifier: MIT
-- The types of models for lua-language-server: Post is an instance, PostModel its class, PostQuerySet its rows.

local TYPES = {
  bool = "boolean", int = "integer", double = "number", decimal = "ryx.Decimal", text = "string", uuid = "string",
  bytes = "string", date = "ryx.Date", time = "ryx.Time", datetime = "ryx.DateTime", datetimetz = "ryx.DateTime",
  duration = "ryx.Duration", json = "any",
}

local function type_of(field)
  if field.custom then return "any" end
  if field.type == "array" then return (TYPES[field.elem] or "any") .. "[]" end
  return TYPES[field.type] or "any"
end

-- Methods that give the rows themselves, and those that give a queryset of them again.
local ROWS = {
  { "all", "fun(self): %s[]" },
  { "get", "fun(self, first?: ryx.Condition|string, ...: any): %s" },
  { "first", "fun(self): %s?" },
  { "last", "fun(self): %s?" },
  { "create", "fun(self, values?: table<string, any>): %s" },
  { "get_or_create", "fun(self, values: table<string, any>): %s, boolean" },
  { "iter", "fun(self, options?: { chunk?: integer }): fun(): %s?" },
}
local CHAIN = {
  { "filter", "fun(self, first: ryx.Condition|string, ...: any): %s" },
  { "exclude", "fun(self, first: ryx.Condition|string, ...: any): %s" },
  { "order_by", "fun(self, ...: string|ryx.Expr): %s" },
  { "limit", "fun(self, n?: integer): %s" },
  { "offset", "fun(self, n: integer): %s" },
  { "select_related", "fun(self, ...: string|false): %s" },
  { "prefetch_related", "fun(self, ...: string|ryx.Prefetch|false): %s" },
  { "using", "fun(self, where: string|ryx.Transaction): %s" },
}

local KINDS = { many = "ryx.ManyManager", reverse = "ryx.ReverseManager" }

local function write_instance(model, add)
  add("---A row of %s.", model.table)
  add("---@class %s: ryx.Model", model.name)
  if model.key then add("---@field pk %s the key", type_of(model.key)) end
  for _, field in ipairs(model.fields) do
    add("---@field %s %s%s%s", field.name, type_of(field), field.null and "?" or "",
      field.help and " " .. field.help:gsub("%s+", " ") or "")
  end
  for _, r in ipairs(model.relations) do
    if r.single then
      add("---@field %s %s%s", r.name, r.to, r.null and "?" or "")
    else
      add("---@field %s %s|%sQuerySet", r.name, KINDS[r.kind], r.to)
    end
  end
end

local function write_rows(model, add)
  add("---@class %sQuerySet: ryx.QuerySet", model.name)
  for _, method in ipairs(ROWS) do add("---@field %s %s", method[1], method[2]:format(model.name)) end
  for _, method in ipairs(CHAIN) do add("---@field %s %s", method[1], method[2]:format(model.name .. "QuerySet")) end
  -- What managers of the model's own add; nobody knows what they give.
  for _, name in ipairs(model.methods) do add("---@field %s fun(self, ...: any): any", name) end
end

local function write_class(model, add)
  add("---@class %sModel: ryx.ModelClass", model.name)
  add("---@field objects %sQuerySet", model.name)
  for _, name in ipairs(model.managers) do add("---@field %s %sQuerySet", name, model.name) end
  add("---@overload fun(values?: table<string, any>): %s", model.name)
end

return function(models)
  local out = {
    "---@meta", "-- Made by `ryx types` of the models: make it anew when they change.",
  }
  local function add(fmt, ...) out[#out + 1] = fmt:format(...) end
  for _, model in ipairs(models) do
    for _, write in ipairs{ write_instance, write_rows, write_class } do
      out[#out + 1] = ""
      write(model, add)
    end
  end
  return table.concat(out, "\n") .. "\n"
end
