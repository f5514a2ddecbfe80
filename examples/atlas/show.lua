-- SPDX-License-Identifier: MIT
-- A handful of questions to the atlas. Each is asked in as many statements as it has
-- parts, however many rows it shows.
local ryx = require "ryx"
local models = require "models"
local Q, Count, Max, Min = ryx.Q, ryx.Count, ryx.Max, ryx.Min

local M = {
  times = 1, -- how many times as many rows the questions show
}

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
  local list = models.Country.objects:filter{ name__startswith = "S" }:order_by("name"):limit(8 * M.times):all()
  M.table("Countries from S on", { "", "country", "code", "officially" }, rows_of(list, function(c)
    return { c.flag, c.name, c.alpha_3, c.official_name or c.name }
  end))
end

function M.provinces()
  local list = models.Country.objects:annotate{ n = Count("subdivisions") }:order_by("-n", "name"):limit(8 * M.times)
  M.table("Most divided", { "", "country", "subdivisions" }, rows_of(list:all(), function(c)
    return { c.flag, c.name, c.n }
  end))
end

-- The number of departments comes with each region, their names in one more statement for
-- all regions.
function M.france()
  local France = Q{ country__alpha_2 = "FR" }
  local first = ryx.Prefetch("children", {
    queryset = models.Subdivision.objects:order_by("name"), limit = 3, to = "first_parts",
  })
  local regions = models.Subdivision.objects:filter(France, { parent = ryx.null, type = "Metropolitan region" })
    :annotate{ n = Count("children") }:select_related("country"):prefetch_related(first)
    :order_by("name"):limit(6 * M.times):all()
  local columns = { "code", "region", "departments", "among them" }
  local title = "Regions of " .. regions[1].country.name .. " and their first departments"
  M.table(title, columns, rows_of(regions, function(r)
    local names = rows_of(r.first_parts, function(d) return d.name end)
    return { r.code, r.name, r.n, table.concat(names, ", ") }
  end))
end

function M.names()
  local wanted = Q.any{
    name__contains = "ø", name__icontains = "ÞING", name__startswith = "Ħ", name__istartswith = "łÓDZ",
    name__endswith = "ằng", code__in = { "AZ-KAN", "SA-01", "AM-LO", "YE-SD", "KP-01" },
  }
  local list = models.Subdivision.objects:filter(wanted):select_related("country"):order_by("code"):all()
  M.table("Names with marks of their own", { "code", "name", "kind", "country" }, rows_of(list, function(s)
    return { s.code, s.name, s.type, s.country.name }
  end))
end

function M.languages()
  local list = models.Language.objects:filter{ type = "C" }:order_by("name"):limit(10 * M.times):all()
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
  local shared = models.TimeZone.objects
    :annotate{ n = Count("countries"), first = Min("countries__name"), last = Max("countries__name") }
    :order_by("-n", "name"):limit(6 * M.times):all()
  local columns = { "zone", "countries", "from", "to" }
  M.table("Time zones that most countries share", columns, rows_of(shared, function(z)
    return { z.name, z.n, z.first, z.last }
  end))
  local south = models.TimeZone.objects:filter{ latitude__lt = "-51" }:order_by("latitude"):limit(5 * M.times):all()
  M.table("Farthest south", { "zone", "latitude", "longitude" }, rows_of(south, function(z)
    return { z.name, z.latitude, z.longitude }
  end))
end

M.questions = { "counts", "countries", "provinces", "france", "names", "languages", "money", "zones" }

--- All of them, each timed by `step`.
function M.all(step)
  for _, name in ipairs(M.questions) do step(name, M[name]) end
end

return M
