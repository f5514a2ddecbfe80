-- Models: fields and Meta, tables, keys, plurals, what is shared by abstract models, proxies.
-- lua examples/01_models.lua [URL]
local ryx = require "ryx"
local Q = ryx.Q

ryx.setup(arg and arg[1] or "sqlite::memory:")

-- What several models have: an abstract one has no table.
local Stamped = ryx.model("ExampleStamped", {
  made = ryx.DateTimeField{ auto_now_add = true },
  Meta = { abstract = true, ordering = { "-priority", "id" }, indexes = { ryx.Index{ fields = { "made" } } } },
})
function Stamped:age_in_days() return (ryx.now() - self.made).days end

local Category = ryx.model("ExampleCategory", { name = ryx.CharField{ max_length = 30, unique = true } })
local Task = ryx.model("ExampleTask", {
  title = ryx.CharField{ max_length = 60 },
  priority = ryx.IntField{ default = 1 },
  state = ryx.CharField{ max_length = 10, choices = { { "todo", "to do" }, { "done", "done" } }, default = "todo" },
  category = ryx.ForeignKey("ExampleCategory", { null = true, on_delete = "SET_NULL", related_name = "tasks" }),
  Meta = {
    unique_together = { { "category", "title" } },
    constraints = { ryx.Constraint{ check = Q{ priority__range = { 1, 9 } }, name = "example_priority" } },
  },
}, Stamped)

function Task:before_save() self.title = self.title:gsub("^%l", string.upper) end
function Task:__tostring() return ("%s (%d)"):format(self.title, self.priority) end

-- The same rows with another order and other methods.
local Done = ryx.model("ExampleDone", { Meta = { proxy = true, ordering = { "category__name", "title" } } }, Task)
function Done:praise() return "well done: " .. self.title end

ryx.migrate{ Category, Task }
Task.objects:delete_all()
Category.objects:delete_all()

print(Category._meta.table_name, Task._meta.table_name)              --> example_categories	example_tasks
print(table.concat(Task._meta.attnames, " "))                        --> id made title priority state category_id

local home = Category.objects:create{ name = "home" }
Task.objects:create{ title = "water the flowers", category = home }
Task.objects:create{ title = "mend the door", priority = 5, category = home }
for _, task in ipairs(Task.objects:all()) do print(task, task:age_in_days()) end
--> Mend the door (5)	0
--> Water the flowers (1)	0

-- What the database refuses, in words of the model.
local _, err = ryx.try(Task.objects.create, Task.objects, { title = "Mend the door", category = home })
print(err.kind, table.concat(err.fields, " "))                       --> unique_violation	category title
_, err = ryx.try(function() Task.objects:update_all{ priority = 10 } end)
print(err.kind, err.constraint)                                      --> check_violation	example_priority

local door = Task.objects:get{ title = "Mend the door" }
door.state = "done"
door:save()
local done = Done.objects:filter{ state = "done" }:get()
print(done:praise(), done == door, done:get_state_display())         --> well done: Mend the door	true	done
_, err = ryx.try(Done.objects.get, Done.objects, { title = "nothing" })
print(err:is(Done.DoesNotExist), err:is(Task.DoesNotExist))          --> true	true

Task.objects:delete_all()
Category.objects:delete_all()
ryx.close()
