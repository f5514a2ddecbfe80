-- SPDX-License-Identifier: MIT
-- What a run has asked: how many queries of each kind, how many were refused and why, and
-- how many disagreements of each sort.
local compat = require "ryx.compat"
local kinds = require "differential.kinds"
local refusals = require "differential.refusals"

local M = {}

local Figures = {}
Figures.__index = Figures

--- None yet; of a run over these aliases.
function M.new(aliases)
  return setmetatable({
    aliases = aliases, began = os.time(), queries = 0, writes = 0, made = {}, refused = {}, different = {},
  }, Figures)
end

local function add(counts, name)
  counts[name] = (counts[name] or 0) + 1
end

--- Counts a query and the answers to it.
function Figures:count(query, answers)
  self.queries = self.queries + 1
  for name in pairs(kinds.of(query)) do add(self.made, name) end
  for _, alias in ipairs(self.aliases) do
    local answer = answers[alias]
    local why = refusals.allowed(answer) or query.refused and answer.own and "what must be refused"
    if why then add(self.refused, alias .. ": " .. why) end
  end
end

--- Counts a disagreement by who differs and how.
function Figures:disagreement(different, answers)
  local out = {}
  for _, alias in ipairs(self.aliases) do
    local way = different[alias]
    local message = way and answers[alias].error
    if message then
      way = way .. ", " .. message:gsub("[%w/_.-]+:%d+: ", ""):gsub("D%d+%u%l+", "Model"):gsub("%d+", "N"):sub(1, 110)
    end
    if way then out[#out + 1] = alias .. " " .. way end
  end
  add(self.different, table.concat(out, "; "))
end

--- Prints them all.
function Figures:report()
  local seconds = math.max(os.time() - self.began, 1)
  print(("# %d queries in %d s on %s: %d a minute"):format(self.queries, seconds, table.concat(self.aliases, ", "),
    math.floor(self.queries * 60 / seconds)))
  for _, what in ipairs{ "made", "refused", "different" } do
    for _, name in ipairs(compat.sorted_keys(self[what])) do
      print(("# %-9s %6d  %s"):format(what, self[what][name], name))
    end
  end
end

return M
