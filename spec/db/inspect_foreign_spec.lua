-- SPDX-License-Identifier: MIT
-- Columns of types that ryx makes none of: the models that `ryx inspectdb` writes read and write their values.
local db = require "support.db"
local inspect = require "ryx.migrations.inspect"
local ryx = require "ryx"

local T = "insp_foreigns"

-- type, literal, what is read
local CASES = {
  sqlite = {
    { "NVARCHAR(120)", "'x'", "x" }, { "nvarchar(9)", "'x'", "x" }, { "VARCHAR", "'x'", "x" }, { "CLOB", "'x'", "x" },
    { "DATETIME", "'2009-01-02 03:04:05'", "2009-01-02T03:04:05" }, { "INT", "3000000000", "3000000000" },
    { "TIMESTAMP", "'2009-01-02'", "2009-01-02T00:00:00" }, { "DATE", "'2009-01-02'", "2009-01-02" },
    { "TIME", "'03:04'", "03:04:00" }, { "NUMERIC(10, 2)", "0.99", "0.99" }, { "BOOL", "1", "true" },
    { "TINYINT", "5", "5" }, { "DOUBLE", "1.5", "1.5" }, { "FLOAT", "0.25", "0.25" },
    { "NUMERIC", "1" }, { "POINT", "1" }, { "NUMERIC(20, 0)", "1" },
  },
  postgres = {
    { "CHAR(1)", "'x'", "x" }, { "CHAR(4)", "'x'" }, { "VARCHAR", "'x'", "x" }, { "REAL", "1.5", "1.5" },
    { "NUMERIC", "1.25", "1.25" }, { "TIMESTAMP(0)", "'2009-01-02 03:04:05'", "2009-01-02T03:04:05" },
    { "TIMESTAMPTZ(0)", "'2009-01-02 03:04:05+01'", "2009-01-02T02:04:05Z" }, { "TIME(0)", "'03:04:05'", "03:04:05" },
    { "TIMETZ", "'03:04:05+02'" }, { "INTERVAL", "'1 month'" }, { "INET", "'10.0.0.1'" },
  },
  mysql = {
    { "DATETIME", "'2009-01-02 03:04:05'", "2009-01-02T03:04:05" }, { "TIME", "'03:04:05'", "03:04:05" },
    { "TIMESTAMP NULL", "'2009-07-02 03:04:05'", "2009-07-02T03:04:05" }, { "FLOAT", "1.5", "1.5" },
    { "TEXT", "'x'", "x" }, { "BLOB", "x'00ff'", "\0\255" }, { "TINYINT", "-5", "-5" }, { "MEDIUMINT", "-7", "-7" },
    { "TINYINT UNSIGNED", "255", "255" }, { "INT UNSIGNED", "4294967295", "4294967295" },
    { "BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615" }, { "YEAR", "2024", "2024" },
    { "SMALLINT UNSIGNED", "65535", "65535" }, { "CHAR(5)", "'ab'", "ab" }, { "DECIMAL(6,2) UNSIGNED", "5", "5.00" },
    { "POINT", "NULL" },
  },
}
CASES.mariadb = CASES.mysql

local function load_text(text)
  return assert((loadstring or load)(text))()
end

describe("inspectdb of tables of others", function()
  db.use(ryx, {})
  local function drop() ryx.raw_execute("DROP TABLE IF EXISTS " .. T) end
  before_each(drop)
  after_each(drop)

  for _, case in ipairs(CASES[db.dialect]) do
    it("reads and writes " .. case[1] .. ", or says why not", function()
      ryx.raw_execute(("CREATE TABLE %s (id INTEGER PRIMARY KEY, v %s)"):format(T, case[1]))
      ryx.raw_execute(("INSERT INTO %s (id, v) VALUES (1, %s)"):format(T, case[2]))
      local text = inspect.run("default", T)
      local Model = load_text(text).InspForeign
      assert.is_false(Model._meta.managed, text)
      if not case[3] then
        assert.truthy(text:find("\n  %-%- v: [^\n]*which no field covers"), text)
        return
      end
      assert.truthy(text:find("\n  v = ryx.[^\n]* %-%- %a"), text)
      local o = Model.objects:get{ id = 1 }
      local is_number = type(o.v) == "number"
      assert.equal(is_number and tonumber(case[3]) or case[3], is_number and o.v or tostring(o.v))
      Model.objects:create{ id = 2, v = o.v }
      assert.equal(o.v, Model.objects:get{ id = 2, v = o.v }.v)
    end)
  end
end)
