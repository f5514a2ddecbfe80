-- SPDX-License-Identifier: MIT
-- Runs the templates of src/sql/function*.c on SQLite and on the databases that
-- RYX_TEST_PG_URL, RYX_TEST_MY_URL and RYX_TEST_MYSQL_URL (the last two need their zone
-- tables) name, and compares
-- what they give. A template is expanded here, without the compiler, so that a wrong
-- answer is the template's.
--
--   lua5.4 spec/sql/function_check.lua [name or "all" [cases]]
local ryx = require "ryx"

-- The tables as text: name, then a template for each database, by tabs.
local function templates()
  local dir = os.tmpname()
  os.remove(dir)
  os.execute("mkdir -p " .. dir)
  local f = assert(io.open(dir .. "/dump.c", "w"))
  f:write([[
#include <stdio.h>
#include "sql/function.h"
extern const char *const ryx_functions_my[RYX_FN_MAX];
static const char *row(const char *const *t, int i)
{
  return t[i] ? t[i] : ryx_functions_common[i] ? ryx_functions_common[i] : "";
}
static const char *family(const char *const *t, int i)
{
  return t[i] ? t[i] : row(ryx_functions_my, i);
}
int main(void)
{
  for (int i = 0; i < RYX_FN_MAX; i++)
    printf("%s\t%s\t%s\t%s\t%s\n", ryx_function_get((uint32_t)i)->name, row(ryx_functions_pg, i),
           family(ryx_functions_mariadb, i), family(ryx_functions_mysql, i), row(ryx_functions_lite, i));
  return 0;
}
]])
  f:close()
  assert(os.execute(("cc -Isrc -Iinclude -o %s/dump %s/dump.c src/sql/function*.c"):format(dir, dir)))
  local out = {}
  for line in io.popen(dir .. "/dump"):lines() do
    local name, pg, maria, my, lite = line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.-)$")
    out[name] = { postgres = pg, mariadb = maria, mysql = my, sqlite = lite }
  end
  os.execute("rm -r " .. dir)
  return out
end

local file = os.tmpname()
os.remove(file)
local urls = {
  sqlite = "sqlite:" .. file .. ".db", postgres = os.getenv("RYX_TEST_PG_URL"), mariadb = os.getenv("RYX_TEST_MY_URL"),
  mysql = os.getenv("RYX_TEST_MYSQL_URL"),
}
local databases = {}
for _, db in ipairs{ "sqlite", "postgres", "mariadb", "mysql" } do
  if urls[db] then databases[#databases + 1] = db end
end
urls.default = urls.sqlite
ryx.setup(urls)
if urls.postgres then ryx.raw_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", nil, { alias = "postgres" }) end

-- How a value of a type is written, and NULL of that type.
local PG = {
  int = "int8", double = "float8", decimal = "numeric", text = "text", bool = "boolean", date = "date", time = "time",
  datetime = "timestamp", datetimetz = "timestamptz", uuid = "uuid", json = "jsonb", duration = "int8",
}
local MY = {
  double = "CAST(%s AS DOUBLE)", date = "CAST(%s AS DATE)", time = "CAST(%s AS TIME(6))",
  datetime = "CAST(%s AS DATETIME(6))", datetimetz = "CAST(%s AS DATETIME(6))",
  uuid = "CONVERT(%s USING ascii) COLLATE ascii_bin", int = "CAST(%s AS SIGNED)",
}
local function quoted(s) return "'" .. s:gsub("'", "''") .. "'" end
local write = {}
function write.postgres(v)
  local s = v.value
  if v.literal then return type(s) == "string" and quoted(s) or tostring(s) end
  if s == nil then return "NULL::" .. PG[v.type] end
  if v.type == "bool" then return tostring(s) end
  return quoted(tostring(s)) .. "::" .. PG[v.type]
end
function write.mariadb(v)
  local s = v.value
  if s == nil then return "NULL" end
  if v.literal then return type(s) == "string" and quoted((s:gsub("\\", "\\\\"))) or tostring(s) end
  if v.type == "bool" then return tostring(s) end
  if v.type == "decimal" then
    return ("CAST('%s' AS DECIMAL(50,%d))"):format(s, #(s:match("%.(.*)") or ""))
  end
  local plain = (v.type == "int" or v.type == "duration" or v.type == "double") and tostring(s)
    or quoted((s:gsub("\\", "\\\\")))
  return (MY[v.type] or "%s"):format(plain)
end
function write.mysql(v)
  if v.value == nil and v.type == "text" then return "CAST(NULL AS CHAR)" end
  local sql = write.mariadb(v)
  return v.type == "json" and not v.literal and "CAST(" .. sql .. " AS JSON)" or sql
end
function write.sqlite(v)
  local s = v.value
  if s == nil then return "NULL" end
  if v.literal then return type(s) == "string" and quoted(s) or tostring(s) end
  if v.type == "bool" then return s and "1" or "0" end
  if v.type == "int" or v.type == "duration" then return tostring(s) end
  if v.type == "double" then
    s = tostring(s)
    return s:find("[.e]") and s or s .. ".0"
  end
  return quoted(s)
end

local V = {}
for t in pairs(PG) do
  V[t] = function(value) return { type = t, value = value } end
end
local function L(value) return { literal = true, value = value } end

local FOLD = {
  postgres = { f = ' COLLATE "C.utf8"', b = "" },
  mariadb = { f = " COLLATE utf8mb4_unicode_520_nopad_ci", b = " COLLATE utf8mb4_nopad_bin" },
  mysql = { b = " COLLATE utf8mb4_0900_bin" },
  sqlite = { f = "", b = "" },
}
local function expand(template, db, args, more)
  more = more or {}
  local had_over
  local sql = template:gsub("%%(.)", function(hole)
    if hole == "%" then return "%" end
    if hole == "*" then return table.concat(args, ", ") end
    if hole:match("%d") then return assert(args[tonumber(hole)], template) end
    if hole == "o" then had_over = true end
    if hole == "o" then return more.over and " " .. more.over or "" end
    return FOLD[db][hole] or more[hole] or ""
  end)
  if more.over and not had_over then sql = sql .. " " .. more.over end
  return sql
end

local READ = { date = ryx.date, time = ryx.time, datetime = ryx.datetime }
-- One text for one value, whatever the driver made of it.
local function show(v, type_name, db)
  if v == ryx.null or v == nil then return "NULL" end
  if type_name == "bool" then return tostring(v == true or v == 1) end
  if type_name == "json" or type_name == "array" then
    -- A driver that knows the type has decoded it.
    if db ~= "postgres" and type(v) == "string" then
      local ok, document = pcall(ryx.json.decode, v)
      if ok then v = document end
    end
    if type_name == "array" and type(v) == "table" then
      for i, item in ipairs(v) do v[i] = type(item) == "userdata" and item ~= ryx.null and tostring(item) or item end
    end
    return ryx.json.encode(v)
  end
  if type_name == "double" then return ("%.14g"):format(tonumber(tostring(v))) end
  if READ[type_name] and type(v) == "string" then v = READ[type_name](v) end
  if type_name == "datetimetz" then return (tostring(v):gsub("Z$", ""):gsub(" ", "T")) end
  return tostring(v)
end

local count, failed = 0, 0
local only = arg[1] ~= "all" and arg[1] or nil
local function report(name, what, ok, detail)
  count = count + 1
  if not ok then failed = failed + 1 end
  print(("%s %d - %s %s%s"):format(ok and "ok" or "not ok", count, name, what, ok and "" or "\n  " .. detail))
end

local all = templates()
local used = {}
-- make gives what to run on a database; expected nil: what SQLite gives.
local function run(name, what, type_name, expected, make)
  used[name] = true
  if only and only ~= name then return end
  local got, ok, detail = {}, true, {}
  for _, db in ipairs(databases) do
    local template = assert(all[name], name)[db]
    if template == "" then
      got[db] = "none"
    else
      local sql = make(template, db)
      local good, rows = pcall(ryx.raw_fetch, sql, nil, { alias = db, array = true })
      if good then
        local cells = {}
        for i, row in ipairs(rows) do cells[i] = show(row[1], type_name, db) end
        got[db] = table.concat(cells, " ")
      else
        got[db] = "ERROR"
        detail[#detail + 1] = db .. ": " .. tostring(rows) .. "\n    " .. sql
      end
      expected = expected or got[db]
      if got[db] ~= expected then
        ok = false
        detail[#detail + 1] = db .. " gives " .. got[db] .. ", not " .. expected
      end
    end
  end
  report(name, what, ok, table.concat(detail, "\n  "))
end

local function call(name, type_name, args, expected)
  local what = {}
  for i, a in ipairs(args) do what[i] = tostring(a.value) end
  run(name, table.concat(what, ", "), type_name, expected, function(template, db)
    local sql = {}
    for i, a in ipairs(args) do sql[i] = write[db](a) end
    -- Once as literals, once from a table, where nothing is folded beforehand.
    local columns, names = {}, {}
    for i, a in ipairs(args) do
      names[i] = a.literal and sql[i] or "x.c" .. i
      columns[#columns + 1] = sql[i] .. " AS c" .. i
    end
    if #columns == 0 then return "SELECT " .. expand(template, db, {}) end
    return "SELECT " .. expand(template, db, names) .. " FROM (SELECT " .. table.concat(columns, ", ")
      .. " UNION ALL SELECT " .. table.concat(sql, ", ") .. ") x"
  end)
end
local function twice(s) return s .. " " .. s end

local function from(values, db)
  local parts = {}
  for i, v in ipairs(values) do parts[i] = "SELECT " .. write[db](v) .. " AS v, " .. i .. " AS n" end
  return "(" .. table.concat(parts, " UNION ALL ") .. ") x"
end

local function aggregate(name, type_name, values, expected, more, extra)
  more = more or {}
  run(name, more.what or ("of " .. #values), type_name, expected, function(template, db)
    local args = { "x.v" }
    for _, e in ipairs(extra or {}) do args[#args + 1] = write[db](e) end
    local holes = { D = more.distinct and "1" or "0", d = more.distinct and "DISTINCT " or "", k = "", q = "" }
    if more.order then
      holes.q = " ORDER BY " .. (db == "postgres" and "x.v " .. more.order ..
        (more.order == "DESC" and " NULLS LAST" or " NULLS FIRST") or "x.v " .. more.order)
      holes.k = ", x.v, " .. (more.order == "DESC" and "1" or "0")
    end
    local where = #values == 0 and " WHERE 1 = 0" or ""
    return "SELECT " .. expand(template, db, args, holes) .. " FROM "
      .. from(#values == 0 and { more.like } or values, db) .. where
  end)
end

local function window(name, type_name, values, expected, extra, more)
  more = more or {}
  run(name, "over " .. #values, type_name, expected, function(template, db)
    local args = { not more.no_column and "x.v" or nil }
    for _, e in ipairs(extra or {}) do args[#args + 1] = write[db](e) end
    local over = more.over or "OVER (ORDER BY x.n)"
    return "SELECT " .. expand(template, db, args, { over = over, d = "" }) .. " AS w FROM " .. from(values, db)
      .. " ORDER BY x.n"
  end)
end

local cases = assert(loadfile(arg[2] or "spec/sql/function_cases.lua"))
cases(V, L, call, aggregate, window, twice, run, expand, write)

-- Not alone: in an insert (spec/db/upsert_spec.lua), of a list (array_lookup_spec.lua),
-- in a tree (cte_spec.lua, tree_spec.lua), by chance (reference_spec.lua), of parts of
-- documents (json_change_spec.lua).
local BESIDE = { "^array_item_", "^path_", "^keys_", "^place_", "^json_set_", "^json_replace_", "^json_remove_",
  "^json_if_", "^json_%l+_of$", "^json_or$", "^json_key$", "^json_part$" }
for name in pairs(all) do
  for _, pattern in ipairs(BESIDE) do used[name] = used[name] or name:find(pattern) ~= nil end
end
for _, name in ipairs{ "marked", "is_new", "array_len", "random" } do used[name] = true end
local missing = {}
for name in pairs(all) do missing[#missing + 1] = name end
table.sort(missing)
for _, name in ipairs(missing) do
  if not used[name] and not only and not arg[2] then report(name, "has a case", false, "none") end
end
os.remove(file .. ".db")
print("1.." .. count)
os.exit(failed == 0)
