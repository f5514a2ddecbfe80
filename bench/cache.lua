-- SPDX-License-Identifier: MIT
-- qs:cache: rows that were kept, beside the query that gives them.
local measure = require "measure"
local ryx = require "ryx"

local pair, row, us = measure.pair, measure.row, measure.us

local ROWS, OF = 50, 1000

return function(url)
  ryx.setup(url)
  local Note = ryx.model("BenchNote", {
    title = ryx.CharField{ max_length = 100 },
    views = ryx.IntField(),
    Meta = { table_name = "bench_cached_notes" },
  })
  ryx.migrate{ Note }
  local list = {}
  for i = 1, OF do list[i] = Note{ title = "Note " .. i, views = i } end
  Note.objects:bulk_create(list)
  ryx.configure_cache{ ttl = 3600 }
  local asked = Note.objects:filter{ views__gte = OF / 2 }:order_by("views"):limit(ROWS)
  local kept, n = asked:cache(), 100
  kept:all()
  local function times(qs)
    return function()
      for _ = 1, n do qs:all() end
    end
  end
  local a, b, r = pair(times(kept), times(asked))
  row("cache hit of 50 rows", us(a, n), us(b, n), r, 0.1)
  ryx.configure_cache(false)
  ryx.raw_execute("DROP TABLE bench_cached_notes")
  ryx.close()
end
