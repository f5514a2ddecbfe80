-- SPDX-License-Identifier: MIT
-- The compiler: a new shape, one from a description, one that is known. There is
-- nothing written by hand to compare with: the second column is the limit.
local db = require "ryx.db"
local encode = require "ryx.query.ir.encode"
local measure = require "measure"
local plans = require "ryx.query.read.plan"
local raw = require "raw"
local ryx = require "ryx"

local PAIRS, median, row, time = measure.pairs, measure.median, measure.row, measure.time
local Q = ryx.Q

local function models()
  local Person = ryx.model("BenchPerson", { name = ryx.CharField{ max_length = 100 }, age = ryx.IntField() })
  return ryx.model("Shape", {
    name = ryx.CharField{ max_length = 100 },
    active = ryx.BooleanField(),
    featured = ryx.BooleanField(),
    views = ryx.IntField(),
    author = ryx.ForeignKey(Person),
  })
end

-- The description of a queryset is what its first compilation hands on.
local function description_of(qs, alias)
  local description
  local select = encode.select
  encode.select = function(query)
    description = select(query)
    return description
  end
  plans.plan_for(qs, alias, "all")
  encode.select = select
  return description
end

-- Nanoseconds of one call of fn: the median of batches.
local function nanoseconds(fn)
  local times, loops = {}, 2000
  for i = 1, PAIRS do
    collectgarbage()
    times[i] = time(function()
      for _ = 1, loops do fn() end
    end) / loops * 1e9
  end
  return median(times)
end

local function ns(what, took, limit)
  row(what, ("%.0f ns"):format(took), limit and ("%d ns"):format(limit) or "-", limit and took / limit or 0,
    limit and 1)
end

local function shape(name, qs, alias, new_ns)
  local description = description_of(qs, alias)
  local fresh, cached = {}, {}
  for i = 1, PAIRS do fresh[i], cached[i] = raw.compile(description, "postgres", 2000) end
  ns("compile " .. name .. ", new", median(fresh), new_ns)
  ns("compile " .. name .. ", from a description", median(cached), 600)
  ns("compile " .. name .. ", from a known shape", nanoseconds(function() plans.plan(qs.node, alias, "all") end), 150)
end

local function tree(n)
  return (Q{ name = "a" } + Q{ name__startswith = "b" }) * (Q{ views__gte = n } + Q{ views__lt = 10 } + Q{ views = 5 })
    * -Q{ active = false } * (Q{ featured = true } + Q{ author__name = "ann" })
    * (Q{ author__age__gte = 18 } + Q{ author__age__isnull = true })
end

-- Microseconds of a chain that nobody has made before, and of its SQL.
local n_cold = 0
local function cold(Shape, n_clauses)
  local times = {}
  for i = 1, PAIRS do
    collectgarbage()
    times[i] = time(function()
      n_cold = n_cold + 1
      local qs = Shape.objects:alias{ ["name" .. n_cold] = ryx.F"views" }
      for n = 2, n_clauses do qs = qs:filter{ views__gte = n } end
      qs:sql()
    end) * 1e6
  end
  return median(times)
end

local function cold_rows(Shape)
  for _, case in ipairs{ { 5, 300 }, { 32, 1500 }, { 100, 4000 } } do
    local n, limit = case[1], case[2]
    local us = cold(Shape, n)
    row(("a cold chain of %d clauses and its SQL"):format(n), ("%.0f us"):format(us), ("%d us"):format(limit),
      us / limit, 1)
  end
end

return function()
  ryx.setup("sqlite::memory:")
  local Shape, alias = models(), db.alias("default")
  -- Shapes 1 and 4 of the reference's compiler benchmark, as the WHERE of a SELECT.
  shape("name = ?", Shape.objects:filter{ name = "test" }, alias, 1000)
  shape("(active and views) or featured",
    Shape.objects:filter(Q{ active = true } * Q{ views__gte = 100 } + Q{ featured = true }), alias, 3000)
  shape("Q of 10 leaves, a join", Shape.objects:filter(tree(1)), alias, 3000)
  local q = tree(1)
  ns("building that Q", nanoseconds(function() tree(2) end))
  ns("filter by that Q, to its known node", nanoseconds(function() Shape.objects:filter(q) end))
  ns("filter + order_by + limit of a known shape", nanoseconds(function()
    Shape.objects:filter{ views__gte = 3 }:order_by("-views"):limit(10)
  end), 2500)
  cold_rows(Shape)
  ryx.close()
end
