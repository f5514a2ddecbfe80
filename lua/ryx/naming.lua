-- SPDX-License-Identifier: MIT
-- Names: the table of a model, generated names that fit into 63 bytes, the parts of
-- "author__name".
local M = {}

-- PostgreSQL cuts longer names.
M.MAX = 63

--- The words of a model's name: BlogPost -> blog_post, with an underscore before every
--- capital that a lower-case letter follows.
local function snake(name)
  local s = name:sub(1, 1) .. name:sub(2):gsub("%u%l", "_%0")
  return s:lower()
end

M.snake = snake

local ES = { s = true, x = true, z = true }

--- Post -> posts, BlogPost -> blog_posts, Box -> boxes, Category -> categories
function M.table_name(model_name)
  local s = snake(model_name)
  if s:find("[^aeiou_%d]y$") then return s:sub(1, -2) .. "ies" end
  if ES[s:sub(-1)] or s:find("[cs]h$") then return s .. "es" end
  return s .. "s"
end

-- FNV-1a over the whole name, as text that stays the same on every Lua.
local function hash(s)
  local h = 2166136261
  for i = 1, #s do
    local low = h % 256
    local b, x, bit = s:byte(i), 0, 1
    for _ = 1, 8 do
      if low % 2 ~= b % 2 then x = x + bit end
      low, b, bit = math.floor(low / 2), math.floor(b / 2), bit * 2
    end
    h = h - h % 256 + x
    -- h * 16777619 modulo 2^32 without passing 2^53.
    local high = math.floor(h / 65536)
    h = (high * 16777619 % 65536 * 65536 + h % 65536 * 16777619) % 4294967296
  end
  return ("%08x"):format(h)
end

--- Parts joined by "_", cut with a hash at the end when longer than 63 bytes.
function M.generated(...)
  local name = table.concat({ ... }, "_")
  if #name <= M.MAX then return name end
  local cut = M.MAX - 9
  -- Never in the middle of a character.
  while cut > 0 and (name:byte(cut + 1) or 0) >= 128 and (name:byte(cut + 1) or 0) < 192 do cut = cut - 1 end
  return name:sub(1, cut) .. "_" .. hash(name)
end

--- A name of an abstract model in one that is built upon it: "%(class)s_set" -> post_set. Django's
--- words: class, app_label.
function M.expand(name, meta)
  return (name:gsub("%%%((%l[%l_]*)%)s", { class = meta.model_name:lower(), app_label = meta.app_label }))
end

local splits, n_splits = {}, 0

--- The parts of a path; a dot reads as a double underscore.
function M.split(path)
  local parts = splits[path]
  if parts then return parts end
  parts = {}
  for part in (path:gsub("%.", "__") .. "__"):gmatch("(.-)__") do parts[#parts + 1] = part end
  n_splits = n_splits + 1
  if n_splits > 4096 then splits, n_splits = {}, 0 end
  splits[path] = parts
  return parts
end

return M
