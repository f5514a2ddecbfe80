-- SPDX-License-Identifier: MIT
--- ryx dumpdata: the rows of models as lines of JSON.
local M = {
  name = "dumpdata", help = "write rows of models as lines of JSON",
  args = {
    { "model", metavar = "MODEL", optional = true, repeats = true, help = "only these models; all when none is named" },
    { "-o --output", metavar = "FILE", help = "write into a file, not to standard output" },
  },
  project = "models",
}

-- Those that are named, else all but those that ryx does not manage.
local function chosen(ctx, names)
  local models, set, metas = require "ryx.cli.data.models", {}, {}
  local all, by_name = models.all(ctx.project.models)
  for _, name in ipairs(names) do set[by_name[name] or models.refuse("there is no model", name, by_name)] = true end
  for _, meta in ipairs(all) do
    if set[meta] or not names[1] and meta.managed then metas[#metas + 1] = meta end
  end
  return metas
end

function M.run(args, ctx)
  require("ryx.cli.project").look_only(ctx.project)
  local out, metas = ctx.out, chosen(ctx, args.model)
  local dump, progress = require "ryx.cli.data.dump", out:progress()
  if not args.output then
    dump.run(metas, function(text) out:write(text) end, function() end)
    return 0
  end
  local n = require("ryx.cli.into_file").run(args.output, function(put)
    return dump.run(metas, put, function(text) progress:step(text) end)
  end)
  progress:clear()
  out:line("%s: %d rows", args.output, n)
  return 0
end

return M
