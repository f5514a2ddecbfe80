-- SPDX-License-Identifier: MIT
-- What a person gave a column and no model says stays when a migration changes the column.
local context = require "ryx.migrations.dialect.context"
local db = require "support.db"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local ryx = require "ryx"
local script = require "ryx.migrations.ddl.script"
local operation_steps = require "ryx.migrations.runner.operation_steps"
local state = require "ryx.migrations.state"
local travel = require "spec.support.travel"

local NOTE = "a person's: \\ \"5\" %s ?"

local function drop() ryx.raw_execute "DROP TABLE IF EXISTS kept_rows" end

local function made(fields)
  fields.Meta = { table_name = "kept_rows" }
  local s = operation.apply({ m.create_model("Kept", fields) }, state.new())
  travel.run(travel.EMPTY, travel.schema_of(s))
  return s
end

-- Does an operation, and undoes it.
local function do_and_undo(from, op, look)
  local to = operation.apply({ op }, from)
  for _, backwards in ipairs{ false, true } do
    local a, b = backwards and to or from, backwards and from or to
    travel.run(travel.schema_of(a), travel.schema_of(b), op:hints(context.of(require("ryx.db").alias("default")), a, b,
      backwards))
    look(backwards)
  end
end

local function columns()
  local out = {}
  for _, row in ipairs(ryx.raw_fetch("SELECT column_name AS name, extra AS extra, column_comment AS comment, "
    .. "collation_name AS collation, column_type AS type FROM information_schema.columns "
    .. "WHERE table_schema = DATABASE() AND table_name = 'kept_rows'")) do
    row.extra = row.extra:lower()
    out[row.name] = row
  end
  return out
end

local function has(row, text) return row.extra:find(text, 1, true) ~= nil end

if db.needs "columns written anew" then
  describe("a column that is written anew", function()
    db.use(ryx, {})
    after_each(drop)

    local function alter(sql) ryx.raw_execute("ALTER TABLE kept_rows MODIFY COLUMN " .. sql) end

    it("keeps its comment and its collation", function()
      local from = made{ title = ryx.CharField{ max_length = 20 } }
      alter("title VARCHAR(20) COLLATE utf8mb4_unicode_ci NOT NULL COMMENT '"
        .. NOTE:gsub("\\", "\\\\"):gsub("'", "''") .. "'")
      do_and_undo(from, m.alter_field("Kept", "title", ryx.CharField{ max_length = 30, null = true }), function()
        local c = columns().title
        assert.same({ NOTE, "utf8mb4_unicode_ci" }, { c.comment, c.collation })
      end)
    end)

    it("gets the comment of a model, and loses that", function()
      local from = made{ title = ryx.CharField{ max_length = 20 } }
      alter "title VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'mine'"
      local op = m.alter_field("Kept", "title", ryx.CharField{ max_length = 30, db_comment = "theirs" })
      do_and_undo(from, op, function(backwards)
        assert.equal(backwards and "" or "theirs", columns().title.comment)
      end)
    end)

    it("stays hidden, and changes with its row", function()
      local from = made{ n = ryx.IntField{ null = true }, at = ryx.DateTimeField{ null = true } }
      alter "n INTEGER INVISIBLE"
      alter "at DATETIME(6) ON UPDATE CURRENT_TIMESTAMP(6) INVISIBLE COMMENT 'last seen'"
      do_and_undo(from, m.alter_field("Kept", "n", ryx.BigIntField{ null = true }), function()
        assert.is_true(has(columns().n, "invisible"))
      end)
      local op = m.alter_field("Kept", "at", ryx.DateTimeField{ null = true, db_default = ryx.Now() })
      do_and_undo(from, op, function()
        local c = columns().at
        assert.is_true(has(c, "invisible") and has(c, "on update"), c.extra)
        assert.equal("last seen", c.comment)
      end)
    end)

    it("changes with its row no more where it is no moment", function()
      local from = made{ at = ryx.DateTimeField{ null = true } }
      alter "at DATETIME(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'last seen'"
      do_and_undo(from, m.alter_field("Kept", "at", ryx.DateField{ null = true }), function()
        assert.same({ false, "last seen" }, { has(columns().at, "on update"), columns().at.comment })
      end)
    end)

    it("keeps a check of its own", function()
      local from = made{ n = ryx.IntField{ null = true } }
      alter "n INTEGER CHECK (n > 5)"
      do_and_undo(from, m.alter_field("Kept", "n", ryx.BigIntField{ null = true }), function()
        assert.equal("check_violation", db.error_of(function()
          ryx.raw_execute "INSERT INTO kept_rows (n) VALUES (3)"
        end).kind)
      end)
    end)

    it("is shown with what it keeps", function()
      local from = made{ title = ryx.CharField{ max_length = 20 } }
      alter "title VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'mine'"
      local op = m.alter_field("Kept", "title", ryx.CharField{ max_length = 30, null = true })
      local ctx = context.of(require("ryx.db").alias("default"))
      local steps = operation_steps.of(ctx, op, from, operation.apply({ op }, from), false)
      assert.truthy(script.text(ctx, steps):find("COMMENT 'mine'", 1, true))
    end)
  end)
end
