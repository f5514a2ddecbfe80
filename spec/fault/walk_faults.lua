-- SPDX-License-Identifier: MIT
-- What happens to the connections of a walk (walk.lua): one fault after the other,
-- with a moment of peace in between.
local ryx = require "ryx"
local kit = require "fault.kit"

local M = {}

local dice = math.random

-- For a while, then as it should be again.
local function meanwhile(command)
  return function(proxy)
    proxy:tell(type(command) == "function" and command() or command)
    ryx.sleep(0.05 + dice() * 0.25)
    proxy:tell("pass")
  end
end

local FAULTS = {
  function(proxy) proxy:tell("cut") end,
  function(proxy) proxy:tell("rst") end,
  function() kit.kill_all_soon() end,
  meanwhile("stall"),
  meanwhile("refuse"),
  meanwhile("deaf"),
  meanwhile("slice 7"),
  meanwhile("delay 20"),
  meanwhile("rate 200000"),
  meanwhile("next lose"),
  meanwhile("next cut"),
  meanwhile(function() return ("after up %d rst"):format(dice(20000)) end),
  meanwhile(function() return ("after down %d cut"):format(dice(50000)) end),
}

-- Silent for ever, so that only deadlines find them: longer than every deadline of the
-- walk nothing else happens.
local SILENCE = 5
local function fall_silent(proxy)
  proxy:tell("half")
  ryx.sleep(SILENCE)
end

-- Every kind at least once where there is time, then as the dice fall.
local function shuffled()
  local list = {}
  for i, fault in ipairs(FAULTS) do table.insert(list, dice(i), fault) end
  return list
end

--- Plays faults for some seconds; then everything passes again.
function M.play(proxy, seconds)
  local start, list = kit.clock(), {}
  local silent_at = start + math.min(seconds / 3, 60)
  while kit.clock() < start + seconds do
    ryx.sleep(dice() * 0.3)
    if #list == 0 then list = shuffled() end
    table.remove(list)(proxy)
    if kit.clock() > silent_at then
      fall_silent(proxy)
      silent_at = silent_at + 60
    end
  end
  proxy:tell("pass")
end

return M
