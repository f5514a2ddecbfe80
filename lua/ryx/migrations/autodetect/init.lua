-- SPDX-License-Identifier: MIT
-- What changed between two states, as operations that can be done in their order, and what must be
-- asked of a person. Every operation is applied at once to the state that the next one is found in.
local change_fields = require "ryx.migrations.autodetect.fields"
local change_models = require "ryx.migrations.autodetect.models"
local change_options = require "ryx.migrations.autodetect.options"
local question = require "ryx.migrations.autodetect.question"

local M = {}

local Detector = {}
Detector.__index = Detector

--- Adds an operation.
function Detector:add(op)
  self.operations[#self.operations + 1] = op
  self.state = op:apply(self.state)
end

--- Notes a question that nobody answered.
function Detector:leave(q)
  self.questions[#self.questions + 1] = q
end

--- The names of the models of both states, sorted, with their records.
function Detector:each_common()
  local names, i = self.state:names(), 0
  return function()
    repeat i = i + 1 until not names[i] or self.to:get(names[i])
    if names[i] then return names[i], self.state:get(names[i]), self.to:get(names[i]) end
  end
end

--- The operations that lead from one state to another, and the questions that are open; where
--- there are any, the operations are not those that are meant.
function M.run(from, to, answers)
  local d = setmetatable({
    state = from, to = to, answers = answers or question.new(), operations = {}, questions = {}, was = {},
    open = {}, fresh = {}, taken = {}, read = {},
  }, Detector)
  change_models.rename(d)
  change_fields.rename(d)
  change_models.find_taken(d)
  change_options.withdraw(d)
  change_fields.remove(d)
  change_models.delete(d, true)
  change_options.alter(d) -- a new model may take the table's name that another one gives up
  change_models.create(d)
  change_fields.release_keys(d)
  change_fields.add(d)
  change_fields.alter(d)
  change_fields.remove_read(d)
  change_models.delete(d)
  change_options.extend(d)
  return d.operations, d.questions
end

return M
