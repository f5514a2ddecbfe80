-- SPDX-License-Identifier: MIT
-- Names: the table of a model, generated names that fit into 63 bytes, the parts of
-- "author__name".
local compat = require "ryx.compat"

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

-- Plurals by the end of the word, for those that no rule gives: bookshelf -> bookshelves.
local ENDS = {
  person = "people", child = "children", woman = "women", mouse = "mice", goose = "geese", tooth = "teeth",
  foot = "feet", leaf = "leaves", loaf = "loaves", thief = "thieves", wolf = "wolves", half = "halves",
  shelf = "shelves", self = "selves", knife = "knives", wife = "wives", life = "lives", quiz = "quizzes",
  analysis = "analyses", basis = "bases", crisis = "crises", thesis = "theses", axis = "axes", oasis = "oases",
  diagnosis = "diagnoses", synopsis = "synopses", ellipsis = "ellipses", criterion = "criteria",
  phenomenon = "phenomena", matrix = "matrices", vertex = "vertices", appendix = "appendices", hero = "heroes",
  potato = "potatoes", tomato = "tomatoes", echo = "echoes", veto = "vetoes", stomach = "stomachs",
  monarch = "monarchs", epoch = "epochs", series = "series", species = "species", sheep = "sheep", fish = "fish",
  equipment = "equipment", information = "information", news = "news", metadata = "metadata",
}
-- The same for whole words only: a mongoose is no goose, and a diet no die.
local WORDS = {
  man = "men", ox = "oxen", louse = "lice", die = "dice", calf = "calves", elf = "elves", datum = "data",
  data = "data", deer = "deer", mongoose = "mongooses",
}
-- Words in -man that are not about a man.
local NO_MAN = { human = true, german = true, roman = true, shaman = true, talisman = true, ottoman = true }
local ES = { s = true, x = true, z = true }

-- The plural of a word in small letters.
local function plural(word)
  if WORDS[word] then return WORDS[word] end
  for n = math.max(1, #word - 11), #word do
    local ending = ENDS[word:sub(n)]
    if ending then return word:sub(1, n - 1) .. ending end
  end
  if word:find("man$") and not NO_MAN[word] then return word:sub(1, -3) .. "en" end
  if word:find("[^aeiou%d]y$") or word:find("quy$") then return word:sub(1, -2) .. "ies" end
  if ES[word:sub(-1)] or word:find("[cs]h$") then return word .. "es" end
  return word .. "s"
end

--- Post -> posts, BlogPost -> blog_posts, Box -> boxes, Category -> categories
function M.table_name(model_name)
  local before, word = snake(model_name):match("^(.-)([^_]*)$")
  return before .. plural(word)
end

local ENDS_OF, WORDS_OF = compat.inverted(ENDS), compat.inverted(WORDS)
-- Words in -ie and -e whose plurals look like those of others in -y, -us and -h.
local SINGULARS = {}
for word in ("movie cookie tie pie lie zombie calorie rookie selfie genie brownie prairie hoodie birdie freebie house "
  .. "cause use pause clause excuse spouse warehouse cache niche ache headache avalanche"):gmatch("%a+") do
  SINGULARS[plural(word)] = word
end

-- Endings of plurals and what they stand for; the first that gives the plural again is it.
local CUTS = {
  { "ies$", "y" }, { "sses$", "ss" }, { "uses$", "us" }, { "ses$", "se" }, { "zzes$", "zz" }, { "zes$", "ze" },
  { "xes$", "x" }, { "ches$", "ch" }, { "shes$", "sh" }, { "men$", "man" }, { "s$", "" },
}

-- The word in small letters whose plural this is, or the word itself.
local function singular(word)
  if SINGULARS[word] or WORDS_OF[word] then return SINGULARS[word] or WORDS_OF[word] end
  for n = math.max(1, #word - 11), #word do
    local ending = ENDS_OF[word:sub(n)]
    local one = ending and word:sub(1, n - 1) .. ending
    if one and plural(one) == word then return one end
  end
  for _, cut in ipairs(CUTS) do
    local one, n = word:gsub(cut[1], cut[2])
    if n == 1 and one ~= "" and plural(one) == word then return one end
  end
  return word
end

--- The name of a model whose table is called so: posts -> Post, blog_posts -> BlogPost, "old stuff" -> OldStuff.
function M.model_name(table_name)
  local words = {}
  for word in table_name:gmatch("[%w]+") do words[#words + 1] = word:lower() end
  words[#words] = words[1] and singular(words[#words])
  for i, word in ipairs(words) do words[i] = word:sub(1, 1):upper() .. word:sub(2) end
  local name = table.concat(words)
  return name:find("^%a") and name or "Table" .. name
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
