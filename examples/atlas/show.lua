-- SPDX-License-Identifier: MIT
-- A handful of questions to the atlas.
local ryx = require "ryx"
local models = require "models"
local Q = ryx.Q

local M = {}

-- Terminal cells of a text: a flag is two code points and two cells; marks that
-- combine take none.
local function width(text)
  local n = 0
  for lead, rest in text:gmatch("([%z\1-\127\194-\244])([\128-\191]*)") do
    local combining = (lead == "\204" or (lead == "\205" and rest < "\176")) and #rest == 1
    if not combining then n = n + 1 end
  end
  return n
end

local function pad(text, to, right)
  local space = (" "):rep(to - width(text))
  return right and space .. text or text .. space
end

--- Prints rows under a title. Columns are names; numbers stand on the right.
function M.table(title, columns, rows)
  local widths, right = {}, {}
  for c, name in ipairs(columns) do
    widths[c] = width(name)
    for _, row in ipairs(rows) do
      local cell = row[c]
      if type(cell) == "number" then right[c] = true end
      row[c] = cell == nil and "" or type(cell) == "number" and ("%d"):format(cell) or tostring(cell)
      widths[c] = math.max(widths[c], width(row[c]))
    end
  end
  local function line(cells)
    local out = {}
    for c = 1, #columns do out[c] = pad(cells[c], widths[c], right[c]) end
    print(("  " .. table.concat(out, "   ")):match("^(.-)%s*$"))
  end
  local rules = {}
  for c = 1, #columns do rules[c] = ("─"):rep(widths[c]) end
  print()
  print(title)
  print()
  line(columns)
  line(rules)
  for _, row in ipairs(rows) do line(row) end
end

local function rows_of(list, fn)
  local rows = {}
  for i, item in ipairs(list) do rows[i] = fn(item) end
  return rows
end

function M.counts()
  local rows = {}
  for _, model in ipairs(models.all) do
    rows[#rows + 1] = { model._meta.table_name:gsub("^atlas_", ""):gsub("_", " "), model.objects:count() }
  end
  M.table("What the atlas holds", { "what", "rows" }, rows)
end

function M.countries()
  local list = models.Country.objects:filter{ name__startswith = "S" }:order_by("name"):limit(8):all()
  M.table("Countries from S on", { "", "country", "code", "officially" }, rows_of(list, function(c)
    return { c.flag, c.name, c.alpha_3, c.official_name or c.name }
  end))
end

function M.provinces()
  local rows = ryx.raw_fetch([[
    SELECT c.flag AS flag, c.name AS name, COUNT(*) AS n
      FROM atlas_subdivisions s JOIN atlas_countries c ON c.id = s.country_id
     GROUP BY c.id, c.flag, c.name ORDER BY n DESC, c.name LIMIT ?]], { 8 })
  M.table("Most divided", { "", "country", "subdivisions" }, rows_of(rows, function(r)
    return { r.flag, r.name, r.n }
  end))
end

function M.france()
  local france = models.Country.objects:get{ alpha_2 = "FR" }
  local regions = models.Subdivision.objects:filter{ country = france, parent = ryx.null, type = "Metropolitan region" }
    :order_by("name"):limit(6):all()
  local columns = { "code", "region", "departments", "among them" }
  M.table("Regions of " .. france.name .. " and their first departments", columns, rows_of(regions, function(r)
    local parts = models.Subdivision.objects:filter{ parent = r }:order_by("name")
    local names = {}
    for i, d in ipairs(parts:limit(3):all()) do names[i] = d.name end
    return { r.code, r.name, parts:count(), table.concat(names, ", ") }
  end))
end

function M.names()
  local wanted = Q.any{
    name__contains = "ø", name__icontains = "ÞING", name__startswith = "Ħ", name__istartswith = "łÓDZ",
    name__endswith = "ằng", code__in = { "AZ-KAN", "SA-01", "AM-LO", "YE-SD", "KP-01" },
  }
  local list = models.Subdivision.objects:filter(wanted):order_by("code"):all()
  M.table("Names with marks of their own", { "code", "name", "kind", "country" }, rows_of(list, function(s)
    return { s.code, s.name, s.type, s.country.name }
  end))
end

function M.languages()
  local list = models.Language.objects:filter{ type = "C" }:order_by("name"):limit(10):all()
  M.table("Invented languages", { "code", "language" }, rows_of(list, function(l) return { l.alpha_3, l.name } end))
end

function M.money()
  local list = models.Currency.objects
    :filter(Q{ name__icontains = "KRONA" } + Q{ alpha_3__in = { "DKK", "NOK", "CZK" } })
    :order_by("alpha_3"):all()
  M.table("Crowns", { "code", "number", "currency" }, rows_of(list, function(c)
    return { c.alpha_3, c.numeric, c.name }
  end))
end

function M.zones()
  local rows = ryx.raw_fetch([[
    SELECT z.name AS zone, COUNT(*) AS n, MIN(c.name) AS first, MAX(c.name) AS last
      FROM atlas_country_zones l
      JOIN atlas_time_zones z ON z.id = l.zone_id
      JOIN atlas_countries c ON c.id = l.country_id
     GROUP BY z.id, z.name ORDER BY n DESC, z.name LIMIT ?]], { 6 })
  M.table("Time zones that most countries share", { "zone", "countries", "from", "to" }, rows_of(rows, function(r)
    return { r.zone, r.n, r.first, r.last }
  end))
  local south = models.TimeZone.objects:filter{ latitude__lt = "-51" }:order_by("latitude"):limit(5):all()
  M.table("Farthest south", { "zone", "latitude", "longitude" }, rows_of(south, function(z)
    return { z.name, z.latitude, z.longitude }
  end))
end

--- All of them, each timed by `step`.
function M.all(step)
  for _, name in ipairs{ "counts", "countries", "provinces", "france", "names", "languages", "money", "zones" } do
    step(name, M[name])
  end
end

return M
