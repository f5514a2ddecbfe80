-- SPDX-License-Identifier: MIT
-- ryx.Search, ryx.SearchRank, ryx.TrigramSimilarity, and filter{ title__search = "words" }:
-- what is found in texts.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local search_index = require "ryx.meta.search_index"
local types = require "ryx.query.fn.types"

local M = {}

-- What an index has the words of is a column of a model's own table.
local function check_column(node, what)
  local source = node.source
  if node.op ~= "column" or not node.field or not source.meta or source.query then
    errors.raise("unsupported", "%s searches the fields of a model's table, not what a query works out", what)
  end
  if node.type ~= "text" then
    errors.raise("field_error", "%s searches texts, but %s is of type %s", what, node.field.name, node.type)
  end
end

local function check_columns(nodes, what)
  local seen = {}
  for _, node in ipairs(nodes) do
    check_column(node, what)
    if node.source ~= nodes[1].source then
      errors.raise("unsupported", "%s searches the fields of one model at once: join two searches by +", what)
    end
    if seen[node.field] then errors.raise("misuse", "%s: the field %q is there twice", what, node.field.name) end
    seen[node.field] = true
  end
  return seen
end

-- The fields that the index has the words of, or those asked for where there is none.
local function fields_of(index, meta, nodes)
  local list = {}
  if not index then
    for i, node in ipairs(nodes) do list[i] = node.field end
    return list
  end
  for i, name in ipairs(index.fields) do list[i] = meta:get_field(name) end
  return list
end

--- The search of words (a parameter) in columns: kind "match" or "rank"; `what` names it in
--- errors.
function M.node(kind, nodes, words, what)
  local searched = check_columns(nodes, what)
  local source = nodes[1].source
  local meta = source.meta
  if not meta.pk_field then
    errors.raise("unsupported", "%s: the key of %s has several fields, and words are found by a key of one", what,
      meta.model_name)
  end
  local list = {}
  for i, node in ipairs(nodes) do list[i] = node.field end
  local index = search_index.find(meta, list)
  local made = {
    op = "search", kind = kind, type = kind == "match" and "bool" or "double", null = false,
    index = index and index:name_in(meta) or "", config = index and index.config or search_index.CONFIG,
    fields = {}, words, ir.column(source, meta.pk_field),
  }
  for i, field in ipairs(fields_of(index, meta, nodes)) do
    local weight = index and index.weights[index.fields[i]] or "D"
    made.fields[i] = {
      weight = search_index.WEIGHTS[weight], is_searched = searched[field] ~= nil,
      words_column = search_index.words_column(field),
    }
    made[i + 2] = ir.column(source, field)
  end
  return made
end

-- What is searched for arrives with the statement: its words make a query of their own.
local function words_of(node, what)
  if node.op ~= "param" or node.type ~= "text" then
    errors.raise("misuse", "%s: the words are a text, not an expression or another value", what)
  end
  return node
end

local function search(kind, name)
  return function(args)
    return M.node(kind, args[1], words_of(args[2], name), name)
  end
end

local function similarity(args, _, fail)
  return ir.call("trigram_similarity", "double", { types.text(args[1], fail), types.text(args[2], fail) })
end

M.rows = {
  { name = "Search", args = { "fields", "value" }, is_condition = true,
    doc = "Do the fields, one or a list, hold all words? See [Search](../guide/search.md).",
    types = "texts, words -> bool, never NULL", example = 'ryx.Search({ "title", "body" }, "red fox")',
    sql = '((to_tsvector(\'simple\', COALESCE("title", \'\')) || ...) @@ plainto_tsquery(\'simple\', $1))',
    resolve = search("match", "Search") },
  { name = "SearchRank", args = { "fields", "value" },
    doc = "How well the fields match all words: the larger the better, 0 where they do not.",
    types = "texts, words -> double, never NULL", example = 'ryx.SearchRank({ "title", "body" }, "red fox")',
    sql = "(CASE WHEN ... @@ ... THEN ts_rank(..., plainto_tsquery('simple', $1))::float8 ELSE 0 END)",
    resolve = search("rank", "SearchRank") },
  { name = "TrigramSimilarity", args = { "expr", "value" },
    doc = "How alike two texts are, from 0 to 1, by runs of three letters. Not on MariaDB and MySQL.",
    types = "text, text -> double", example = 'ryx.TrigramSimilarity("name", "Jonson")',
    sql = 'similarity("name", $1)::float8', resolve = similarity },
}

return M
