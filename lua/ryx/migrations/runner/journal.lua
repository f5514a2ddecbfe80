-- SPDX-License-Identifier: MIT
-- The steps of a migration that are done, where no transaction holds all of them: one that failed or was killed goes on
-- where it stopped. What a transaction can hold is noted in it; any other step is noted before and after, so that one
-- that was begun may be done or not.
local errors = require "ryx.errors"
local record = require "ryx.migrations.runner.record"

local M = {}

local Journal = {}
Journal.__index = Journal

local LONGEST = 4000

-- What a step is known by.
local function mark_of(step)
  return (step.mark or step.sql or step.what):sub(1, LONGEST)
end

--- The file that is done in part, and its direction; nil where there is none.
function M.unfinished(alias)
  if not record.exists(alias, "steps") then return nil end
  local row = record.rows(alias, "steps"):order_by("id"):first()
  if row then return row.migration, row.backwards end
end

--- The state of a file that is done in part, in words.
function M.words(backwards)
  return backwards and "not finished backwards" or "not finished forwards"
end

--- Of the steps of a file that is done in part: how many are done, and those that are left.
function M.left(alias, name, steps)
  local n, left = 0, {}
  for _, row in ipairs(record.rows(alias, "steps"):filter{ migration = name, done = true }:all()) do
    n = math.max(n, row.number)
  end
  for i = n + 1, #steps do left[#left + 1] = steps[i] end
  return n, left
end

--- Refuses what another file, or another direction, must be finished before.
function M.refuse(name, backwards)
  errors.raise("operational", "the migration %s was %s: finish that first, or note with --fake that it is applied, or "
    .. "not", name, M.words(backwards))
end

--- Forgets the steps of a file, which is noted as a whole.
function M.forget(alias, name)
  if record.exists(alias, "steps") then record.rows(alias, "steps"):filter{ migration = name }:delete() end
end

--- The journal of a file in a direction.
function M.open(alias, file, backwards)
  local journal = setmetatable({ alias = alias, file = file, backwards = backwards, noted = {} }, Journal)
  if not record.exists(alias, "steps") then return journal end
  for _, row in ipairs(record.rows(alias, "steps"):filter{ migration = file.name }:all()) do
    if row.backwards ~= backwards then
      M.refuse(file.name, row.backwards)
    end
    journal.noted[row.number] = row
  end
  return journal
end

--- Was a part of the file done before?
function Journal:is_begun()
  return next(self.noted) ~= nil
end

--- Is a step done: true, false, or "begun": nobody knows.
function Journal:state(number, step)
  local row = self.noted[number]
  if not row then return false end
  if row.what ~= mark_of(step) then
    errors.raise("operational", "the migration %s was changed after %d of its steps had been done: step %d was %q; put "
      .. "it back, run it, and change it in another migration", self.file.name, number, number, row.what)
  end
  return row.done or "begun"
end

--- Notes a step: as done, or as begun.
function Journal:note(number, step, done)
  local row = self.noted[number]
  if row then
    row.done = done
    row:save()
    return
  end
  self.noted[number] = record.rows(self.alias, "steps"):create{
    migration = self.file.name, backwards = self.backwards, number = number, what = mark_of(step), done = done,
  }
end

--- A step that was begun has done nothing.
function Journal:take_back(number)
  self.noted[number]:delete()
  self.noted[number] = nil
end

--- Forgets the steps: the file is done.
function Journal:close()
  if self:is_begun() then M.forget(self.alias, self.file.name) end
end

return M
