-- SPDX-License-Identifier: MIT
-- One table of ratios: ryx against loops written by hand (bench/raw*.c). Both sides
-- build the same Lua values. A ratio is ryx's time over the other's: lower is better;
-- "rate" rows give ryx's queries a second over the other's: higher is better.
-- How to read it: docs/internals/bench.md.
package.path = "bench/?.lua;" .. package.path
local measure = require "measure"

local dir, pg = assert(os.getenv("BENCH_DIR")), os.getenv("RYX_TEST_PG_URL")
local pooler = os.getenv("BENCH_PGBOUNCER_URL")
local my, mysql = os.getenv("RYX_TEST_MY_URL"), os.getenv("RYX_TEST_MYSQL_URL")
local version = measure.is_jit and rawget(_G, "jit").version or _VERSION

print(("%-52s %12s %12s %8s  %-9s"):format(version, "ryx", "by hand", "ratio", "budget"))
require("sqlite")(dir .. "/bench.db")
require("instances")(dir .. "/instances.db")
require("objects")(dir .. "/objects.db")
require("queries")(dir .. "/queries.db", pg, my, mysql)
if pg then require("postgres")(pg) end
if pooler then require("pooler")(pooler, pg) end
if my then require("mariadb")("MariaDB", my) end
if mysql then require("mariadb")("MySQL", mysql) end
require("bulk")(pg, my, mysql)
if pg then require("copy")(pg, dir) end
require("tasks")(dir .. "/tasks.db", pg, my)
if pg then require("cache")(pg) end
require("raw_fetch")(dir .. "/raw_fetch.db", pg)
require("compile")()
require("command")()
print()
print(measure.missed == 0 and "every budget met" or measure.missed .. " budgets missed")
