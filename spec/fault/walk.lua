-- SPDX-License-Identifier: MIT
-- A random walk under faults: 64 tasks read, write, stream, time out and cancel while
-- connections are cut and sessions killed. An oracle in memory knows what was
-- acknowledged; at the end nothing may be lost, doubled, wrong or left open.
--
--   RYX_TEST_URL=... RYX_WALK_SECONDS=25 RYX_WALK_SEED=1 lua5.4 spec/fault/walk.lua
--
-- A failed write may be there where its error says so (commit_unknown); every other one
-- must not. A transaction is there whole or not at all.
package.path = "./spec/?.lua;" .. package.path
assert = require "luassert"
local ryx = require "ryx"
local kit = require "fault.kit"
local faults = require "fault.walk_faults"

local SECONDS = tonumber(os.getenv("RYX_WALK_SECONDS")) or 25
local SEED = tonumber(os.getenv("RYX_WALK_SEED")) or os.time() % 1000000
local TASKS, DEADLINE = 64, 3
math.randomseed(SEED)
local dice = math.random

local Row = ryx.model("WalkRow", {
  n = ryx.IntField{ db_index = true }, body = ryx.TextField{}, Meta = { table_name = "walk_rows" },
})
local Count = ryx.model("WalkCount", { n = ryx.IntField{}, Meta = { table_name = "walk_counts" } })

-- n -> "yes" (acknowledged), "maybe", "no"; groups: lists of n written by one transaction.
local state, groups, last_n = {}, {}, 0
local acked = {} -- the acknowledged ones, to read again
local counters = {} -- task -> { key, least, most }
local wrong, late, odd = {}, {}, {}
local n_done, kinds = {}, {}
local at_work = {} -- task -> { what, since }
local is_over = false

local function body_of(n) return ("row %d "):format(n) .. ("abc"):rep(n % 50) end

local function next_n()
  last_n = last_n + 1
  state[last_n] = "no"
  return last_n
end

local function note(list, n, what)
  for _, m in ipairs(list) do
    state[m] = what
    if what == "yes" then acked[#acked + 1] = m end
  end
  return n
end

local EXPECTED = {
  connection = true, timeout = true, cancelled = true, commit_unknown = true, transaction_broken = true,
}

-- Which errors leave open whether a write happened.
local function may_be_there(e)
  return e.kind == "commit_unknown"
end

local function check_row(row)
  if row.body ~= body_of(row.n) then wrong[#wrong + 1] = "row " .. row.n .. " has another's body" end
end

local function settled(list, ok, e)
  if ok then note(list, nil, "yes") elseif may_be_there(e) then note(list, nil, "maybe") end
  if not ok then error(e, 0) end
end

local OPS = {}

function OPS.create()
  local n = next_n()
  settled({ n }, pcall(Row.objects.create, Row.objects, { n = n, body = body_of(n) }))
end

function OPS.raw()
  local n = next_n()
  settled({ n }, pcall(ryx.raw_execute, "INSERT INTO walk_rows (n, body) VALUES (?, ?)", { n, body_of(n) }))
end

function OPS.count(i)
  local c = counters[i]
  local q = Count.objects:filter{ id = c.key }
  local ok, e = pcall(q.update, q, { n = ryx.F"n" + 1 })
  if ok or may_be_there(e) then c.most = c.most + 1 end
  if ok then c.least = c.least + 1 else error(e, 0) end
end

local function block(i, list, nested)
  for _ = 1, dice(3) do
    local n = next_n()
    list[#list + 1] = n
    Row.objects:create{ n = n, body = body_of(n) }
  end
  Count.objects:filter{ id = counters[i].key }:update{ n = ryx.F"n" + 1 }
  if not nested then return end
  local inner = {}
  local ok, e = pcall(ryx.transaction, function()
    inner[1] = next_n()
    Row.objects:create{ n = inner[1], body = body_of(inner[1]) }
    if dice(2) == 1 then error("undone", 0) end
  end)
  if ok then list[#list + 1] = inner[1] elseif e ~= "undone" then error(e, 0) end
end

local function transaction(i, nested)
  local list, c = {}, counters[i]
  local ok, e = pcall(ryx.transaction, function()
    list = {}
    block(i, list, nested)
  end)
  groups[#groups + 1] = list
  if ok or may_be_there(e) then c.most = c.most + 1 end
  if ok then c.least = c.least + 1 end
  settled(list, ok, e)
end

function OPS.transaction(i) transaction(i, false) end
function OPS.nested(i) transaction(i, true) end

function OPS.undone()
  local n = next_n()
  local _, e = pcall(ryx.transaction, function()
    Row.objects:create{ n = n, body = body_of(n) }
    error("undone", 0)
  end)
  if e ~= "undone" then error(e, 0) end
end

function OPS.read()
  if #acked == 0 then return end
  local n = acked[dice(#acked)]
  local row = Row.objects:filter{ n = n }:first()
  if not row then wrong[#wrong + 1] = "row " .. n .. " was not found" else check_row(row) end
end

function OPS.list()
  local from = dice(math.max(last_n, 1))
  local seen = 0
  for _, row in ipairs(Row.objects:filter{ n__gte = from, n__lt = from + 50 }:order_by("n"):all()) do
    if row.n < seen or row.n >= from + 50 then wrong[#wrong + 1] = "a list has row " .. row.n end
    seen = row.n
    check_row(row)
  end
end

function OPS.stream()
  local from, must, n_must, stop = math.max(last_n - 1000, 0), {}, 0, dice(4) == 1
  for i = math.max(#acked - 200, 1), #acked, 10 do
    local n = acked[i]
    if n >= from then must[n], n_must = true, n_must + 1 end
  end
  local last, seen = 0, 0
  Row.objects:filter{ n__gte = from }:order_by("n"):each(function(row)
    check_row(row)
    if row.n < last then wrong[#wrong + 1] = "a stream goes back to " .. row.n end
    last, seen = row.n, seen + (must[row.n] and 1 or 0)
    must[row.n] = nil
    return not (stop and row.n > from + 100)
  end, { chunk = dice(200) })
  if not stop and seen < n_must then wrong[#wrong + 1] = "a stream left rows out" end
end

function OPS.timeout()
  local ok, e = pcall(ryx.timeout, 0.05, ryx.raw_fetch, kit.sleep_sql(1))
  if ok then wrong[#wrong + 1] = "a second went by in 0.05 s" end
  error(e, 0)
end

function OPS.cancel()
  local task = ryx.spawn(function() return Row.objects:count() end)
  ryx.sleep(dice() * 0.05)
  task:cancel()
  task:join()
end

-- These two end by an error when all is well.
local MAY_FAIL = { timeout = true, cancel = true }

local WEIGHTS = {
  "create", "create", "raw", "count", "transaction", "transaction", "nested", "undone", "read", "read", "read", "list",
  "stream", "timeout", "cancel",
}

local function is_expected(e) return type(e) == "table" and EXPECTED[e.kind] end

local function walk(i)
  while not is_over do
    local what = WEIGHTS[dice(#WEIGHTS)]
    local start = kit.clock()
    at_work[i] = { what, start }
    local ok, e = pcall(ryx.timeout, DEADLINE, OPS[what], i)
    local spent = kit.clock() - start
    if spent > DEADLINE + 1 then late[#late + 1] = ("%s took %.1f s"):format(what, spent) end
    if not ok and not is_expected(e) then odd[#odd + 1] = what .. ": " .. kit.text(e) end
    local kind = ok and "done" or (type(e) == "table" and e.kind or "odd")
    kinds[kind] = (kinds[kind] or 0) + 1
    if ok then n_done[what] = (n_done[what] or 0) + 1 else ryx.sleep(0.01) end
  end
  at_work[i] = nil
end

local tests, failures = 0, 0
local function report(name, bad)
  tests = tests + 1
  if #bad > 0 then failures = failures + 1 end
  print(("%s %d - walk: %s"):format(#bad == 0 and "ok" or "not ok", tests, name))
  for i = 1, math.min(#bad, 10) do print("# " .. bad[i]) end
  if #bad > 10 then print("# and " .. #bad - 10 .. " more") end
end

-- When tasks hang the walk says which, and ends.
local function watch()
  local limit = kit.clock() + 2 * DEADLINE + 10
  while next(at_work) and kit.clock() < limit do ryx.sleep(0.05) end
  local stuck = {}
  for _, w in pairs(at_work) do stuck[#stuck + 1] = ("%s for %.1f s"):format(w[1], kit.clock() - w[2]) end
  if #stuck == 0 then return end
  report("every task comes to its end", stuck)
  print("1.." .. tests)
  kit.close_all()
  os.exit(1)
end

local function prepare()
  require("support.db").tables(ryx, { Row, Count })
  for i = 1, TASKS do counters[i] = { key = Count.objects:create{ n = 0 }.id, least = 0, most = 0 } end
end

-- What is there, by a way that no fault touched.
local function look()
  ryx.setup(kit.url)
  local there, doubled, lost, unwanted, partial = {}, {}, {}, {}, {}
  Row.objects:each(function(row)
    check_row(row)
    if there[row.n] then doubled[#doubled + 1] = "row " .. row.n end
    there[row.n] = true
    if state[row.n] == "no" then unwanted[#unwanted + 1] = "row " .. row.n end
  end)
  for n, what in pairs(state) do
    if what == "yes" and not there[n] then lost[#lost + 1] = "row " .. n end
  end
  for _, list in ipairs(groups) do
    for _, n in ipairs(list) do
      if (there[n] or false) ~= (there[list[1]] or false) then partial[#partial + 1] = "row " .. n end
    end
  end
  for i, c in pairs(counters) do
    local n = Count.objects:get{ id = c.key }.n
    local text = ("task %d counts %d, not %d to %d"):format(i, n, c.least, c.most)
    if n < c.least then lost[#lost + 1] = text elseif n > c.most then doubled[#doubled + 1] = text end
  end
  return doubled, lost, unwanted, partial
end

local function left_open()
  local ok, e = pcall(kit.finish)
  return ok and {} or { kit.text(e) }
end

local function main()
  local proxy = kit.proxied{ max_connections = 12, connect_timeout = 2, acquire_timeout = 10 }
  prepare()
  ryx.run(function()
    for i = 1, TASKS do ryx.spawn(walk, i) end
    faults.play(proxy, SECONDS)
    is_over = true
    watch()
  end)
  local pinned = ryx.pool_stats().in_use
  -- A cancel may still be on its way to its server.
  kit.eventually("no connection is in use", 3, function()
    pinned = ryx.pool_stats().in_use
    return pinned == 0
  end)
  report("nothing is left open and close returns in time", left_open())
  local doubled, lost, unwanted, partial = look()
  report("0 lost", lost)
  report("0 doubled", doubled)
  report("0 wrong rows", wrong)
  report("what failed is not there", unwanted)
  report("transactions are there whole", partial)
  report("every call came back by its deadline + 1 s", late)
  report("no error is of a kind that no fault makes", odd)
  local idle = {}
  for what in pairs(OPS) do
    if not MAY_FAIL[what] and not n_done[what] then idle[#idle + 1] = what .. " never succeeded" end
  end
  report("every kind of work got through", idle)
end

io.stdout:setvbuf("line")
print(("# seed %d, %g s"):format(SEED, SECONDS))
local ok, err = xpcall(main, function(e) return debug.traceback(kit.text(e)) end)
if not ok then report("it runs to its end", { (err:gsub("\n", "\n# ")) }) end
local summary = {}
for kind, n in pairs(kinds) do summary[#summary + 1] = kind .. " " .. n end
table.sort(summary)
print("# " .. table.concat(summary, ", "))
print("1.." .. tests)
kit.close_all()
os.exit(failures == 0)
