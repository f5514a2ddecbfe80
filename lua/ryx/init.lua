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
from("ryx.db", "setup close is_connected pool_stats null decimal date time datetime duration now today bytes json")
from("ryx.db", "available_lookups=lookups array_meta")
from("ryx.query.run", "on_query")
from("ryx.query.raw", "raw_fetch=fetch raw_execute=execute")
from("ryx.query.q", "Q")
from("ryx.model", "model")
from("ryx.model.index", "Index Constraint")
from("ryx.migrations", "migrate")
from("ryx.transaction", "transaction=run")
from("ryx.task", "run spawn gather sleep timeout wrap enqueue")
from("ryx.host", "attach")
from("ryx.errors", "try RyxError DatabaseError IntegrityError UniqueViolation ForeignKeyViolation NotNullViolation")
from("ryx.errors", "CheckViolation ProtectedError OperationalError ConnectionError TimeoutError CancelledError")
from("ryx.errors", "SerializationError DeadlockError CommitUnknown TransactionBroken UnsupportedError ValidationError")
from("ryx.errors", "DoesNotExist MultipleObjectsReturned FieldError MisuseError PoolNotInitialized")
from("ryx.validate.rules", "MaxLengthValidator MinLengthValidator MinValueValidator MaxValueValidator RangeValidator")
from("ryx.validate.rules", "NotNullValidator NotBlankValidator ChoicesValidator FunctionValidator")

local FIELDS = {
  number = "AutoField BigAutoField SmallAutoField IntField SmallIntField BigIntField PositiveIntField FloatField "
    .. "DecimalField BooleanField NullBooleanField",
  text = "CharField TextField UUIDField",
  time = "DateField TimeField DateTimeField DurationField",
  json = "JSONField BinaryField",
  relation = "ForeignKey OneToOneField",
}
for family, names in pairs(FIELDS) do
  for name in names:gmatch("%S+") do NAMES[name] = { "ryx.field." .. family, name, true } end
end

return setmetatable(M, {
  __index = function(_, name)
    local where = NAMES[name]
    if not where then return nil end
    local module = require(where[1])
    if where[3] then module = require("ryx.field").constructors end
    local value = module[where[2]]
    M[name] = value
    return value
  end,
})
