-- SPDX-License-Identifier: MIT
--- ryx loaddata: rows that dumpdata wrote into the tables of the models, all or none.
local M = {
  name = "loaddata", help = "read rows that dumpdata wrote, all or none",
  args = {
    { "file", metavar = "FILE", help = "the file; - is standard input" },
  },
  project = "models",
}

-- Rows are garbage as soon as they are written: a heap of some 40 MB costs less than many looks at it.
local PAUSE_PERCENT = 400

function M.run(args, ctx)
  collectgarbage("setpause", PAUSE_PERCENT)
  local out, progress = ctx.out, ctx.out:progress()
  local source = require("ryx.cli.data.source").open(args.file)
  local ok, result = pcall(require("ryx.cli.data.load").run, ctx.project.models, source, function(text)
    progress:step(text)
  end)
  source:close()
  progress:clear()
  if not ok then error(result, 0) end
  out:line("%d row%s loaded", result, result == 1 and "" or "s")
  return 0
end

return M
