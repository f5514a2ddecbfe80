-- SPDX-License-Identifier: MIT
-- Random queries on all databases and through a slow evaluator over the same
-- rows: all must agree. Speaks TAP.
--   RYX_DIFF_SEED     where to begin (printed; the clock without it)
--   RYX_DIFF_QUERIES  how many (2000)
--   RYX_DIFF_FIRST    the number of the first (1, 101, 201 ...): a large run in pieces, which
--                     may run side by side, has the same queries as in one
--   RYX_DIFF_ALIASES  fewer databases, as in "sqlite,postgres"
--   RYX_DIFF_ONLY     the number of one query, to run it alone
--   RYX_DIFF_REPORTS  how many disagreements are told in full (12)
--   RYX_DIFF_PARTIAL  1: features that are missing are left out instead of failing
local here = arg[0]:match("^(.*)/differential/[^/]*$") or "spec"
package.path = here .. "/?.lua;" .. package.path

local compare = require "differential.compare"
local features = require "differential.features"
local figures = require "differential.figures"
local generate = require "differential.generate"
local load_world = require "differential.load"
local random = require "differential.random"
local ryx = require "ryx"
local shrink = require "differential.shrink"
local ternary = require "differential.ternary"
local worlds = require "differential.world"

local PER_WORLD, PER_LINE, SHRINK_ATTEMPTS = 100, 50, 400

local seed = tonumber(os.getenv("RYX_DIFF_SEED")) or os.time() % 1000000
local total = tonumber(os.getenv("RYX_DIFF_QUERIES")) or 2000
local begin = tonumber(os.getenv("RYX_DIFF_FIRST")) or 1
local reports = tonumber(os.getenv("RYX_DIFF_REPORTS")) or 12
local only_query = tonumber(os.getenv("RYX_DIFF_ONLY"))
local partial = os.getenv("RYX_DIFF_PARTIAL") == "1"

local tests, failures = 0, 0

local function report(ok, name, details)
  tests = tests + 1
  if not ok then failures = failures + 1 end
  print(("%sok %d - %s"):format(ok and "" or "not ", tests, name))
  if details then print((details:gsub("[^\n]+", "# %0"))) end
  io.stdout:flush()
end

local file = os.tmpname()
local URLS = {
  sqlite = "sqlite:" .. file .. ".db", postgres = os.getenv("RYX_TEST_PG_URL"), mariadb = os.getenv("RYX_TEST_MY_URL"),
  mysql = os.getenv("RYX_TEST_MYSQL_URL"),
}

local function setup()
  local aliases, urls = {}, {}
  local all = "sqlite,postgres,mariadb" .. (URLS.mysql and ",mysql" or "")
  for name in (os.getenv("RYX_DIFF_ALIASES") or all):gmatch("%w+") do
    if not URLS[name] then
      report(false, "no server for " .. name .. ": its URL is not in the environment")
      os.exit(1)
    end
    aliases[#aliases + 1], urls[name] = name, URLS[name]
  end
  urls.default = urls[aliases[1]]
  ryx.setup(urls)
  return aliases
end

local function probe(alias)
  local on, missing = features.probe(ryx, alias)
  local names = {}
  for i, m in ipairs(missing) do names[i] = m[1] end
  print("# features missing: " .. (#names > 0 and table.concat(names, ", ") or "none"))
  if #missing > 0 and not partial then
    for _, m in ipairs(missing) do report(false, "feature " .. m[1], m[2]) end
  end
  return on
end

local reported = 0
local counts
-- One disagreement: what was asked, the smallest form of it, what each side says.
local function disagreement(sides, query, different, n, world_n)
  local out = { ("query %d (%s) of seed %d, world %d"):format(n, query.kind, seed, world_n), sides:report(query) }
  local smallest = shrink.smallest(query, function(form) return sides:same_way(form, different) end, SHRINK_ATTEMPTS)
  if smallest ~= query then
    out[#out + 1] = "smallest:"
    out[#out + 1] = sides:report(smallest)
  end
  local named = {}
  local function declare(node)
    local model = sides.world.by_name[node.model]
    if model and not named[model] then
      named[model] = true
      out[#out + 1] = model.declared
    end
    for _, v in pairs(node) do
      if type(v) == "table" then declare(v) end
    end
  end
  declare(smallest)
  return table.concat(out, "\n")
end

local function check(sides, query, n, world_n)
  local answers, different = sides:all(query)
  counts:count(query, answers)
  if different then
    reported = reported + 1
    counts:disagreement(different, answers)
    report(false, ("query %d: %s"):format(n, query.kind),
      reported <= reports and disagreement(sides, query, different, n, world_n) or nil)
    return 0
  end
  return answers.oracle.rows and #answers.oracle.rows or 0
end

-- Evaluator and generator must not fail; when they do it is a test that failed.
local function guarded(what, fn, ...)
  local ok, err = xpcall(fn, debug.traceback, ...)
  if not ok then report(false, what, tostring(err)) end
  return ok and err
end

local function in_world(aliases, on, world_n, first, last)
  -- Every world has numbers of its own, so that it can be run alone.
  local r = random.new(seed + world_n * 7919)
  local world = worlds.new(r, "D" .. world_n, on)
  local classes = load_world.load(ryx, world, aliases)
  local sides = compare.new(ryx, world, classes, aliases)
  local rows, before = 0, failures
  for n = first, last do
    local size = 1 + math.floor((n - first) / 20) + r:int(0, 1)
    local query = generate.query(r, world, on, size)
    if not only_query or only_query == n then
      rows = rows + (guarded(("query %d"):format(n), check, sides, query, n, world_n) or 0)
      -- With numbers of its own, so that a query that is run alone is the same.
      local own = random.new(seed + n)
      if own:chance(10) then guarded("ternary", ternary.check, sides, own, on, size, report) end
    end
    if (n - first + 1) % PER_LINE == 0 or n == last then
      if failures == before then
        report(true, ("world %d: queries up to %d agree (%d rows)"):format(world_n, n, rows))
      end
      rows, before = 0, failures
    end
  end
  load_world.drop(ryx, world, classes, aliases)
end

print("# seed " .. seed)
local aliases = setup()
local on = probe(aliases[1])
counts = figures.new(aliases)
assert((begin - 1) % PER_WORLD == 0, "RYX_DIFF_FIRST is the first query of a world: 1, 101, 201 ...")
local last = begin + total - 1
for first = begin, last, PER_WORLD do
  local world_n = math.floor((first - 1) / PER_WORLD) + 1
  if not only_query or math.floor((only_query - 1) / PER_WORLD) + 1 == world_n then
    guarded("world " .. world_n, in_world, aliases, on, world_n, first, math.min(first + PER_WORLD - 1, last))
  end
end
ryx.close()
for _, tail in ipairs{ "", ".db", ".db-wal", ".db-shm" } do os.remove(file .. tail) end
counts:report()
print("1.." .. tests)
os.exit(failures == 0)
