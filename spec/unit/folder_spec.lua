-- SPDX-License-Identifier: MIT
local errors = require "ryx.errors"
local folder = require "ryx.folder"

describe("folders", function()
  local base

  before_each(function()
    base = os.tmpname()
    os.remove(base)
  end)

  after_each(function() os.execute("rm -rf '" .. base .. "'") end)

  local function message_of(fn, ...)
    local ok, err = pcall(fn, ...)
    assert.is_false(ok)
    assert.is_true(errors.is_error(err))
    return err.message
  end

  it("are made with those around them, and made again without a complaint", function()
    folder.make(base .. "/a/b/")
    folder.make(base .. "/a/b")
    assert.same({ "b" }, folder.names(base .. "/a"))
    assert.same({}, folder.names(base .. "/a/b"))
  end)

  it("give names in order, and nil where there is none", function()
    assert.is_nil(folder.names(base))
    folder.make(base)
    for _, name in ipairs{ "0002_b.lua", ".hidden", "0001_a.lua" } do folder.write_new(base .. "/" .. name, "x") end
    assert.same({ ".hidden", "0001_a.lua", "0002_b.lua" }, folder.names(base))
  end)

  it("hold files that are read and written as a whole", function()
    folder.make(base)
    local path, bytes = base .. "/a", "a\0b\r\n\255"
    folder.write_new(path, bytes)
    assert.equal(bytes, folder.read(path))
    assert.equal(path .. " is there already", message_of(folder.write_new, path, "other"))
    assert.equal(bytes, folder.read(path))
  end)

  it("say what a system refuses", function()
    folder.make(base)
    folder.write_new(base .. "/file", "")
    assert.equal("cannot read " .. base .. "/none: No such file or directory", message_of(folder.read, base .. "/none"))
    assert.equal("cannot read " .. base .. ": Is a directory", message_of(folder.read, base))
    assert.equal("cannot write " .. base .. "/none/a: No such file or directory",
      message_of(folder.write_new, base .. "/none/a", ""))
    assert.equal("cannot read the folder " .. base .. "/file: Not a directory", message_of(folder.names,
      base .. "/file"))
    assert.equal("cannot make the folder " .. base .. "/file: File exists", message_of(folder.make, base .. "/file"))
  end)
end)
