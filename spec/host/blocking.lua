-- SPDX-License-Identifier: MIT
-- Lua in the main chunk: every call blocks.
package.path = "spec/host/?.lua;" .. package.path
local failures = require("scenarios").run(assert(os.getenv("RYX_TEST_URL")), print)
require("ryx").close()
os.exit(failures == 0 and 0 or 1, true)
