-- SPDX-License-Identifier: MIT
-- What this ryx can do, found by asking for it: each feature is a query whose SQL
-- must be made. A run in earnest needs every one of them.
local compat = require "ryx.compat"

local M = {}

local MODELS = [[
local ryx = ...
local Target = ryx.model("DiffTarget", { name = ryx.CharField{}, n = ryx.IntField{} })
return Target, ryx.model("DiffProbe", {
  name = ryx.CharField{}, n = ryx.IntField{}, m = ryx.IntField{ null = true }, at = ryx.DateTimeField{},
  doc = ryx.JSONField{}, flag = ryx.BooleanField{}, target = ryx.ForeignKey(Target, { related_name = "probes" }),
})
]]

local MANY = [[
local ryx = ...
local Side = ryx.model("DiffSide", { name = ryx.CharField{} })
return Side, ryx.model("DiffMany", {
  name = ryx.CharField{}, sides = ryx.ManyToManyField("DiffSide", { related_name = "many" }),
})
]]

local PROBES = {
  forward = 'probe:filter("target__name", "x")',
  reverse = 'target:filter("probes__n", 1)',
  regex = 'probe:filter("name__regex", "x")',
  parts = 'probe:filter("at__year__gt", 2020)',
  json = 'probe:filter("doc__n__gt", 1)',
  ["json order"] = 'probe:order_by("doc__n")',
  Func = 'probe:annotate{ x = ryx.Func("abs", { "n" }, { type = "int" }) }',
  Raw = 'probe:annotate{ x = ryx.Raw("1 + ?", { 1 }, { type = "int" }) }',
  cte = 'ryx.CTE("c", probe:values("n")):rows()',
  join = 'probe:join(target:values("n"), { alias = "j", on = { n = "n" } })',
  dates = 'probe:datetimes("at", "day")',
  f = 'probe:filter("n__gt", ryx.F"m" + 1)',
  subquery = 'probe:filter("target__in", target:filter("n", 1):values("id"))',
  exists = 'target:filter(ryx.Exists(probe:filter("target", ryx.OuterRef("pk"))))',
  ["subquery value"] = 'target:annotate{ x = ryx.Subquery(probe:filter("target", ryx.OuterRef("pk"))'
    .. ':order_by("n", "id"):values("n"):limit(1)) }',
  ["distinct on"] = 'probe:distinct("n"):order_by("n", "-id")',
  case = 'probe:annotate{ x = ryx.Case{ ryx.When(ryx.Q{ n = 1 }, "a"), default = "b" } }',
  annotate = 'probe:annotate{ x = ryx.F"n" + 1 }',
  alias = 'probe:alias{ x = ryx.F"n" + 1 }',
  ["time arithmetic"] = 'probe:annotate{ x = ryx.F"at" + ryx.duration{ days = 1 } }',
  ["nulls order"] = 'probe:order_by(ryx.F"m":desc{ nulls = "last" })',
  values = 'probe:values("name", "target__name")',
  values_list = 'probe:values_list("name", { flat = true })',
  aggregate = 'probe:annotate{ x = ryx.Count("target") } and probe.aggregate and probe',
  ["aggregate filter"] = 'probe:values("name"):annotate{ x = ryx.Count("n", { filter = ryx.Q{ n = 1 } }) }',
  ["aggregate default"] = 'probe:values("name"):annotate{ x = ryx.Sum("n", { default = 0 }) }',
  group = 'probe:values("name"):annotate{ x = ryx.Sum("n") }',
  having = 'probe:values("name"):annotate{ x = ryx.Sum("n") }:filter{ x__gt = 1 }',
  counted = 'target:annotate{ x = ryx.Count("probes") }',
  window = 'probe:annotate{ x = ryx.Window(ryx.RowNumber(), { partition_by = { "n" }, order_by = { "m", "id" } }) }',
  set = 'probe:values_list("n"):union(target:values_list("n"))',
  links = 'ryx.ManyToManyField and probe',
  many = 'ryx.ManyToManyField and many()',
}
local FUNCTIONS = {
  Lower = '"name"', Upper = '"name"', Length = '"name"', Trim = '"name"', Concat = '"name", "name"', Abs = '"n"',
  Mod = '"n", 2', IntDiv = '"n", 2', Substr = '"name", 1, 2', Left = '"name", 1', Right = '"name", 1',
  Replace = '"name", ryx.Value("a"), ryx.Value("b")', Greatest = '"n", "m"', Least = '"n", "m"', NullIf = '"n", "m"',
  Trunc = '"at", "month"', LTrim = '"name"', RTrim = '"name"', Repeat = '"name", 2',
    LPad = '"name", 2, ryx.Value("x")',
  RPad = '"name", 2, ryx.Value("x")', StrIndex = '"name", ryx.Value("x")', Sign = '"n"', Floor = '"n"', Ceil = '"n"',
  Coalesce = '"m", "n"', Extract = '"at", "year"',
}
for name, args in pairs(FUNCTIONS) do
  PROBES["fn " .. name] = ("probe:annotate{ x = ryx.%s(%s) }"):format(name, args)
end

for name, args in pairs{ StringAgg = '"name", ",", { order_by = { "name" } }', BoolAnd = '"flag"',
  BoolOr = '"flag"', Median = '"n"', Percentile = '"n", 0.9', Mode = '"name"' } do
  PROBES["agg " .. name] = ('probe:values("name"):annotate{ x = ryx.%s(%s) }'):format(name, args)
end

local function query(ryx, source, probe, target, alias)
  local fn = assert(compat.load("local ryx, probe, target, many = ... return " .. source, "=feature", {}))
  local function many()
    local _, class = assert(compat.load(MANY, "=models", {}))(ryx)
    return class.objects:using(alias):filter("sides__name", "x")
  end
  return fn(ryx, probe, target, many)
end

--- name -> is it there?, and the reasons of those that are not.
function M.probe(ryx, alias)
  local Target, Probe = assert(compat.load(MODELS, "=models", {}))(ryx)
  local on, missing = {}, {}
  for _, name in ipairs(compat.sorted_keys(PROBES)) do
    local ok, err = pcall(function()
      local qs = query(ryx, PROBES[name], Probe.objects:using(alias), Target.objects:using(alias), alias)
      return assert(qs, "not there"):sql()
    end)
    on[name] = ok
    if not ok then missing[#missing + 1] = { name, tostring(err) } end
  end
  return on, missing
end

return M
