-- SPDX-License-Identifier: MIT
-- Errors of queries: those that ryx raised itself before anything was sent, of which some
-- are known and meant, and those that a database gave, which no query may end in.
local M = {}

-- Kinds that ryx raises itself.
local OWN = { unsupported = true, misuse = true, field_error = true, validation = true }

--- An error as an answer: its text, and whether ryx raised it itself.
function M.answer(err)
  if type(err) ~= "table" or not err.kind then return { error = "lua: " .. tostring(err) } end
  local own = OWN[err.kind] and not err.sqlstate and not err.code
  return { error = err.kind .. ": " .. tostring(err.message), kind = err.kind, own = own }
end

-- What a query may be refused for, by pattern: a name for the figures, the kind, the text.
local ALLOWED = {
  { "Mode on MariaDB", "unsupported", "no Mode in a query with GROUP BY" },
  { "lateral", "unsupported", "LATERAL" },
  { "OuterRef in a query inside, on MariaDB", "unsupported", "OuterRef reaches no row here: on this server" },
  { "too deep for SQLite", "unsupported", "SQLite takes no expression as deep as this" },
  { "NUL", "validation", "ext cannot hold NUL" },
  { "Exists of distinct rows with an offset", "unsupported", "Exists: no database counts distinct rows there" },
}

--- The name of the refusal that an answer is, when it is one that is meant.
function M.allowed(answer)
  if not answer.error then return nil end
  for _, row in ipairs(answer.own and ALLOWED or {}) do
    if row[2] == answer.kind and answer.error:find(row[3]) then return row[1] end
  end
end

--- How an error differs from what was to come, an error of a kind or no error; nil when it
--- does not, or there was none.
function M.way(answer, expected)
  if expected then return not (answer.own and answer.kind == expected) and "not refused" or nil end
  if not answer.error then return nil end
  return answer.own and answer.kind or "raw error, " .. (answer.kind or "lua")
end

return M
