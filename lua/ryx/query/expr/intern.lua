-- SPDX-License-Identifier: MIT
-- Terms of expressions and conditions, one table for each structure: two trees
-- of the same form are the same term, whatever their values. A term knows no
-- model; what it means is worked out where it is used.
local compat = require "ryx.compat"

local M = {}

local TERMS_MAX = 4096

local terms, n_terms, last_id = {}, 0, 0

--- A number that no other term or node has.
function M.id()
  last_id = last_id + 1
  return last_id
end

-- Terms lie in a tree of tables by operation and parts, so that no key is built.
local TERM, NIL = {}, {} -- where a leaf keeps its term; what stands for nil

--- The term of an operation: { op, id, parts... }. Parts are terms, nodes of
--- querysets, texts, numbers and booleans.
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
  local term = leaf[TERM]
  if term then return term end
  n_terms = n_terms + 1
  if n_terms > TERMS_MAX then terms, n_terms = {}, 1 end
  term = { op = op, id = M.id(), n = n, ... }
  leaf[TERM] = term
  return term
end

--- Appends values to a list.
function M.append(list, values)
  local n = #list
  for i = 1, #values do list[n + i] = values[i] end
end

-- Keys of a table of conditions in sorted order. Tables with the same keys in
-- the same order of pairs() meet the same leaf of this tree, so a combination is
-- sorted once.
local combinations, n_combinations = {}, 0
local SORTED = {} -- where a leaf keeps its list: no key of a condition

--- The keys of a table of conditions, sorted.
function M.sorted_keys(conditions)
  local leaf = combinations
  for key in next, conditions do
    local deeper = leaf[key]
    if not deeper then
      n_combinations = n_combinations + 1
      deeper = {}
      leaf[key] = deeper
    end
    leaf = deeper
  end
  local keys = leaf[SORTED]
  if not keys then
    keys = compat.sorted_keys(conditions)
    if n_combinations > TERMS_MAX then combinations, n_combinations = {}, 0 end
    leaf[SORTED] = keys
  end
  return keys
end

return M
