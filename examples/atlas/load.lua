-- SPDX-License-Identifier: MIT
-- Fills the tables: one transaction, rows in bulk, keys taken from what was
-- written before.
local ryx = require "ryx"
local models = require "models"
local source = require "source"

local function countries(records)
  local by_code, rows = {}, {}
  for i, r in ipairs(records) do
    local country = models.Country{
      alpha_2 = r.alpha_2,
      alpha_3 = r.alpha_3,
      numeric = tonumber(r.numeric),
      flag = r.flag,
      name = r.common_name or r.name,
      official_name = r.official_name,
      names = { short = r.name, common = r.common_name, official = r.official_name },
    }
    rows[i], by_code[r.alpha_2] = country, country
  end
  models.Country.objects:bulk_create(rows)
  return by_code, #rows
end

-- A parent must have its key before its children are written, so they go in
-- waves: first those without a parent, then their children, and so on.
local function subdivisions(records, country_of)
  local done, waiting, total = {}, records, 0
  while #waiting > 0 do
    local wave, later = {}, {}
    for _, r in ipairs(waiting) do
      local land = r.code:sub(1, 2)
      -- Some parents are written without the country in front.
      local parent = r.parent and (r.parent:find("-", 1, true) and r.parent or land .. "-" .. r.parent)
      if parent and not done[parent] then
        later[#later + 1] = r
      else
        wave[#wave + 1] = models.Subdivision{
          code = r.code,
          name = r.name,
          type = r.type,
          country = country_of[land],
          parent = parent and done[parent] or nil,
        }
      end
    end
    if #wave == 0 then error(("%d subdivisions name a parent that is not listed"):format(#later), 0) end
    models.Subdivision.objects:bulk_create(wave)
    for _, s in ipairs(wave) do done[s.code] = s end
    total, waiting = total + #wave, later
  end
  return total
end

local function languages(records)
  local rows = {}
  for i, r in ipairs(records) do
    rows[i] = models.Language{
      alpha_3 = r.alpha_3,
      alpha_2 = r.alpha_2,
      name = r.name,
      inverted_name = r.inverted_name,
      scope = r.scope,
      type = r.type,
    }
  end
  models.Language.objects:bulk_create(rows)
  return #rows
end

local function currencies(records)
  local rows = {}
  for i, r in ipairs(records) do
    rows[i] = models.Currency{ alpha_3 = r.alpha_3, numeric = tonumber(r.numeric), name = r.name }
  end
  models.Currency.objects:bulk_create(rows)
  return #rows
end

local function zones(records, country_of)
  local rows, links = {}, {}
  for i, r in ipairs(records) do
    rows[i] = models.TimeZone{
      name = r.name,
      latitude = r.latitude,
      longitude = r.longitude,
      comments = r.comments,
    }
  end
  models.TimeZone.objects:bulk_create(rows)
  for i, r in ipairs(records) do
    for j, code in ipairs(r.codes) do
      links[#links + 1] = models.CountryZone{ country = country_of[code], zone = rows[i], is_first = j == 1 }
    end
  end
  models.CountryZone.objects:bulk_create(links)
  return #rows, #links
end

--- Creates the tables, empties them, and loads everything. `step(name, fn)` runs
--- each part: fn returns how many rows it wrote.
return function(step)
  step("tables", function()
    ryx.migrate(models.all)
    return #models.all
  end)
  ryx.transaction(function()
    for i = #models.all, 1, -1 do models.all[i].objects:delete_all() end
    local country_of
    step("countries", function()
      local n
      country_of, n = countries(source.iso("3166-1"))
      return n
    end)
    step("subdivisions", function() return subdivisions(source.iso("3166-2"), country_of) end)
    step("languages", function() return languages(source.iso("639-3")) end)
    step("currencies", function() return currencies(source.iso("4217")) end)
    step("time zones", function() return (zones(source.zones(), country_of)) end)
  end)
end
