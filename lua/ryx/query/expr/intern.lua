-- SPDX-License-Identifier: MIT
-- Terms of expressions and conditions, one table for each structure: two trees of the
-- same form are the same term, whatever their values. A term knows no model; what it
-- means is worked out where it is used.
--
-- Terms, chain nodes and plans share one budget: when it is used up, all are forgotten
-- together, so that queries without end of ever new forms leave memory flat.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local M = {}

local BUDGET = 8192

local n_remembered, last_id = 0, 0
local forgetters = {}

--- Calls fn when everything is forgotten.
function M.on_forget(fn)
  forgetters[#forgetters + 1] = fn
end

--- Forgets what is remembered; what is in use stays with those who use it.
function M.forget()
  n_remembered = 0
  for _, fn in ipairs(forgetters) do fn() end
end

--- Counts a thing that is about to be remembered.
function M.remember()
  if n_remembered >= BUDGET then M.forget() end
  n_remembered = n_remembered + 1
end

--- A number that no other term or node has.
function M.id()
  last_id = last_id + 1
  return last_id
end

-- Terms lie in a tree of tables by operation and parts, so that no key is built.
local terms = {}
local TERM, NIL = {}, {} -- where a leaf keeps its term; what stands for nil

M.on_forget(function() terms = {} end)

local function new_term(op, leaf, n, ...)
  M.remember()
  local term = { op = op, id = M.id(), n = n, ... }
  leaf[TERM] = term
  return term
end

--- The term of an operation: { op, id, parts... }. Parts are terms, chain nodes,
--- texts, numbers and booleans.
function M.term(op, ...)
  local n = select("#", ...)
  local leaf = terms[op]
  if not leaf then
    leaf = {}
    terms[op] = leaf
  end
  for i = 1, n do
    local part = (select(i, ...))
    if part == nil then part = NIL end
    local deeper = leaf[part]
    if not deeper then
      deeper = {}
      leaf[part] = deeper
    end
    leaf = deeper
  end
  return leaf[TERM] or new_term(op, leaf, n, ...)
end

--- The term of names and terms by turns.
function M.pairs(op, names, of_names)
  local parts = {}
  for i, name in ipairs(names) do parts[2 * i - 1], parts[2 * i] = name, of_names[i] end
  return M.term(op, compat.unpack(parts))
end

-- Conditions of one value, found by class and path.
local leaves = {}

M.on_forget(function() leaves = {} end)

function M.check_path(path)
  if type(path) ~= "string" then
    errors.raise("misuse", "a condition is named by text, not by %s", compat.show(path))
  end
end

--- The term of a condition whose value has a class: { op = "leaf", path, class }.
function M.leaf(path, class)
  local same = leaves[class]
  local term = same and same[path]
  if term then return term end
  M.check_path(path)
  M.remember()
  same = leaves[class] or {}
  leaves[class] = same
  term = { op = "leaf", id = M.id(), n = 2, path, class }
  same[path] = term
  return term
end

--- Appends values to a list.
function M.append(list, values)
  local n = #list
  for i = 1, #values do list[n + i] = values[i] end
end

-- Tables with the same keys in the same order of pairs() meet the same leaf of this
-- tree, so a combination is sorted once.
local combinations = {}
local SORTED = {} -- where a leaf keeps its list: no key of a condition

M.on_forget(function() combinations = {} end)

--- The keys of a table of conditions, sorted.
function M.sorted_keys(conditions)
  local leaf = combinations
  for key in next, conditions do
    local deeper = leaf[key]
    if not deeper then
      deeper = {}
      leaf[key] = deeper
    end
    leaf = deeper
  end
  local keys = leaf[SORTED]
  if not keys then
    keys = compat.sorted_keys(conditions)
    leaf[SORTED] = keys
    M.remember()
  end
  return keys
end

return M
