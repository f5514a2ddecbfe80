-- SPDX-License-Identifier: MIT
-- What a text of the user's may do, by its words.
local statement = require "ryx.db.statement"

describe("a text of the user's", function()
  it("may define tables and keys, whatever stands before its first word", function()
    for _, sql in ipairs{
      "ALTER TABLE t ADD x int", "  drop table t", "/* why */ CREATE TABLE t (a int)", "-- why\nRENAME TABLE t TO u",
    } do
      assert.is_true(statement.may_define(sql), sql)
    end
    for _, sql in ipairs{ "SELECT 1", "(SELECT 'create')", "UPDATE t SET drop = 1", "", "-- alter", "1" } do
      assert.is_false(statement.may_define(sql), sql)
    end
  end)

  it("may write unless it begins as a read and names no write", function()
    for _, sql in ipairs{
      "INSERT INTO t VALUES (1)", "WITH a AS (DELETE FROM t) SELECT 1", "select 1 into t", "CALL f()", "",
    } do
      assert.is_true(statement.may_write(sql), sql)
    end
    for _, sql in ipairs{ "SELECT updated FROM t", "/* why */ (select 1)", "PRAGMA table_info(t)" } do
      assert.is_false(statement.may_write(sql), sql)
    end
  end)
end)
