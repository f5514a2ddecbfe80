-- SPDX-License-Identifier: MIT
-- Lets go of all that nobody uses any more.
collectgarbage()
collectgarbage()
return {}
