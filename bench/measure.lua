-- SPDX-License-Identifier: MIT
-- Measuring and the table: batches of both sides interleaved, BENCH_PAIRS pairs,
-- medians of the times and of the ratios.
local now = require("raw").now

local M = {
  pairs = tonumber(os.getenv("BENCH_PAIRS")) or 60,
  is_jit = rawget(_G, "jit") ~= nil,
  missed = 0,
  now = now,
}

function M.median(t)
  table.sort(t)
  return t[math.floor(#t / 2) + 1]
end

function M.time(fn)
  local start = now()
  fn()
  return now() - start
end

--- Medians of both sides over interleaved batches.
function M.pair(ours, theirs, pairs_wanted)
  local a, b, r = {}, {}, {}
  ours()
  theirs()
  for i = 1, pairs_wanted or M.pairs do
    collectgarbage()
    collectgarbage("stop")
    if i % 2 == 0 then
      a[i] = M.time(ours)
      b[i] = M.time(theirs)
    else
      b[i] = M.time(theirs)
      a[i] = M.time(ours)
    end
    collectgarbage("restart")
    r[i] = a[i] / b[i]
  end
  return M.median(a), M.median(b), M.median(r)
end

--- One line. A ratio is to be at most the budget, or at least (better = "higher").
function M.row(name, ours, theirs, ratio, budget, better)
  local ok = budget == nil or (better == "higher" and ratio >= budget or better ~= "higher" and ratio <= budget)
  if not ok then M.missed = M.missed + 1 end
  local limit = budget and ("%s %.2f"):format(better == "higher" and ">=" or "<=", budget) or "-"
  local verdict = budget and (ok and "met" or "missed") or ""
  print(("%-52s %12s %12s %8.2f  %-9s %s"):format(name, ours, theirs, ratio, limit, verdict))
end
function M.us(s, n) return ("%.2f us"):format(s / n * 1e6) end
function M.rate(n, s) return ("%.1f k/s"):format(n / s / 1000) end

return M
