std = "min"
max_line_length = 120
files["spec/unit"] = { std = "min+busted" }
files["spec/cli"] = { std = "min+busted" }
files["spec/db"] = { std = "min+busted" }
files["spec/support"] = { std = "min+busted" }
files["spec/fault"] = { std = "lua54+busted", globals = { "assert" } }
