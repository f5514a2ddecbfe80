-- SPDX-License-Identifier: MIT
-- Rows as text, to compare. Checks of conditions by the names of the rows they keep: logic is
-- two-valued, so what a filter keeps and what exclude keeps make all rows.
local null = require("ryx").null

local M = {}

--- Names of a queryset's rows, in order of name, with spaces between.
function M.names(qs)
  local names = qs:order_by("name"):values_list("name", { flat = true }):all()
  return table.concat(names, " ")
end

--- Columns of a queryset's rows, in its order: "a:1 b:2", an unknown value as "-".
function M.columns(qs, ...)
  local out = {}
  for i, row in ipairs(qs:values_list(...):all()) do
    local parts = {}
    for k = 1, #row do parts[k] = row[k] == null and "-" or tostring(row[k]) end
    out[i] = table.concat(parts, ":")
  end
  return table.concat(out, " ")
end

local function without(all, some)
  local drop, out = {}, {}
  for name in some:gmatch("%S+") do drop[name] = true end
  for name in all:gmatch("%S+") do
    if not drop[name] then out[#out + 1] = name end
  end
  return table.concat(out, " ")
end

local function show(v)
  if type(v) ~= "table" or getmetatable(v) ~= nil then return tostring(v) end
  local parts = {}
  for key, item in pairs(v) do
    parts[#parts + 1] = type(key) == "number" and show(item) or tostring(key) .. " = " .. show(item)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function differ(expected, got, condition, what)
  if expected == got then return nil end
  return ("%s %s: expected (%s), got (%s)"):format(what, show(condition), expected, got)
end

--- Each case is { condition, names }: filter keeps those, exclude the others.
function M.check(objects, cases)
  local all, wrong = M.names(objects), {}
  for _, c in ipairs(cases) do
    wrong[#wrong + 1] = differ(c[2], M.names(objects:filter(c[1])), c[1], "filter")
    wrong[#wrong + 1] = differ(without(all, c[2]), M.names(objects:exclude(c[1])), c[1], "exclude")
  end
  if #wrong > 0 then error(table.concat(wrong, "\n"), 2) end
end

-- What is wrong with the error of a case { fn, kind, text... }, or nil.
local function wrong_with(c)
  local ok, e = pcall(c[1])
  if ok then return ("no error, wanted %s %s"):format(c[2], tostring(c[3])) end
  if type(e) ~= "table" then return "not an error of ryx: " .. tostring(e) end
  if e.kind ~= c[2] then return ("%s, not %s: %s"):format(e.kind, c[2], tostring(e)) end
  for k = 3, #c do
    if not tostring(e):find(c[k], 1, true) then return ("%q lacks %q"):format(tostring(e), c[k]) end
  end
  -- A tail call leaves the spec's own file.
  if not tostring(e.where):find("spec/.*%.lua:%d+$") then
    return ("raised at %s: %s"):format(tostring(e.where), tostring(e))
  end
end

--- Each case is { fn, kind, text... }: an error of that kind whose text holds all of
--- these, raised outside ryx.
function M.refused(cases)
  local all = {}
  for i, c in ipairs(cases) do
    local wrong = wrong_with(c)
    if wrong then all[#all + 1] = ("case %d: %s"):format(i, wrong) end
  end
  if #all > 0 then error(table.concat(all, "\n"), 2) end
end

return M
