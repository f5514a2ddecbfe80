-- SPDX-License-Identifier: MIT
-- The user's own SQL against get of the same row: both are ryx's.
local measure = require "measure"
local ryx = require "ryx"

local ROWS, N, BUDGET = 1000, 200, 1.5

local function compare(db, url)
  ryx.setup(url)
  local Note = ryx.model("BenchNote", {
    title = ryx.CharField{ max_length = 100 },
    views = ryx.IntField(),
    is_active = ryx.BooleanField(),
    Meta = { table_name = "bench_notes" },
  })
  ryx.migrate{ Note }
  local list = {}
  for i = 1, ROWS do list[i] = Note{ title = "Note " .. i, views = i, is_active = i % 2 == 0 } end
  Note.objects:bulk_create(list)
  local first, sql = list[1].id, "SELECT id, title, views, is_active FROM bench_notes WHERE id = ?"
  local a, b, r = measure.pair(function()
    for i = 1, N do ryx.raw_fetch(sql, { first + i % ROWS }) end
  end, function()
    for i = 1, N do Note.objects:get{ id = first + i % ROWS } end
  end)
  measure.row(db .. " raw_fetch against get", measure.us(a, N), measure.us(b, N), r, BUDGET)
  ryx.raw_execute("DROP TABLE bench_notes")
  ryx.close()
end

return function(path, url)
  os.remove(path)
  compare("SQLite", "sqlite:" .. path)
  if url then compare("PostgreSQL", url .. "?max_connections=1") end
end
