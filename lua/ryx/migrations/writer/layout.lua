-- SPDX-License-Identifier: MIT
-- Lua text as a person lays it out: on one line where it fits, else each part on its own. A piece
-- is text or one of what the functions here make.
local M = {}

local WIDTH, STEP = 100, 2

--- open item, item close: a table or a call. In a table there is room inside its braces.
function M.group(open, items, close)
  return { open = open, items = items, close = close, space = close:sub(1, 1) == "}" and items[1] and " " or "" }
end

--- before and a piece, as in a pair of a table.
function M.behind(before, piece)
  if type(piece) == "string" then return before .. piece end
  return { before = before, piece = piece }
end

--- Items that an operator joins.
function M.joined(items, operator)
  if not items[2] then return items[1] end
  return { items = items, operator = operator }
end

local flat

local function all_flat(items)
  local out = {}
  for i, item in ipairs(items) do out[i] = flat(item) end
  return out
end

function flat(piece)
  if type(piece) == "string" then return piece end
  if piece.before then return piece.before .. flat(piece.piece) end
  if piece.operator then return table.concat(all_flat(piece.items), " " .. piece.operator .. " ") end
  return piece.open .. piece.space .. table.concat(all_flat(piece.items), ", ") .. piece.space .. piece.close
end
M.flat = flat

-- Columns of the last line of a text that begins at a column.
local function width_after(column, text)
  local last = text:match("\n([^\n]*)$")
  return last and #last or column + #text
end

local render

local function break_joined(piece, indent, column)
  local out = { render(piece.items[1], indent, column, 0) }
  local inner = indent + STEP
  for i = 2, #piece.items do
    local before = (" "):rep(inner) .. piece.operator .. " "
    out[i] = before .. render(piece.items[i], inner, #before, 0)
  end
  return table.concat(out, "\n")
end

local function break_group(piece, indent)
  local inner, out = indent + STEP, { piece.open }
  local is_table = piece.space ~= ""
  for i, item in ipairs(piece.items) do
    local comma = (is_table or i < #piece.items) and "," or ""
    out[#out + 1] = (" "):rep(inner) .. render(item, inner, inner, #comma) .. comma
  end
  out[#out + 1] = (" "):rep(indent) .. piece.close
  return table.concat(out, "\n")
end

-- The parts that can be broken further: a table, a call.
local function is_group(piece)
  while type(piece) == "table" and piece.before do piece = piece.piece end
  return type(piece) == "table" and piece.open ~= nil and piece.items[1] ~= nil
end

-- A call whose last argument is a table goes on behind it: f("a", {
local function hug(piece, indent, column, after)
  local n = #piece.items
  if piece.space ~= "" or not is_group(piece.items[n]) then return nil end
  local head = piece.open
  for i = 1, n - 1 do head = head .. flat(piece.items[i]) .. ", " end
  if head:find("\n", 1, true) or column + #head > WIDTH * 0.7 then return nil end
  return head .. render(piece.items[n], indent, column + #head, after + #piece.close) .. piece.close
end

--- The text of a piece that begins at a column, with `after` columns behind it.
function render(piece, indent, column, after)
  local text = flat(piece)
  local is_one_line = not text:find("\n", 1, true)
  if type(piece) == "string" or is_one_line and width_after(column, text) + after <= WIDTH then return text end
  if piece.before then return piece.before .. render(piece.piece, indent, column + #piece.before, after) end
  if piece.operator then return break_joined(piece, indent, column) end
  return hug(piece, indent, column, after) or break_group(piece, indent)
end

--- The text of a piece whose line is indented.
function M.text(piece, indent)
  return render(piece, indent or 0, indent or 0, 1)
end

return M
