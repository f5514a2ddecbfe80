-- SPDX-License-Identifier: MIT
-- The world as iso-codes and tzdata describe it.
local ryx = require "ryx"

local Country = ryx.model("Country", {
  alpha_2 = ryx.CharField{ max_length = 2, unique = true },
  alpha_3 = ryx.CharField{ max_length = 3, unique = true },
  numeric = ryx.IntField{ unique = true },
  flag = ryx.CharField{ max_length = 8 },
  name = ryx.CharField{ max_length = 100, db_index = true },
  official_name = ryx.CharField{ max_length = 200, null = true },
  names = ryx.JSONField{ null = true },
  Meta = { table_name = "atlas_countries", ordering = { "name" } },
})

local Subdivision = ryx.model("Subdivision", {
  code = ryx.CharField{ max_length = 8, unique = true },
  name = ryx.CharField{ max_length = 200, db_index = true },
  type = ryx.CharField{ max_length = 80 },
  country = ryx.ForeignKey("Country", { on_delete = "CASCADE", related_name = "subdivisions" }),
  parent = ryx.ForeignKey("self", { on_delete = "CASCADE", null = true, related_name = "children" }),
  Meta = { table_name = "atlas_subdivisions", ordering = { "code" } },
})

local Language = ryx.model("Language", {
  alpha_3 = ryx.CharField{ max_length = 3, unique = true },
  alpha_2 = ryx.CharField{ max_length = 2, unique = true, null = true },
  name = ryx.CharField{ max_length = 100 },
  inverted_name = ryx.CharField{ max_length = 100, null = true },
  scope = ryx.CharField{ max_length = 1 },
  type = ryx.CharField{ max_length = 1 },
  Meta = { table_name = "atlas_languages", ordering = { "alpha_3" } },
})

local Currency = ryx.model("Currency", {
  alpha_3 = ryx.CharField{ max_length = 3, unique = true },
  numeric = ryx.IntField{ unique = true },
  name = ryx.CharField{ max_length = 100 },
  Meta = { table_name = "atlas_currencies", ordering = { "alpha_3" } },
})

local TimeZone = ryx.model("TimeZone", {
  name = ryx.CharField{ max_length = 64, unique = true },
  latitude = ryx.DecimalField{ max_digits = 8, decimal_places = 4 },
  longitude = ryx.DecimalField{ max_digits = 8, decimal_places = 4 },
  comments = ryx.CharField{ max_length = 100, null = true },
  countries = ryx.ManyToManyField("Country", { through = "CountryZone", related_name = "zones" }),
  Meta = { table_name = "atlas_time_zones", ordering = { "name" } },
})

-- A time zone spans countries and a country time zones. The link says something itself,
-- so it is a model of its own.
local CountryZone = ryx.model("CountryZone", {
  country = ryx.ForeignKey("Country", { on_delete = "CASCADE", related_name = "zone_links" }),
  zone = ryx.ForeignKey("TimeZone", { on_delete = "CASCADE", related_name = "country_links" }),
  is_first = ryx.BooleanField{ default = false },
  Meta = { table_name = "atlas_country_zones", unique_together = { { "country", "zone" } } },
})

return {
  Country = Country,
  Subdivision = Subdivision,
  Language = Language,
  Currency = Currency,
  TimeZone = TimeZone,
  CountryZone = CountryZone,
  all = { Country, Subdivision, Language, Currency, TimeZone, CountryZone },
}
