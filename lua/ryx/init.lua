-- SPDX-License-Identifier: MIT
-- The public names of ryx, each loaded when it is first used.
local M = { _VERSION = "0.1.0" }

-- name -> module, and the name there when it differs
local NAMES = {}
local function from(module, names)
  for name in names:gmatch("%S+") do
    local public, inner = name:match("^([^=]+)=?(.*)$")
    NAMES[public] = { module, inner ~= "" and inner or public }
  end
end
from("ryx.db", "setup close is_connected pool_stats")
from("ryx.value", "null decimal date time datetime duration now today bytes json array_meta")
from("ryx.query.lookup.catalog", "available_lookups=available")
from("ryx.query.lookup.custom", "register_lookup=register")
from("ryx.query.resolve.transform", "register_transform=register")
from("ryx.query.expr", "F Value New Subquery OuterRef")
from("ryx.query.expr.case", "Case When")
from("ryx.query.expr.raw", "Raw raw=Raw RawAgg Func")
from("ryx.query.expr.window", "Window")
from("ryx.query.expr.q", "Exists")
from("ryx.query.clause.cte", "CTE")
from("ryx.db.events", "on_query on_slow_query")
from("ryx.db.router", "set_router=set get_router=get")
from("ryx.row.record", "database_of")
from("ryx.db.comments", "tag")
from("ryx.signal", "Signal receiver signals")
from("ryx.query.read.prefetch", "Prefetch prefetch")
from("ryx.query.read.strict", "strict")
from("ryx.cache", "configure_cache=configure invalidate invalidate_model invalidate_all")
from("ryx.db.raw", "raw_fetch=fetch raw_execute=execute")
from("ryx.query.expr.q", "Q")
from("ryx.model", "model")
from("ryx.model.manager", "Manager")
from("ryx.meta.index", "Index Constraint")
from("ryx.meta.search_index", "SearchIndex")
from("ryx.migrations", "migrate")
from("ryx.field.uuid", "uuid4 uuid7")
from("ryx.field.custom", "field=define")
from("ryx.db.transaction", "transaction=run atomic")
from("ryx.db.advisory_lock", "advisory_lock=run")
from("ryx.query.write.copy_from", "copy_from=run")
from("ryx.query.write.bulk", "bulk_create bulk_update bulk_delete")
from("ryx.query.read.stream", "stream")
from("ryx.query.read.copy_to", "copy_to=run")
from("ryx.db.sequence", "reset_sequences=reset")
from("ryx.host.task", "run spawn gather sleep timeout wrap enqueue")
from("ryx.host", "attach")
from("ryx.host.report", "on_error")
from("ryx.errors", "try RyxError DatabaseError IntegrityError UniqueViolation ForeignKeyViolation NotNullViolation")
from("ryx.errors", "CheckViolation ProtectedError OperationalError ConnectionError TimeoutError CancelledError")
from("ryx.errors", "SerializationError DeadlockError CommitUnknown TransactionBroken UnsupportedError")
from("ryx.errors", "DoesNotExist MultipleObjectsReturned FieldError MisuseError PoolNotInitialized SQLSyntaxError")
from("ryx.validate.rules", "MaxLengthValidator MinLengthValidator MinValueValidator MaxValueValidator RangeValidator")
from("ryx.validate.rules", "NotNullValidator NotBlankValidator ChoicesValidator FunctionValidator")
from("ryx.validate.validation_error", "ValidationError")
from("ryx.validate.formats", "RegexValidator EmailValidator URLValidator IPv4Validator IPv6Validator")
from("ryx.validate.formats", "IPAddressValidator")

NAMES.testing = { "ryx.testing" } -- the module itself

local FIELDS = {
  number = "AutoField BigAutoField SmallAutoField IntField SmallIntField BigIntField PositiveIntField "
    .. "PositiveSmallIntField PositiveBigIntField FloatField DecimalField BooleanField NullBooleanField",
  text = "CharField TextField UUIDField",
  format = "SlugField EmailField URLField IPAddressField GenericIPAddressField",
  time = "DateField TimeField DateTimeField DurationField",
  json = "JSONField BinaryField",
  array = "ArrayField",
  generated = "GeneratedField",
  relation = "ForeignKey OneToOneField",
  many = "ManyToManyField",
}
for family, names in pairs(FIELDS) do
  for name in names:gmatch("%S+") do NAMES[name] = { "ryx.field." .. family, name, true } end
end

-- Expressions have the lookups as methods, which query/lookup adds: F"views":gt(5).
local function module_of(module)
  if module:find("^ryx%.query%.expr") then require "ryx.query.lookup" end
  return require(module)
end

-- Functions, aggregates and window functions are rows of one table.
local function function_of(name)
  if type(name) ~= "string" or not name:find("^%u") then return nil end
  local row = require("ryx.query.fn").row[name]
  return row and module_of("ryx.query.expr.call").constructor(row)
end

-- All that ryx has, whether it is loaded or not.
local function public_names()
  local names = {}
  for _, known in ipairs{ NAMES, require("ryx.query.fn").row } do
    for key in pairs(known) do names[#names + 1] = key end
  end
  return names
end

local function unknown(name)
  if type(name) == "string" and name:sub(1, 1) == "_" then return nil end
  local errors = require "ryx.errors"
  local near = errors.nearest(tostring(name), public_names()) -- they are too many for a list
  errors.raise("field_error", "ryx has no %s%s", require("ryx.compat").show(name),
    near and (" (did you mean %q?)"):format(near) or "")
end

return setmetatable(M, {
  names = public_names,
  __index = function(_, name)
    local where = NAMES[name]
    if not where then
      local fn = function_of(name)
      if not fn then return unknown(name) end
      M[name] = fn
      return fn
    end
    local module = module_of(where[1])
    if where[3] then module = require("ryx.field").constructors end
    local value = module
    if where[2] then value = module[where[2]] end
    M[name] = value
    return value
  end,
})
