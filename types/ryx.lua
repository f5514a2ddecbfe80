---@meta
-- SPDX-License-Identifier: MIT
-- Made by `make docs` from the sources: see scripts/reference/types.lua.

---@class ryx
---@field _VERSION string
local ryx = {}

---A list of values of a base field.
---```lua
---ryx.ArrayField(ryx.CharField{ max_length = 20 }, { size = 10 })
---```
---@param base ryx.Field
---@param options? ryx.ArrayFieldOptions
---@return ryx.Field
function ryx.ArrayField(base, options) end

---A key of 32 bits that the database makes.
---```lua
---ryx.AutoField()
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.AutoField(options) end

---A key of 64 bits that the database makes.
---```lua
---ryx.BigAutoField()
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.BigAutoField(options) end

---A whole number of 64 bits.
---```lua
---ryx.BigIntField{ default = 0 }
---```
---@param options? ryx.IntFieldOptions
---@return ryx.Field
function ryx.BigIntField(options) end

---Bytes.
---```lua
---ryx.BinaryField{ null = true }
---```
---@param options? ryx.BinaryFieldOptions
---@return ryx.Field
function ryx.BinaryField(options) end

---True or false.
---```lua
---ryx.BooleanField{ default = true }
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.BooleanField(options) end

---A queryset under a name for `with`.
---With `recursive`, a function that gets the CTE and gives the queryset of the rows to
---add; `depth` names a column that counts the rounds, `max_depth` stops them, `path` names
---one with the list of keys from the first row to each. A row is not added to its own
---descendants, so cycles end.
---With `update` or `delete` it writes the rows of the queryset (PostgreSQL), with `bulk_create`
---it inserts new ones; its rows are what it gives back.
---```lua
---local busy = ryx.CTE("busy", Post.objects:values("author"):annotate{ n = Count("id") })
---Author.objects:with(busy, { on = { author = "pk" } }):filter{ busy__n__gt = 3 }
---ryx.CTE("tree", Node.objects:filter{ id = 1 }, { recursive = function(tree)
---  return Node.objects:with(tree, { on = { id = "parent" } })
---end, depth = "level" })
---ryx.CTE("gone", Post.objects:filter{ views = 0 }, { delete = true, returning = { "title" } })
---```
---@param name string
---@param qs ryx.QuerySet
---@param options? ryx.CTEOptions
---@return ryx.CTE
function ryx.CTE(name, qs, options) end

---The statement was cancelled.
---Below `ryx.OperationalError`, kind `"cancelled"`.
---@type ryx.ErrorClass
ryx.CancelledError = nil

---CASE.
---```lua
---Case{ When({ views__gte = 40 }, "big"), When({ views__gte = 10 }, "some"), default = "small" }
---```
---@param list { [integer]: ryx.When, default?: ryx.ValueOrExpr }
---@return ryx.Expr
function ryx.Case(list) end

---A text of bounded length.
---```lua
---ryx.CharField{ max_length = 100, unique = true }
---```
---@param options? ryx.CharFieldOptions
---@return ryx.Field
function ryx.CharField(options) end

---A constraint refuses the row.
---Below `ryx.IntegrityError`, kind `"check_violation"`.
---@type ryx.ErrorClass
ryx.CheckViolation = nil

---Values, or { value, label } pairs.
---```lua
---ryx.CharField{ validators = { ryx.ChoicesValidator{ "a", "b" } } }
---```
---@param choices any[]
---@return ryx.Validator
function ryx.ChoicesValidator(choices) end

---The answer to a COMMIT, or to a write outside a transaction, was lost.
---Below `ryx.OperationalError`, kind `"commit_unknown"`.
---@type ryx.ErrorClass
ryx.CommitUnknown = nil

---The server cannot be reached, refuses the login, or went away.
---Below `ryx.OperationalError`, kind `"connection"`.
---@type ryx.ErrorClass
ryx.ConnectionError = nil

---A condition that every row meets, for Meta.constraints; check may be SQL text.
---```lua
---ryx.Constraint{ check = Q{ views__gte = 0 }, name = "post_views_chk" }
---```
---@param options { check: ryx.Q|string, name: string }
---@return ryx.Constraint
function ryx.Constraint(options) end

---What a database says, or cannot do.
---Below `ryx.RyxError`.
---@type ryx.ErrorClass
ryx.DatabaseError = nil

---A day: ryx.date, or ISO text.
---```lua
---ryx.DateField{ null = true }
---```
---@param options? ryx.DateFieldOptions
---@return ryx.Field
function ryx.DateField(options) end

---A moment in UTC: ryx.datetime, or ISO text.
---```lua
---ryx.DateTimeField{ auto_now_add = true }
---```
---@param options? ryx.DateTimeFieldOptions
---@return ryx.Field
function ryx.DateTimeField(options) end

---Transactions waited for each other: run it again.
---Below `ryx.OperationalError`, kind `"deadlock"`.
---@type ryx.ErrorClass
ryx.DeadlockError = nil

---An exact decimal number: ryx.decimal, text or a whole number.
---```lua
---ryx.DecimalField{ max_digits = 8, decimal_places = 2 }
---```
---@param options? ryx.DecimalFieldOptions
---@return ryx.Field
function ryx.DecimalField(options) end

---No row was found.
---Below `ryx.RyxError`, kind `"does_not_exist"`.
---@type ryx.ErrorClass
ryx.DoesNotExist = nil

---A span of time: ryx.duration, or ISO text.
---```lua
---ryx.DurationField{ null = true }
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.DurationField(options) end

---An address for mail.
---```lua
---ryx.EmailField{ unique = true }
---```
---@param options? ryx.CharFieldOptions 254 characters when not given
---@return ryx.Field
function ryx.EmailField(options) end

---An address for mail: name@domain, in which the domain has a dot. Whether anybody reads what is sent there
---it does not ask.
---```lua
---ryx.CharField{ validators = { ryx.EmailValidator() } }
---```
---@return ryx.Validator
function ryx.EmailValidator() end

---Are there rows of a queryset?
---```lua
---filter(Exists(Post.objects:filter{ author = OuterRef("pk") }))
---```
---@param qs ryx.QuerySet
---@return ryx.Q
function ryx.Exists(qs) end

---A column, relation or annotation by its path.
---```lua
---F"views" + 1, F"author__name"
---```
---@param path string
---@return ryx.Expr
function ryx.F(path) end

---A path or a name leads to nothing.
---Below `ryx.RyxError`, kind `"field_error"`.
---@type ryx.ErrorClass
ryx.FieldError = nil

---A float of 64 bits.
---```lua
---ryx.FloatField{ null = true }
---```
---@param options? ryx.FloatFieldOptions
---@return ryx.Field
function ryx.FloatField(options) end

---A row of another model: post.author, post.author_id.
---```lua
---ryx.ForeignKey("Author", { related_name = "posts" })
---```
---@param to string|ryx.ModelClass a model, its name or "self"
---@param options? ryx.ForeignKeyOptions
---@return ryx.Field
function ryx.ForeignKey(to, options) end

---A row refers to one that is not there, or others still refer to it.
---Below `ryx.IntegrityError`, kind `"foreign_key_violation"`.
---@type ryx.ErrorClass
ryx.ForeignKeyViolation = nil

---A function that the database has and ryx does not; `type` says what comes back.
---Another form than name(a, b) is Raw's, which takes expressions as parameters.
---```lua
---ryx.Func("similarity", { "title", ryx.Value("hello") }, { type = "double" })
----> similarity("title", $1)
---```
---@param name string also with a schema: "public.slug"
---@param args? ryx.PathOrExpr[] a text is a path, as in the functions of ryx
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function ryx.Func(name, args, options) end

---The message where fn(value) is false or nil, "Invalid value." when not given.
---```lua
---ryx.FunctionValidator(function(v) return v % 2 == 0 end, "Enter an even number.")
---```
---@param fn fun(value: any): any
---@param message? string
---@return ryx.Validator
function ryx.FunctionValidator(fn, message) end

---A column that the database works out of others of its row; it is read like any other, and never written.
---```lua
---ryx.GeneratedField{ expression = F"price" * F"pieces", output_field = ryx.IntField(), db_persist = true }
----> "total" INTEGER GENERATED ALWAYS AS (("price" * "pieces")) STORED
---```
---@param options ryx.GeneratedFieldOptions
---@return ryx.Field
function ryx.GeneratedField(options) end

---An address of IPv4 or IPv6, of which there is one form: the shortest, in small letters.
---```lua
---ryx.GenericIPAddressField{ null = true }
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.GenericIPAddressField(options) end

---An address of IPv4.
---```lua
---ryx.IPAddressField{ null = true }
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.IPAddressField(options) end

---An address of either kind.
---```lua
---ryx.CharField{ validators = { ryx.IPAddressValidator() } }
---```
---@return ryx.Validator
function ryx.IPAddressValidator() end

---Four numbers up to 255.
---```lua
---ryx.CharField{ validators = { ryx.IPv4Validator() } }
---```
---@return ryx.Validator
function ryx.IPv4Validator() end

---An address of IPv6, in any of its forms.
---```lua
---ryx.CharField{ validators = { ryx.IPv6Validator() } }
---```
---@return ryx.Validator
function ryx.IPv6Validator() end

---An index, for Meta.indexes. What a database lacks is `unsupported` when the table is made.
---```lua
---ryx.Index{ fields = { "author", "-created" } }
---ryx.Index{ expressions = { ryx.Lower("email") }, unique = true }
----> CREATE UNIQUE INDEX ... ON ... ((LOWER("email" COLLATE "C.utf8") COLLATE "C"))
---ryx.Index{ fields = { "author" }, include = { "title" }, concurrently = true }
---```
---@param options ryx.IndexOptions
---@return ryx.Index
function ryx.Index(options) end

---A whole number of 32 bits.
---```lua
---ryx.IntField{ default = 0, min_value = 0 }
---```
---@param options? ryx.IntFieldOptions
---@return ryx.Field
function ryx.IntField(options) end

---The data does not allow it.
---Below `ryx.DatabaseError`.
---@type ryx.ErrorClass
ryx.IntegrityError = nil

---Tables, texts, numbers, booleans and ryx.null, as JSON.
---```lua
---ryx.JSONField{ null = true }
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.JSONField(options) end

---A beginning of queries, for the fields table of a model. Its functions are methods of the
---beginning, of every queryset that comes of it and of other sides of relations;
---`get_queryset` says which rows there are.
---published = ryx.Manager{ get_queryset = function(qs) return qs:filter{ state = "live" } end,
---```lua
---popular = function(qs, n) return qs:filter{ views__gte = n } end }
---Post.published:popular(100):order_by("-views")
---```
---@param functions table<string, function>
---@return ryx.Manager
function ryx.Manager(functions) end

---Rows of another model, by a join table.
---```lua
---ryx.ManyToManyField("Tag", { related_name = "posts" })
---```
---@param to string|ryx.ModelClass a model, its name or "self"
---@param options? ryx.ManyToManyFieldOptions
---@return ryx.Field
function ryx.ManyToManyField(to, options) end

---At most so many characters, or items of a list.
---```lua
---ryx.CharField{ validators = { ryx.MaxLengthValidator(80) } }
---```
---@param bound integer
---@return ryx.Validator
function ryx.MaxLengthValidator(bound) end

---At most this value.
---```lua
---ryx.DateField{ validators = { ryx.MaxValueValidator("2099-12-31") } }
---```
---@param bound any
---@return ryx.Validator
function ryx.MaxValueValidator(bound) end

---At least so many characters, or items of a list.
---```lua
---ryx.CharField{ validators = { ryx.MinLengthValidator(3) } }
---```
---@param bound integer
---@return ryx.Validator
function ryx.MinLengthValidator(bound) end

---At least this value, which may be the text of a date or decimal.
---```lua
---ryx.IntField{ validators = { ryx.MinValueValidator(1) } }
---```
---@param bound any
---@return ryx.Validator
function ryx.MinValueValidator(bound) end

---The call is wrong.
---Below `ryx.RyxError`, kind `"misuse"`.
---@type ryx.ErrorClass
ryx.MisuseError = nil

---More than one row was found.
---Below `ryx.RyxError`, kind `"multiple_objects"`.
---@type ryx.ErrorClass
ryx.MultipleObjectsReturned = nil

---The value that bulk_create or upsert was to insert; F is the one that is there.
---```lua
---update_fields = { views = F"views" + ryx.New"views" }
---```
---@param name string
---@return ryx.Expr
function ryx.New(name) end

---Not a text without characters but white space.
---```lua
---ryx.TextField{ validators = { ryx.NotBlankValidator() } }
---```
---@return ryx.Validator
function ryx.NotBlankValidator() end

---Not NULL.
---```lua
---ryx.CharField{ null = true, validators = { ryx.NotNullValidator() } }
---```
---@return ryx.Validator
function ryx.NotNullValidator() end

---NULL where a column must have a value.
---Below `ryx.IntegrityError`, kind `"not_null_violation"`.
---@type ryx.ErrorClass
ryx.NotNullViolation = nil

---True, false or NULL.
---```lua
---ryx.NullBooleanField()
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.NullBooleanField(options) end

---A row of another model that no other row refers to.
---```lua
---ryx.OneToOneField("User", { related_name = "profile" })
---```
---@param to string|ryx.ModelClass a model, its name or "self"
---@param options? ryx.ForeignKeyOptions
---@return ryx.Field
function ryx.OneToOneField(to, options) end

---Anything else that the database says.
---Below `ryx.DatabaseError`, kind `"operational"`.
---@type ryx.ErrorClass
ryx.OperationalError = nil

---A path of the query around a sub-query; OuterRef(OuterRef("pk")) of the one around that.
---```lua
---Exists(Post.objects:filter{ author = OuterRef("pk") })
---```
---@param path string|ryx.Expr
---@return ryx.Expr
function ryx.OuterRef(path) end

---No database is set up.
---Below `ryx.MisuseError`.
---@type ryx.ErrorClass
ryx.PoolNotInitialized = nil

---A whole number of 64 bits from 0.
---```lua
---ryx.PositiveBigIntField{ default = 0 }
---```
---@param options? ryx.IntFieldOptions
---@return ryx.Field
function ryx.PositiveBigIntField(options) end

---A whole number of 32 bits from 0.
---```lua
---ryx.PositiveIntField{ default = 0 }
---```
---@param options? ryx.IntFieldOptions
---@return ryx.Field
function ryx.PositiveIntField(options) end

---A whole number of 16 bits from 0.
---```lua
---ryx.PositiveSmallIntField{ default = 0 }
---```
---@param options? ryx.IntFieldOptions
---@return ryx.Field
function ryx.PositiveSmallIntField(options) end

---A path of prefetch_related with a queryset of its own, a limit for each object, or
---another place for the list.
---```lua
---ryx.Prefetch("posts", { queryset = Post.objects:order_by("-id"), limit = 3, to = "recent" })
---```
---@param name string the path of a relation
---@param options? { queryset?: ryx.QuerySet, limit?: integer, to?: string }
---@return ryx.Prefetch
function ryx.Prefetch(name, options) end

---Others refer to a row that was to be deleted.
---Below `ryx.IntegrityError`, kind `"protected"`.
---@type ryx.ErrorClass
ryx.ProtectedError = nil

---A condition of pairs, or of a path and its value.
---```lua
---Q{ views__gte = 100 } + -Q("author", ann)   Q.any{ a = 1, b = 2, Q{ c = 3 } }
---```
---@type ryx.QConstructor
ryx.Q = nil

---Between two values, both included.
---```lua
---ryx.IntField{ validators = { ryx.RangeValidator(1, 99) } }
---```
---@param low any
---@param high any
---@return ryx.Validator
function ryx.RangeValidator(low, high) end

---SQL of your own with parameters; `type` says what comes back.
---```lua
---ryx.Raw("coalesce(views, ?) * 2", { 0 }, { type = "int" })
---```
---@param sql string
---@param params? ryx.ValueOrExpr[] one for each ?
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function ryx.Raw(sql, params, options) end

---The same for an aggregate.
---```lua
---ryx.RawAgg("count(*) * ?", { 2 }, { type = "int" })
---```
---@param sql string
---@param params? ryx.ValueOrExpr[] one for each ?
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function ryx.RawAgg(sql, params, options) end

---Some part of the text matches a regular expression of PCRE2, which knows Unicode; `^` and `$` are its
---ends, `(?i)` at its start ignores case. Numbers are read as texts. Without a message it is
---"Value must match pattern: ...".
---```lua
---ryx.CharField{ validators = { ryx.RegexValidator("^[A-Z]{2}-\\d+$", "Enter a code such as AB-12.") } }
---```
---@param pattern string
---@param message? string
---@return ryx.Validator
function ryx.RegexValidator(pattern, message) end

---Every error of ryx.
---@type ryx.ErrorClass
ryx.RyxError = nil

---SQL of one's own that the database cannot parse; a DatabaseError as well.
---Below `ryx.MisuseError`.
---@type ryx.ErrorClass
ryx.SQLSyntaxError = nil

---What filter{ title__search = "words" }, Search and SearchRank look into, for Meta.indexes.
---```lua
---ryx.SearchIndex{ fields = { "title", "body" }, weights = { title = "A" } }
---```
---@param options ryx.SearchIndexOptions
---@return ryx.SearchIndex
function ryx.SearchIndex(options) end

---Transactions could not be put in an order: run it again.
---Below `ryx.OperationalError`, kind `"serialization"`.
---@type ryx.ErrorClass
ryx.SerializationError = nil

---A signal of your own.
---```lua
---local paid = ryx.Signal("paid")
---```
---@param name string
---@return ryx.Signal
function ryx.Signal(name) end

---A short name for addresses of pages: letters from a to z, digits, hyphens, underscores.
---```lua
---ryx.SlugField{ unique = true }
---```
---@param options? ryx.CharFieldOptions 50 characters when not given
---@return ryx.Field
function ryx.SlugField(options) end

---A key of 16 bits that the database makes.
---```lua
---ryx.SmallAutoField()
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.SmallAutoField(options) end

---A whole number of 16 bits.
---```lua
---ryx.SmallIntField{ default = 0 }
---```
---@param options? ryx.IntFieldOptions
---@return ryx.Field
function ryx.SmallIntField(options) end

---The first value of a queryset's rows: of its one column, or of its key.
---```lua
---ryx.Subquery(Post.objects:filter{ author = OuterRef("pk") }:order_by("-id"):values("title"):limit(1))
---```
---@param qs ryx.QuerySet
---@return ryx.Expr
function ryx.Subquery(qs) end

---A text of any length.
---```lua
---ryx.TextField{ blank = true }
---```
---@param options? ryx.TextFieldOptions
---@return ryx.Field
function ryx.TextField(options) end

---A time of day: ryx.time, or ISO text.
---```lua
---ryx.TimeField{ default = "08:00" }
---```
---@param options? ryx.FieldOptions
---@return ryx.Field
function ryx.TimeField(options) end

---A deadline passed, or no connection or lock came in time.
---Below `ryx.OperationalError`, kind `"timeout"`.
---@type ryx.ErrorClass
ryx.TimeoutError = nil

---An earlier statement of the block failed, or its connection is gone.
---Below `ryx.OperationalError`, kind `"transaction_broken"`.
---@type ryx.ErrorClass
ryx.TransactionBroken = nil

---A link that begins with http:// or https://.
---```lua
---ryx.URLField{ null = true }
---```
---@param options? ryx.CharFieldOptions 200 characters when not given
---@return ryx.Field
function ryx.URLField(options) end

---An address that begins with http:// or https://, and has a host that can exist.
---```lua
---ryx.CharField{ max_length = 200, validators = { ryx.URLValidator() } }
---```
---@return ryx.Validator
function ryx.URLValidator() end

---A UUID, as text of 36 small letters.
---```lua
---ryx.UUIDField{ primary_key = true, auto_create = true }
---```
---@param options? ryx.UUIDFieldOptions
---@return ryx.Field
function ryx.UUIDField(options) end

---A value that must be unique is there already.
---Below `ryx.IntegrityError`, kind `"unique_violation"`.
---@type ryx.ErrorClass
ryx.UniqueViolation = nil

---This database cannot do it.
---Below `ryx.DatabaseError`, kind `"unsupported"`.
---@type ryx.ErrorClass
ryx.UnsupportedError = nil

---Values do not fit their fields: `errors` has the messages. What clean() raises.
---```lua
---error(ryx.ValidationError{ due = "Enter a day to come." })   error(ryx.ValidationError("Closed on Sundays."))
---```
---Below `ryx.RyxError`, kind `"validation"`.
---@type ryx.ValidationErrorClass
ryx.ValidationError = nil

---A value where a text would be a path.
---```lua
---ryx.Value("draft")
---```
---@param v ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Value(v) end

---One branch of Case.
---```lua
---When({ views__gte = 40 }, "big"), When("active", true, F"name")
---```
---@param ... any a condition as of filter, and the result
---@return ryx.When
function ryx.When(...) end

---A function over the rows around each row.
---```lua
---Window(RowNumber(), { partition_by = { "author" }, order_by = { "-views" }, frame = { rows = { -1, 1 } } })
---```
---@param e ryx.Expr a window function or an aggregate
---@param options? ryx.WindowOptions
---@return ryx.Expr
function ryx.Window(e, options) end

---Calls fn when nobody else who uses the database is in a call under that name, and gives what it gives.
---```lua
---ryx.advisory_lock("nightly", function() ... end, { wait = 5 })
---```
---@param name string
---@param fn fun(): any
---@param options? ryx.AdvisoryLockOptions
---@return any ...
function ryx.advisory_lock(name, fn, options) end

---The metatable of lists that were read, which ryx.json.array sets.
---```lua
---getmetatable(post.labels) == ryx.array_meta
---```
---@type table
ryx.array_meta = nil

---A function that runs fn with its arguments in a transaction and gives its values.
---```lua
---local transfer = ryx.atomic(function(from, to, amount) ... end, { retries = 3 })
---```
---@param fn function
---@param opts? ryx.TransactionOptions
---@return function
function ryx.atomic(fn, opts) end

---Lets a loop of luv drive the engine.
---```lua
---ryx.attach(require "luv")
---```
---@param uv table the module luv
function ryx.attach(uv) end

---Every lookup by name, in order.
---```lua
---ryx.available_lookups()[1]
---```
---@return string[]
function ryx.available_lookups() end

---Inserts many instances: Model.objects:bulk_create as a function.
---```lua
---ryx.bulk_create(Post, list, { using = "archive" })
---```
---@param model ryx.ModelClass
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions and `using`, an alias or a transaction
---@return ryx.Model[] list
function ryx.bulk_create(model, list, options) end

---Deletes the rows of many instances: Model.objects:bulk_delete as a function.
---```lua
---ryx.bulk_delete(Post, list)
---```
---@param model ryx.ModelClass
---@param list ryx.Model[]
---@param options? { batch_size?: integer, using?: string|ryx.Transaction }
---@return integer
function ryx.bulk_delete(model, list, options) end

---Writes fields of many instances: Model.objects:bulk_update as a function.
---```lua
---ryx.bulk_update(Post, list, { "views" })
---```
---@param model ryx.ModelClass
---@param list ryx.Model[]
---@param names string[]
---@param options? { batch_size?: integer, using?: string|ryx.Transaction }
---@return integer
function ryx.bulk_update(model, list, names, options) end

---Bytes for raw SQL, where a plain text is text.
---```lua
---ryx.raw_execute("INSERT INTO t VALUES (?)", { ryx.bytes("\0\1") })
---```
---@param s string
---@return ryx.Bytes
function ryx.bytes(s) end

---Closes every connection and forgets the aliases.
---```lua
---ryx.close()
---```
function ryx.close() end

---Lets qs:cache() keep rows: in memory, or in a backend. Again: replaces what was; false:
---keeps nothing any more.
---```lua
---ryx.configure_cache{ ttl = 60, max_size = 500 }
---```
---@param options? ryx.CacheOptions|false
function ryx.configure_cache(options) end

---Inserts raw rows from a file or an iterator, all or none, and returns their number: the
---fastest way into a table, without instances, hooks and validators.
---```lua
---ryx.copy_from(Post, "posts.csv")   -> COPY "posts" ("id", "title") FROM STDIN
---```
---@param model ryx.ModelClass
---@param source string|fun(): table? a path, or an iterator of tables by the names of columns
---@param options? ryx.CopyFromOptions
---@return integer
function ryx.copy_from(model, source, options) end

---Writes the rows of a queryset to a file, which is there when it is whole, or hands them to
---a function as text, part by part; returns their number.
---```lua
---ryx.copy_to(Post.objects:filter{ views__gt = 5 }, "posts.csv")
---```
---@param qs ryx.QuerySet
---@param target string|fun(text: string) a path, or what takes the text
---@param options? ryx.CopyToOptions
---@return integer
function ryx.copy_to(qs, target, options) end

---The name of the database that an object is from, nil of one that is not saved.
---```lua
---ryx.database_of(post)   -> "default"
---```
---@param object ryx.Model
---@return string?
function ryx.database_of(object) end

---A day.
---```lua
---ryx.date("2024-02-28"), ryx.date(2024, 2, 28), ryx.date{ year = 2024, month = 2, day = 28 }
---```
---@param year string|integer|table<string, integer>|ryx.Date ISO text, the year, or parts by name
---@param month? integer
---@param day? integer
---@return ryx.Date
function ryx.date(year, month, day) end

---A moment in UTC.
---```lua
---ryx.datetime("2024-01-15 10:30:01"), ryx.datetime(2024, 1, 15, 10, 30)
---```
---@param year string|integer|table<string, integer>|ryx.DateTime|ryx.Date ISO text, the year, or parts by name
---@param month? integer
---@param day? integer
---@param hour? integer
---@param minute? integer
---@param second? integer
---@param microsecond? integer
---@return ryx.DateTime
function ryx.datetime(year, month, day, hour, minute, second, microsecond) end

---An exact decimal number, of text or a whole number, not of a float.
---```lua
---ryx.decimal("1.50") + 2
---```
---@param v string|integer|ryx.Decimal
---@return ryx.Decimal
function ryx.decimal(v) end

---A span of time: weeks, days, hours, minutes, seconds, milliseconds, microseconds.
---```lua
---ryx.duration{ days = 1, hours = 2 }, ryx.duration(90), ryx.duration("P1DT2H")
---```
---@param v table<string, number>|number|string|ryx.Duration units, seconds, or ISO text
---@return ryx.Duration
function ryx.duration(v) end

---Runs fn(...) soon, where its queries may wait: for phases of nginx that cannot
---(log, header_filter, ...). Elsewhere it is a task nobody waits for, or runs at
---once when no task could run.
---```lua
---ryx.enqueue(function() Visit.objects:create{ path = path } end)
---```
---@param fn function
---@param ... any
function ryx.enqueue(fn, ...) end

---A constructor of fields of your own: kept as the base keeps its values, converted in every write,
---comparison and read. NULL is never converted.
---```lua
---local ListField = ryx.field("ListField", { base = ryx.CharField, options = { sep = "," },
---to_db = function(v, f) return table.concat(v, f.sep) end, from_db = split })
---```
---@param name string
---@param definition ryx.FieldDefinition
---@return fun(options?: table): ryx.Field
function ryx.field(name, definition) end

---Runs functions at once. gather(f, g) returns the first value of each in order; with
---a list, gather({ f, g, ... }, { limit = n }), a list. The first error cancels the rest.
---```lua
---local posts, authors = ryx.gather(count_posts, count_authors)
---```
---@param first function|function[]
---@param ... function|{ limit?: integer } functions; after a list how many run at once, all when not given
---@return any ...
function ryx.gather(first, ...) end

---The router, or nil.
---```lua
---ryx.get_router()
---```
---@return ryx.Router?
function ryx.get_router() end

---Drops what qs:cache{ key = } keeps under a key.
---```lua
---ryx.invalidate("front page")
---```
---@param key string
function ryx.invalidate(key) end

---Drops everything.
---```lua
---ryx.invalidate_all()
---```
function ryx.invalidate_all() end

---Drops what depends on the table of a model.
---```lua
---ryx.invalidate_model(Post)
---```
---@param model ryx.ModelClass
function ryx.invalidate_model(model) end

---Is there a healthy pool under this alias?
---```lua
---ryx.is_connected("replica")
---```
---@param name? string "default" when not given
---@return boolean
function ryx.is_connected(name) end

---JSON that keeps whole numbers, lists and null.
---```lua
---ryx.json.encode{ a = 1 }
---```
---@type ryx.JSON
ryx.json = nil

---Makes the tables of models what the models say: those that lack are created, with keys, checks and
---indexes, those that are there are changed. No column is dropped: one that no field has is an error. Join
---tables come with either of their models, as soon as both have tables.
---```lua
---ryx.migrate{ Author, Post }
---```
---@param models ryx.ModelClass[]
---@param options? { alias?: string } the database of all of them, instead of their own
function ryx.migrate(models, options) end

---A model from fields, Meta and perhaps abstract models whose fields, methods, hooks and options
---of Meta it takes over, of the first that has them.
---```lua
---local Post = ryx.model("Post", { title = ryx.CharField{} })
---```
---@param name string
---@param def ryx.ModelDefinition
---@param base? ryx.ModelClass|ryx.ModelClass[]
---@return ryx.ModelClass
function ryx.model(name, def, base) end

---This moment, in UTC.
---```lua
---ryx.now() - ryx.duration{ hours = 1 }
---```
---@return ryx.DateTime
function ryx.now() end

---NULL where nil would be nothing: in updates, lists and rows.
---```lua
---Post.objects:filter{ id = 1 }:update{ title = ryx.null }
---```
---@type lightuserdata
ryx.null = nil

---Calls fn(err, traceback) for each error that nobody waits for, instead of writing it
---to stderr; returns a function that puts back what was before.
---```lua
---ryx.on_error(function(err, traceback) log(tostring(err), traceback) end)
---```
---@param fn fun(err: any, traceback?: string)
---@return fun() undo
function ryx.on_error(fn) end

---Calls fn(event) after every statement: sql, params, duration, rows, alias, where, kind, error.
---Values of parameters are not told, unless `values` is true: for development.
---```lua
---local undo = ryx.on_query(function(e) print(e.sql, e.duration) end)
---```
---@param fn fun(event: ryx.QueryEvent)
---@param options? { values?: boolean }
---@return fun() undo
function ryx.on_query(fn, options) end

---The same for statements that took so many seconds or more.
---```lua
---local undo = ryx.on_slow_query(function(e) log(e.duration, e.sql, e.where) end, { threshold = 0.2 })
---```
---@param fn fun(event: ryx.QueryEvent)
---@param options { threshold: number, values?: boolean }
---@return fun() undo
function ryx.on_slow_query(fn, options) end

---Counts of a pool: max, min, size, idle, in_use, available, waiting, dials, ...
---```lua
---ryx.pool_stats("replica").waiting
---```
---@param name? string "default" when not given
---@return ryx.PoolStats
function ryx.pool_stats(name) end

---Loads relations for objects that are there already.
---```lua
---ryx.prefetch(authors, "posts__tags")
---```
---@param list ryx.Model[]
---@param ... string|ryx.Prefetch
---@return ryx.Model[] list
function ryx.prefetch(list, ...) end

---SQL of your own with parameters; `type` says what comes back.
---```lua
---ryx.Raw("coalesce(views, ?) * 2", { 0 }, { type = "int" })
---```
---@param sql string
---@param params? ryx.ValueOrExpr[] one for each ?
---@param options? { type?: ryx.Type }
---@return ryx.Expr
function ryx.raw(sql, params, options) end

---Runs a statement; returns the number of rows it touched.
---```lua
---ryx.raw_execute("UPDATE t SET n = ? WHERE id = ?", { 5, 1 })
---```
---@param sql string
---@param params? any[] one for each ?
---@param options? { alias?: string|ryx.Transaction }
---@return integer
function ryx.raw_execute(sql, params, options) end

---Rows as tables keyed by column.
---```lua
---ryx.raw_fetch("SELECT id FROM t WHERE n > ?", { 5 }, { alias = "replica" })
---```
---@param sql string
---@param params? any[] one for each ?
---@param options? ryx.FetchOptions
---@return table[] rows
function ryx.raw_fetch(sql, params, options) end

---Connects a function that is written behind it, and gives it back.
---```lua
---local on_save = ryx.receiver(ryx.signals.post_save, { sender = Post })(function(sender, kw) end)
---```
---@param signal ryx.Signal
---@param options? ryx.ConnectOptions
---@return fun(fn: function): function
function ryx.receiver(signal, options) end

---A lookup of your own: {col} is the left side, ? the value. It beats a built-in one.
---```lua
---ryx.register_lookup("starts_ci", "LOWER({col}) LIKE LOWER(?) || '%'")
---```
---@param name string
---@param text string SQL with {col} and ?
function ryx.register_lookup(name, text) end

---A transform of your own: {col} is what stands before it; `type` what comes out.
---```lua
---ryx.register_transform("initial", "SUBSTR({col}, 1, 1)", { type = "text" })
---```
---@param name string
---@param text string SQL with {col}
---@param options? { type?: ryx.Type, accepts?: ryx.Type } the type it gives, and the only one that has it
function ryx.register_transform(name, text, options) end

---Makes databases that number keys by a sequence go on above the keys that are there, for
---tables that were filled by other means; bulk_create does so itself. Others need nothing.
---```lua
---ryx.reset_sequences{ Post, Author }   -> SELECT setval(...)
---```
---@param models ryx.ModelClass[]
---@param options? { alias?: string }
function ryx.reset_sequences(models, options) end

---Runs fn(...) with the event loop; returns its values after all its tasks ended.
---```lua
---ryx.run(function() return Post.objects:count() end)
---```
---@param fn function
---@param ... any
---@return any ...
function ryx.run(fn, ...) end

---Sets the router of the program; nil takes it away.
---```lua
---ryx.set_router{ db_for_read = function(self, model, hints) return "replica" end }
---```
---@param router ryx.Router?
function ryx.set_router(router) end

---Names databases; replaces an earlier setup. No I/O.
---```lua
---ryx.setup("sqlite:app.db")   ryx.setup{ default = url, replica = { url = url, max_connections = 8 } }
---```
---@param config string|table<string, string|ryx.DatabaseOptions> the URL of "default", or databases by alias
function ryx.setup(config) end

---The signals that ryx sends, by name.
---```lua
---ryx.signals.post_save:connect(fn, { sender = Post })
---```
---@type ryx.Signals
ryx.signals = nil

---Lets other tasks run for some seconds.
---```lua
---ryx.sleep(0.5)
---```
---@param seconds number
function ryx.sleep(seconds) end

---Starts fn(...) as a task of its own. It has no transaction unless given one
---with :using(tx).
---```lua
---local task = ryx.spawn(fn)   task:join()
---```
---@param fn function
---@param ... any
---@return ryx.Task
function ryx.spawn(fn, ...) end

---Streams the rows of a queryset with flat memory: qs:iter as a function.
---```lua
---for post in ryx.stream(Post.objects:order_by("id"), { chunk = 100 }) do ... end
---```
---@param qs ryx.QuerySet
---@param options? { chunk?: integer } rows that are read at once, 1000 when not given
---@return fun(stream?: ryx.Stream): ryx.Model? next_row
---@return ryx.Stream? stream
---@return nil
---@return ryx.Stream? closed at the end of the loop
function ryx.stream(qs, options) end

---Forbids lazy loading: everywhere (false allows it again), or while fn runs.
---```lua
---ryx.strict()   ryx.strict(false)   local list = ryx.strict(fn, ...)
---```
---@param fn? boolean|function
---@param ... any
---@return any ... what fn returns
function ryx.strict(fn, ...) end

---Tags of the running task: the statements that it sends from now on carry them as a
---comment, and those of tasks that it starts. They are added to those it has; false
---takes one away. With fn they hold while it runs, and what it returns is returned.
---A text with other values is another statement: tag what has few, a route, not its id.
---```lua
---ryx.tag{ route = "/posts/:id", framework = "openresty" }
----> SELECT ... /*framework='openresty',route='%2Fposts%2F%3Aid'*/
---```
---@param tags table<string, string|number|boolean>
---@param fn? fun(): any
---@return any ...
function ryx.tag(tags, fn) end

---For tests of programs that use ryx.
---```lua
---ryx.testing.assert_queries(2, load_page)
---```
---@type ryx.Testing
ryx.testing = nil

---A time of day.
---```lua
---ryx.time("10:30"), ryx.time(10, 30), ryx.time{ hour = 10, minute = 30 }
---```
---@param hour string|integer|table<string, integer>|ryx.Time ISO text, the hour, or parts by name
---@param minute? integer
---@param second? integer
---@param microsecond? integer
---@return ryx.Time
function ryx.time(hour, minute, second, microsecond) end

---Calls fn(...); after `seconds` its query is ended and TimeoutError raised. Of nested
---ones the earlier counts.
---```lua
---ryx.timeout(0.5, function() return Post.objects:count() end)
---```
---@param seconds number
---@param fn function
---@param ... any
---@return any ... what fn returns
function ryx.timeout(seconds, fn, ...) end

---This day, in UTC.
---```lua
---Post.objects:filter{ created__date = ryx.today() }
---```
---@return ryx.Date
function ryx.today() end

---Runs fn(tx) in a transaction and returns what it returns; an error rolls back
---and goes on up.
---```lua
---ryx.transaction(function(tx) ... end, { isolation = "serializable", retries = 3 })
---```
---@param fn fun(tx: ryx.Transaction): any
---@param opts? ryx.TransactionOptions
---@return any ...
function ryx.transaction(fn, opts) end

---Calls fn; an error of ryx becomes nil, err, every other goes on up.
---```lua
---local post, err = ryx.try(Post.objects.get, Post.objects, { id = 1 })
---```
---@param fn function
---@param ... any
---@return any ... what fn returns; nil and the ryx.Error
function ryx.try(fn, ...) end

---A new UUID of chance alone (version 4).
---```lua
---ryx.UUIDField{ default = ryx.uuid4 }
---```
---@return string uuid
function ryx.uuid4() end

---A new UUID that begins with the time (version 7): later ones of a process are greater, so that
---rows lie in the order in which they were made.
---```lua
---ryx.UUIDField{ primary_key = true, default = ryx.uuid7 }
---```
---@return string uuid
function ryx.uuid7() end

---coroutine.wrap for generators that query.
---```lua
---for x in ryx.wrap(function() ... end) do
---```
---@param fn function
---@return function
function ryx.wrap(fn) end

---The first that is not NULL.
---```lua
---ryx.Coalesce("nickname", "name")  -> COALESCE("nickname", "name")
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@param ... ryx.PathOrExpr
---@return ryx.Expr
function ryx.Coalesce(expr1, expr2, ...) end

---The largest; NULL when one of them is.
---```lua
---ryx.Greatest("created", "updated")  -> CASE WHEN num_nulls("created", "updated") = 0 THEN GREATEST("created", "updated") END
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@param ... ryx.PathOrExpr
---@return ryx.Expr
function ryx.Greatest(expr1, expr2, ...) end

---The smallest; NULL when one of them is.
---```lua
---ryx.Least("price", "old_price")  -> CASE WHEN num_nulls(...) = 0 THEN LEAST("price", "old_price") END
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@param ... ryx.PathOrExpr
---@return ryx.Expr
function ryx.Least(expr1, expr2, ...) end

---NULL when both are equal, else the first.
---```lua
---ryx.NullIf("state", ryx.Value(""))  -> NULLIF("state", $1)
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@return ryx.Expr
function ryx.NullIf(expr1, expr2) end

---Another type: int (what is after the point is cut off), double, decimal(digits, places), text, bool, date, time, datetime, json. What the type cannot hold, or a text that does not look like it, is NULL.
---```lua
---ryx.Cast("code", "int")  -> CASE WHEN ... THEN "code"::int8 END
---```
---@param expr ryx.PathOrExpr
---@param const string|integer
---@return ryx.Expr
function ryx.Cast(expr, const) end

---A document of keys and values.
---```lua
---ryx.JSONObject("id", "id", "name", "title")  -> jsonb_build_object('id', "id", 'name', "title")
---```
---@param const string|integer
---@param expr ryx.PathOrExpr
---@param ... any
---@return ryx.Expr
function ryx.JSONObject(const, expr, ...) end

---A document that lists values.
---```lua
---ryx.JSONArray("id", "title")  -> jsonb_build_array("id", "title")
---```
---@param expr? ryx.PathOrExpr
---@param ... ryx.PathOrExpr
---@return ryx.Expr
function ryx.JSONArray(expr, ...) end

---Joins values as texts, NULL as the empty one; the same as `..`.
---```lua
---ryx.Concat("first", ryx.Value(" "), "last")  -> ((COALESCE("first", '') || $1) || COALESCE("last", ''))
---```
---@param expr ryx.PathOrExpr
---@param ... ryx.PathOrExpr
---@return ryx.Expr
function ryx.Concat(expr, ...) end

---Small letters, one for one.
---```lua
---ryx.Lower("name")  -> (LOWER("name" COLLATE "C.utf8") COLLATE "C")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Lower(expr) end

---Capital letters, one for one: ß stays.
---```lua
---ryx.Upper("name")  -> (UPPER("name" COLLATE "C.utf8") COLLATE "C")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Upper(expr) end

---The number of characters.
---```lua
---ryx.Length("name")  -> LENGTH("name")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Length(expr) end

---Without spaces at both ends; other white space stays.
---```lua
---ryx.Trim("name")  -> TRIM("name")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Trim(expr) end

---Without spaces at the start.
---```lua
---ryx.LTrim("name")  -> LTRIM("name")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.LTrim(expr) end

---Without spaces at the end.
---```lua
---ryx.RTrim("name")  -> RTRIM("name")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.RTrim(expr) end

---Every occurrence of a text replaced by another; case counts; an empty one is found nowhere.
---```lua
---ryx.Replace("path", "/", ".")  -> REPLACE("path", $1, $2)
---```
---@param expr ryx.PathOrExpr
---@param value1 ryx.ValueOrExpr
---@param value2 ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Replace(expr, value1, value2) end

---From a position, counted from 1, so many characters or all; a position below 1 is 1, a length below 0 is 0.
---```lua
---ryx.Substr("title", 1, 3)  -> SUBSTR("title", ..., ...)
---```
---@param expr ryx.PathOrExpr
---@param value1 ryx.ValueOrExpr
---@param value2? ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Substr(expr, value1, value2) end

---The first characters.
---```lua
---ryx.Left("title", 3)  -> LEFT("title", ...)
---```
---@param expr ryx.PathOrExpr
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Left(expr, value) end

---The last characters.
---```lua
---ryx.Right("title", 3)  -> RIGHT("title", ...)
---```
---@param expr ryx.PathOrExpr
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Right(expr, value) end

---The text so many times, less than once is the empty text.
---```lua
---ryx.Repeat("mark", 3)  -> REPEAT("mark", ...)
---```
---@param expr ryx.PathOrExpr
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Repeat(expr, value) end

---Filled at the start to a length with a text (a space); a longer text is cut.
---```lua
---ryx.LPad("code", 6, "0")  -> LPAD("code", ..., $2)
---```
---@param expr ryx.PathOrExpr
---@param value1 ryx.ValueOrExpr
---@param value2? ryx.ValueOrExpr
---@return ryx.Expr
function ryx.LPad(expr, value1, value2) end

---Filled at the end to a length with a text (a space); a longer text is cut.
---```lua
---ryx.RPad("code", 6)  -> RPAD("code", ..., ' ')
---```
---@param expr ryx.PathOrExpr
---@param value1 ryx.ValueOrExpr
---@param value2? ryx.ValueOrExpr
---@return ryx.Expr
function ryx.RPad(expr, value1, value2) end

---The characters from the last to the first. Not on SQLite.
---```lua
---ryx.Reverse("name")  -> REVERSE("name")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Reverse(expr) end

---Where a text begins in another, counted from 1; 0 when nowhere. Case counts.
---```lua
---ryx.StrIndex("email", "@")  -> strpos("email", $1)
---```
---@param expr ryx.PathOrExpr
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.StrIndex(expr, value) end

---Do the fields, one or a list, hold all words? See [Search](../guide/search.md).
---```lua
---ryx.Search({ "title", "body" }, "red fox")  -> ((to_tsvector('simple', COALESCE("title", '')) || ...) @@ plainto_tsquery('simple', $1))
---```
---@param fields string|string[]
---@param value ryx.ValueOrExpr
---@return ryx.Q
function ryx.Search(fields, value) end

---How well the fields match all words: the larger the better, 0 where they do not.
---```lua
---ryx.SearchRank({ "title", "body" }, "red fox")  -> (CASE WHEN ... @@ ... THEN ts_rank(..., plainto_tsquery('simple', $1))::float8 ELSE 0 END)
---```
---@param fields string|string[]
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.SearchRank(fields, value) end

---How alike two texts are, from 0 to 1, by runs of three letters. Not on MariaDB and MySQL.
---```lua
---ryx.TrigramSimilarity("name", "Jonson")  -> similarity("name", $1)::float8
---```
---@param expr ryx.PathOrExpr
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.TrigramSimilarity(expr, value) end

---The number without its sign, in its type.
---```lua
---ryx.Abs("balance")  -> ABS("balance"::int8)
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Abs(expr) end

----1, 0 or 1.
---```lua
---ryx.Sign("balance")  -> SIGN("balance")::int8
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Sign(expr) end

---Rounds to so many places (0), halves away from zero; decimals get no more places than they have.
---```lua
---ryx.Round("price", 1)  -> ROUND("price"::numeric, 1)
---```
---@param expr ryx.PathOrExpr
---@param const? string|integer
---@return ryx.Expr
function ryx.Round(expr, const) end

---The whole number below; decimals get 0 places.
---```lua
---ryx.Floor("price")  -> FLOOR("price")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Floor(expr) end

---The whole number above; decimals get 0 places.
---```lua
---ryx.Ceil("price")  -> CEIL("price")
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Ceil(expr) end

---The rest of a division, with the sign of the dividend; NULL for zero. The same as `%`.
---```lua
---ryx.Mod("id", 10)  -> MOD("id"::int8, NULLIF($1::int8, 0))
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@return ryx.Expr
function ryx.Mod(expr1, expr2) end

---Divides whole numbers and cuts the rest off; NULL for zero.
---```lua
---ryx.IntDiv("views", 100)  -> ("views"::int8 / NULLIF($1::int8, 0))
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@return ryx.Expr
function ryx.IntDiv(expr1, expr2) end

---The same as `^`; NULL where there is no real result or none that a double holds.
---```lua
---ryx.Power("side", 2)  -> CASE ... ELSE POWER("side", $1) END
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@return ryx.Expr
function ryx.Power(expr1, expr2) end

---The square root; NULL below zero.
---```lua
---ryx.Sqrt("area")  -> SQRT(CASE WHEN "area" >= 0 THEN "area" END)
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Sqrt(expr) end

---e to a power; NULL where no double holds it.
---```lua
---ryx.Exp("x")  -> CASE ... ELSE EXP("x") END
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Exp(expr) end

---The natural logarithm; NULL for zero and below.
---```lua
---ryx.Ln("x")  -> CASE WHEN "x" > 0 THEN LN("x") END
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.Ln(expr) end

---The logarithm to a base (10); NULL for zero and below.
---```lua
---ryx.Log("x")  -> CASE WHEN "x" > 0 THEN LOG("x") END
---```
---@param expr ryx.PathOrExpr
---@param value? ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Log(expr, value) end

---The bits that both have.
---```lua
---ryx.BitAnd("flags", 4)  -> ("flags"::int8 & $1::int8)
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@return ryx.Expr
function ryx.BitAnd(expr1, expr2) end

---The bits that either has.
---```lua
---ryx.BitOr("flags", 4)  -> ("flags"::int8 | $1::int8)
---```
---@param expr1 ryx.PathOrExpr
---@param expr2 ryx.PathOrExpr
---@return ryx.Expr
function ryx.BitOr(expr1, expr2) end

---The time the statement or transaction started, in UTC; `tz = true` for a field that has it. SQLite knows milliseconds.
---```lua
---ryx.Now()  -> (now() AT TIME ZONE 'UTC')
---```
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.Now(options) end

---A part: year quarter month week (of ISO, also iso_week) iso_year day dow (Sunday is 0) iso_dow (Monday is 1) hour minute second microsecond, date, time. `tz` names a zone for datetimes.
---```lua
---ryx.Extract("created", "year", { tz = "Europe/Berlin" })  -> EXTRACT(YEAR FROM ("created" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'))::int8
---```
---@param expr ryx.PathOrExpr
---@param const string|integer
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.Extract(expr, const, options) end

---The start of its year, quarter, month, week (Monday), day, hour, minute or second. `tz` names a zone for datetimes; the result is its wall time.
---```lua
---ryx.Trunc("created", "month")  -> date_trunc('month', "created")
---```
---@param expr ryx.PathOrExpr
---@param const string|integer
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.Trunc(expr, const, options) end

---The wall time of a named zone.
---```lua
---ryx.AtZone("created", "Europe/Berlin")  -> ("created" AT TIME ZONE 'UTC' AT TIME ZONE $1)
---```
---@param expr ryx.PathOrExpr
---@param value ryx.ValueOrExpr
---@return ryx.Expr
function ryx.AtZone(expr, value) end

---Short for `Trunc(x, "year")`.
---```lua
---ryx.TruncYear("created")  -> date_trunc('year', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncYear(expr, options) end

---Short for `Trunc(x, "quarter")`.
---```lua
---ryx.TruncQuarter("created")  -> date_trunc('quarter', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncQuarter(expr, options) end

---Short for `Trunc(x, "month")`.
---```lua
---ryx.TruncMonth("created")  -> date_trunc('month', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncMonth(expr, options) end

---Short for `Trunc(x, "week")`.
---```lua
---ryx.TruncWeek("created")  -> date_trunc('week', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncWeek(expr, options) end

---Short for `Trunc(x, "day")`.
---```lua
---ryx.TruncDay("created")  -> date_trunc('day', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncDay(expr, options) end

---Short for `Trunc(x, "hour")`.
---```lua
---ryx.TruncHour("created")  -> date_trunc('hour', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncHour(expr, options) end

---Short for `Trunc(x, "minute")`.
---```lua
---ryx.TruncMinute("created")  -> date_trunc('minute', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncMinute(expr, options) end

---Short for `Trunc(x, "second")`.
---```lua
---ryx.TruncSecond("created")  -> date_trunc('second', "created")
---```
---@param expr ryx.PathOrExpr
---@param options? { tz?: string|boolean }
---@return ryx.Expr
function ryx.TruncSecond(expr, options) end

---How many rows, or how many values that are not NULL.
---```lua
---ryx.Count("id", { distinct = true })  -> COUNT(DISTINCT "id")
---```
---@param expr? ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
---@overload fun(options: ryx.AggregateOptions): ryx.Expr
function ryx.Count(expr, options) end

---The sum; a sum of ints beyond 64 bits is an error. NULL of nothing.
---```lua
---ryx.Sum("views")  -> SUM("views")::int8
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Sum(expr, options) end

---The mean; of decimals with four places more.
---```lua
---ryx.Avg("views")  -> AVG("views"::float8)
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Avg(expr, options) end

---The smallest value.
---```lua
---ryx.Min("created")  -> MIN("created")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Min(expr, options) end

---The largest value.
---```lua
---ryx.Max("created")  -> MAX("created")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Max(expr, options) end

---The standard deviation of the population, or of a sample (NULL of one value).
---```lua
---ryx.StdDev("views", { sample = true })  -> STDDEV_SAMP("views"::float8)
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions|{ sample?: boolean }
---@return ryx.Expr
function ryx.StdDev(expr, options) end

---The variance of the population, or of a sample (NULL of one value).
---```lua
---ryx.Variance("views")  -> VAR_POP("views"::float8)
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions|{ sample?: boolean }
---@return ryx.Expr
function ryx.Variance(expr, options) end

---The value in the middle of all, or halfway between the two there; of decimals with four places more.
---```lua
---ryx.Median("views")  -> PERCENTILE_CONT('0.5'::float8) WITHIN GROUP (ORDER BY "views"::float8)
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Median(expr, options) end

---The value that a share of the values, from 0 to 1, does not exceed, taken between two where it falls there.
---```lua
---ryx.Percentile("views", 0.95)  -> PERCENTILE_CONT('0.95'::float8) WITHIN GROUP (ORDER BY "views"::float8)
---```
---@param expr ryx.PathOrExpr
---@param share number
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Percentile(expr, share, options) end

---The most frequent value, the smallest of several.
---```lua
---ryx.Mode("name")  -> MODE() WITHIN GROUP (ORDER BY "name")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.Mode(expr, options) end

---The values that are not NULL as texts, joined by a separator (a comma).
---```lua
---ryx.StringAgg("name", ", ", { order_by = "name" })  -> STRING_AGG("name", ', ' ORDER BY "name")
---```
---@param expr ryx.PathOrExpr
---@param const? string|integer
---@param options? ryx.AggregateOptions
---@return ryx.Expr
---@overload fun(expr: ryx.PathOrExpr, options: ryx.AggregateOptions): ryx.Expr
function ryx.StringAgg(expr, const, options) end

---An array of the values, NULLs too.
---```lua
---ryx.ArrayAgg("id", { order_by = "id" })  -> ARRAY_AGG("id" ORDER BY "id")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.ArrayAgg(expr, options) end

---A document that lists the values, NULLs too.
---```lua
---ryx.JSONAgg("meta")  -> JSONB_AGG("meta")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.JSONAgg(expr, options) end

---Are all that are not NULL true?
---```lua
---ryx.BoolAnd("active")  -> BOOL_AND("active")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.BoolAnd(expr, options) end

---Is one of them true?
---```lua
---ryx.BoolOr("active")  -> BOOL_OR("active")
---```
---@param expr ryx.PathOrExpr
---@param options? ryx.AggregateOptions
---@return ryx.Expr
function ryx.BoolOr(expr, options) end

---1, 2, 3, ... Inside `ryx.Window`.
---```lua
---ryx.RowNumber()  -> ROW_NUMBER() OVER (...)
---```
---@return ryx.Expr
function ryx.RowNumber() end

---The place; equal rows share it, then a gap follows. Inside `ryx.Window`.
---```lua
---ryx.Rank()  -> RANK() OVER (...)
---```
---@return ryx.Expr
function ryx.Rank() end

---The place without gaps. Inside `ryx.Window`.
---```lua
---ryx.DenseRank()  -> DENSE_RANK() OVER (...)
---```
---@return ryx.Expr
function ryx.DenseRank() end

---The place from 0 to 1. Inside `ryx.Window`.
---```lua
---ryx.PercentRank()  -> PERCENT_RANK() OVER (...)
---```
---@return ryx.Expr
function ryx.PercentRank() end

---The share of rows up to this one. Inside `ryx.Window`.
---```lua
---ryx.CumeDist()  -> CUME_DIST() OVER (...)
---```
---@return ryx.Expr
function ryx.CumeDist() end

---Which of so many groups of nearly equal size. Inside `ryx.Window`.
---```lua
---ryx.Ntile(4)  -> NTILE(4) OVER (...)
---```
---@param const string|integer
---@return ryx.Expr
function ryx.Ntile(const) end

---The value so many rows (1) before; the default, or NULL, where there is none. Inside `ryx.Window`.
---```lua
---ryx.Lag("views", 1, 0)  -> LAG("views", 1, $1) OVER (...)
---```
---@param expr ryx.PathOrExpr
---@param const? string|integer
---@param value? ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Lag(expr, const, value) end

---The value so many rows (1) after; the default, or NULL, where there is none. Inside `ryx.Window`.
---```lua
---ryx.Lead("views")  -> LEAD("views", 1) OVER (...)
---```
---@param expr ryx.PathOrExpr
---@param const? string|integer
---@param value? ryx.ValueOrExpr
---@return ryx.Expr
function ryx.Lead(expr, const, value) end

---The value of the frame's first row. Inside `ryx.Window`.
---```lua
---ryx.FirstValue("views")  -> FIRST_VALUE("views") OVER (...)
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.FirstValue(expr) end

---The value of the frame's last row. Inside `ryx.Window`.
---```lua
---ryx.LastValue("views")  -> LAST_VALUE("views") OVER (...)
---```
---@param expr ryx.PathOrExpr
---@return ryx.Expr
function ryx.LastValue(expr) end

---The value of the frame's row number so and so. Inside `ryx.Window`.
---```lua
---ryx.NthValue("views", 2)  -> NTH_VALUE("views", 2) OVER (...)
---```
---@param expr ryx.PathOrExpr
---@param const string|integer
---@return ryx.Expr
function ryx.NthValue(expr, const) end

---What a database is: its URL, and options as in it.
---@class ryx.DatabaseOptions
---@field url string
---@field max_connections? integer Connections of the pool at most. Default: 10.
---@field pool_size? integer Another name of `max_connections`. Default: 10.
---@field min_connections? integer Connections that are kept when nobody needs them. Default: 1.
---@field connect_timeout? number For the whole of connecting: name, network, TLS and login. Default: 10.
---@field acquire_timeout? number For the wait until a connection of the pool is free. Default: 30.
---@field idle_timeout? number A connection beyond `min_connections` that is unused for so long is closed; 0: never. Default: 600.
---@field max_lifetime? number A connection that is so old, give or take a tenth, is replaced when it is free; 0: never. Default: 1800.
---@field max_result_bytes? integer Memory that one result, or one part of a stream, may take; 0: no bound. Default: 1073741824.
---@field prepare? "auto"|"named"|"unnamed"|"off" `named` keeps statements prepared on the connection; `unnamed` and `off` leave nothing in the session, for poolers that share sessions; `auto` is `named`, but `unnamed` behind a pooler. Default: auto.
---@field statement_cache? integer Prepared statements that each connection keeps. Default: 256.
---@field user? string Instead of the one in front of the host.
---@field password? string Instead of the one in front of the host.
---@field host? string Instead of the one in the URL; a path is a socket: its folder on PostgreSQL, the socket itself on the others.
---@field socket? string Another name of `host`.
---@field port? integer Instead of the one behind the host. Default: 5432 on PostgreSQL, 3306 on MariaDB and MySQL.
---@field application_name? string What the server's list of sessions shows: `application_name`, on MariaDB and MySQL the attribute `program_name`. Default: ryx on PostgreSQL.
---@field sslmode? "disable"|"allow"|"prefer"|"require"|"verify-ca"|"verify-full" Whether the connection is encrypted and the server's certificate verified, in the words of libpq. Default: prefer.
---@field sslrootcert? string File of the certificates that are trusted.
---@field sslcert? string File of the client's certificate.
---@field sslkey? string File of the key of the client's certificate.
---@field mode? "rwc"|"rw"|"ro"|"memory" Read, write and create the file; read and write it; only read it; or a database in memory. Default: rwc.
---@field synchronous? "normal"|"full" `full` waits for the disk at every commit; with `normal` the last commits before a power failure may be missing. Default: normal.

---Rows of a model, not yet asked for: chain methods give a changed copy.
---@class ryx.QuerySet
local QuerySet = {}

---Aggregates over all rows as a table; NULL is an absent key.
---```lua
---Post.objects:aggregate{ total = Sum("views"), n = Count("id") }  -> { total = 150, n = 5 }
---```
---@param expressions table<string, ryx.Expr>
---@return table<string, any>
function QuerySet:aggregate(expressions) end

---The same for names that only later clauses use: rows do not hold them.
---```lua
---Author.objects:alias{ n = Count("posts") }:filter{ n__gt = 3 }
---```
---@param expressions table<string, ryx.PathOrExpr>
---@return ryx.QuerySet
function QuerySet:alias(expressions) end

---Every row, as an array.
---```lua
---qs:all()  -> SELECT ...
---```
---@return ryx.Model[]
function QuerySet:all() end

---The rows of the queryset and all above them.
---```lua
---Category.objects:filter{ name = "Lua" }:ancestors()
---```
---@param options? ryx.TreeOptions
---@return ryx.QuerySet
function QuerySet:ancestors(options) end

---Adds values that the database works out to each row; aggregates over a to-many
---relation count its rows apart.
---```lua
---Author.objects:annotate{ n = Count("posts"), shout = ryx.Upper("name") }
---```
---@param expressions table<string, ryx.PathOrExpr>
---@return ryx.QuerySet
function QuerySet:annotate(expressions) end

---Inserts many instances at once and sets their keys; returns the list. With
---ignore_conflicts rows that are there stay, with update_conflicts they are updated, with
---update_where those that pass it.
---Several statements share a transaction.
---```lua
---Post.objects:bulk_create(list, { update_conflicts = true, unique_fields = { "slug" }, update_fields = { "title" } })
---```
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions
---@return ryx.Model[] list
function QuerySet:bulk_create(list, options) end

---Deletes the rows of many saved instances, all or none; returns how many there were. In one
---statement, unless batch_size cuts it. Those of a queryset's rows only, where it has
---conditions.
---```lua
---Post.objects:bulk_delete(list)  -> DELETE FROM "posts" WHERE "id" IN ($1, $2)
---```
---@param list ryx.Model[]
---@param options? { batch_size?: integer }
---@return integer
function QuerySet:bulk_delete(list, options) end

---Writes fields of many saved instances, each its own values; returns the rows matched.
---```lua
---Post.objects:bulk_update(list, { "views", "title" })  -> UPDATE, one statement for a batch
---```
---@param list ryx.Model[]
---@param names string[]
---@param options? { batch_size?: integer }
---@return integer
function QuerySet:bulk_update(list, names, options) end

---Lets the rows be kept as ryx.configure_cache says, until what they are made of is written or
---their time is over; `key` names them for ryx.invalidate. Every method that asks the
---database takes part but streams; false takes it back.
---```lua
---Post.objects:filter{ views__gt = 5 }:cache{ ttl = 60 }:all()
---```
---@param options? { ttl?: number, key?: string }|false
---@return ryx.QuerySet
function QuerySet:cache(options) end

---A comment behind the SQL of the queryset, for the logs of the database. Every text is
---a statement of its own to the database and to ryx: name a place of the program, no
---values; ryx.tag says where a request came from.
---```lua
---Post.objects:filter{ id = 1 }:comment("checkout")  -> SELECT ... WHERE "id" = $1 /* checkout */
---```
---@param text string without /* and */
---@return ryx.QuerySet
function QuerySet:comment(text) end

---The number of rows; limit, offset and distinct count.
---```lua
---qs:count()  -> SELECT COUNT(*)
---```
---@return integer
function QuerySet:count() end

---Makes and saves an instance.
---```lua
---Post.objects:create{ title = "Hello" }  -> INSERT
---```
---@param values? table<string, any>
---@return ryx.Model
function QuerySet:create(values) end

---Inserts the rows of a queryset, which names their fields by values(); others take their
---defaults. Returns how many. No row is fetched.
---```lua
---Archive.objects:create_from(Post.objects:filter{ views = 0 }:values("title"))  -> INSERT ... SELECT
---```
---@param source ryx.QuerySet
---@param options? { fields?: string[] } the fields of the columns in order, whatever those are called
---@return integer
function QuerySet:create_from(source, options) end

---The first days of the years, quarters, months, weeks (Monday) or days that a date or
---datetime field has, each once and in order; NULL is none. A flat queryset of dates.
---```lua
---for _, month in ipairs(Post.objects:dates("created", "month", { order = "desc" }):all()) do print(month) end
----> SELECT DISTINCT CAST(date_trunc('month', "created") AS date) ...
---```
---@param field string a path
---@param unit "year"|"quarter"|"month"|"week"|"day"
---@param options? { order?: "asc"|"desc" }
---@return ryx.QuerySet
function QuerySet:dates(field, unit, options) end

---The same as datetimes, to the second at most; `tz` names the zone whose wall times
---are meant.
---```lua
---Post.objects:datetimes("created", "hour", { tz = "Europe/Berlin" })
---```
---@param field string a path
---@param unit "year"|"quarter"|"month"|"week"|"day"|"hour"|"minute"|"second"
---@param options? { order?: "asc"|"desc", tz?: string }
---@return ryx.QuerySet
function QuerySet:datetimes(field, unit, options) end

---Leaves these fields out until they are first read.
---```lua
---qs:defer("body")
---```
---@param ... string
---@return ryx.QuerySet
function QuerySet:defer(...) end

---Deletes the rows of the queryset; returns how many, or the rows.
---```lua
---qs:delete(), qs:delete{ returning = true }  -> DELETE
---```
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function QuerySet:delete(options) end

---The same of a queryset without a condition.
---```lua
---Post.objects:delete_all()
---```
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function QuerySet:delete_all(options) end

---The rows of the queryset and all below them in the tree of a foreign key to the
---model itself, in one statement; `depth` counts from 0. Cycles end. With `depth_first` they
---come in the order of a tree as it is shown.
---```lua
---Category.objects:filter{ parent = ryx.null }:descendants{ depth_first = "name", path = "path" }
---```
---@param options? ryx.DescendantsOptions
---@return ryx.QuerySet
function QuerySet:descendants(options) end

---Rows of this queryset that are in no other.
---```lua
---a:difference(b)  -> EXCEPT
---```
---@param ... ryx.QuerySet|{ all?: boolean }
---@return ryx.QuerySet
function QuerySet:difference(...) end

---Keeps one of equal rows; with fields the first row, in order, of each of their values.
---```lua
---qs:distinct(), qs:order_by("-created"):distinct("author")
---```
---@param ... ryx.PathOrExpr
---@return ryx.QuerySet
function QuerySet:distinct(...) end

---Calls fn for each row until it returns false; always closes its stream. The number of
---rows seen.
---```lua
---qs:each(function(post) print(post.title) end, { chunk = 500 })
---```
---@param fn fun(row: ryx.Model): boolean?
---@param options? { chunk?: integer }
---@return integer
function QuerySet:each(fn, options) end

---The row with the smallest values of these fields, NULLs left out; DoesNotExist for none.
---```lua
---qs:earliest("created")
---```
---@param ... string|ryx.Expr
---@return ryx.Model
function QuerySet:earliest(...) end

---Drops rows that pass all the tests.
---```lua
---qs:exclude{ title__startswith = "Draft" }  -> WHERE NOT (...)
---```
---@param first ryx.Condition|string as of filter
---@param ... any
---@return ryx.QuerySet
function QuerySet:exclude(first, ...) end

---Is there any row?
---```lua
---qs:exists()
---```
---@return boolean
function QuerySet:exists() end

---How the database finds the rows of all(), as text; explain{ analyze = true } runs the
---query and says what that took.
---```lua
---print(qs:explain())
---```
---@param options? { analyze?: boolean }
---@return string
function QuerySet:explain(options) end

---Keeps rows whose fields pass the tests.
---```lua
---qs:filter{ views__gte = 100 }, qs:filter(Q1, { a = 1 }), qs:filter("owner", ann)  -> WHERE ...
---```
---@param first ryx.Condition|string conditions by path, a Q, or a path whose value follows
---@param ... any more of them
---@return ryx.QuerySet
function QuerySet:filter(first, ...) end

---The first row in order (by key when nothing else is said), or nil.
---```lua
---qs:order_by("-views"):first()
---```
---@return ryx.Model?
function QuerySet:first() end

---Locks the rows until the end of the transaction that it needs.
---of = { "self", "author" } names what to lock where several tables are joined; share = true
---lets others read with the same lock.
---```lua
---Post.objects:filter{ id = 1 }:for_update{ skip_locked = true }  -> SELECT ... FOR UPDATE SKIP LOCKED
---```
---@param options? { nowait?: boolean, skip_locked?: boolean, share?: boolean, of?: string|string[] }
---@return ryx.QuerySet
function QuerySet:for_update(options) end

---The one object; DoesNotExist or MultipleObjectsReturned otherwise.
---```lua
---Post.objects:get{ id = 1 }
---```
---@param first? ryx.Condition|string as of filter
---@param ... any
---@return ryx.Model
function QuerySet:get(first, ...) end

---The object that a lookup finds, else a new one with the defaults too: object, created.
---```lua
---Tag.objects:get_or_create{ name = "lua", defaults = { color = "blue" } }
---```
---@param values table<string, any> what is looked for, and `defaults`
---@return ryx.Model object
---@return boolean created
function QuerySet:get_or_create(values) end

---Tells the planner of a database how to find the rows; other databases do not see it. A text
---are optimizer hints, tables name indexes of the model. What was said before is replaced. Of
---queries that read; updates and deletes refuse it.
---```lua
---Post.objects:hint{ postgres = "SeqScan(posts)", mariadb = { force = "post_views_idx" } }
----> SELECT /*+ SeqScan(posts) */ ..., SELECT ... FROM `posts` FORCE INDEX (`post_views_idx`) ...
---```
---@param hints table<string, string|table> by database: words, or { words =, use =, force =, ignore = }
---@return ryx.QuerySet
function QuerySet:hint(hints) end

---Objects by key.
---Of a key of several fields too: qs:in_bulk{ { 1, 2 }, { 3, 4 } }[{ 3, 4 }]
---```lua
---qs:in_bulk({ 1, 2 })[1].title
---```
---@param list any[]
---@param options? { field_name?: string } a unique field, the key when not given
---@return table<any, ryx.Model>
function QuerySet:in_bulk(list, options) end

---Rows that are in every queryset.
---```lua
---a:intersection(b)  -> INTERSECT
---```
---@param ... ryx.QuerySet|{ all?: boolean }
---@return ryx.QuerySet
function QuerySet:intersection(...) end

---Streams rows with flat memory.
---```lua
---for post in qs:iter{ chunk = 500 } do ... end
---```
---@param options? { chunk?: integer } rows that are read at once, 1000 when not given
---@return fun(stream?: ryx.Stream): ryx.Model? next_row
---@return ryx.Stream? stream
---@return nil
---@return ryx.Stream? closed at the end of the loop
function QuerySet:iter(options) end

---Joins a table or a model by columns of the queryset; its columns are read by its name.
---Or the rows of a queryset, which takes its options second: `alias`, `on` (columns of its
---rows = paths of this one), `kind`. With `lateral = true` it is asked for each row, which
---OuterRef names; PostgreSQL and MySQL have that, elsewhere it is `unsupported`.
---```lua
---Post.objects:join("authors", "posts.author_id = authors.id"):values("title", "authors__name")
---Post.objects:join(Author, { id = "author" }, { kind = "left", alias = "a" }):filter{ a__name = "Ann" }
---Author.objects:join(Post.objects:filter{ author = OuterRef("pk") }:order_by("-views"):limit(2),
---{ alias = "best", lateral = true }):values("name", "best__title")
---```
---@param target string|ryx.ModelClass|ryx.QuerySet
---@param on? string|table<string, ryx.PathOrExpr>|ryx.JoinRows none of a cross join
---@param options? { kind?: "inner"|"left"|"right"|"full"|"cross", alias?: string }
---@return ryx.QuerySet
function QuerySet:join(target, on, options) end

---The last row in order, or nil.
---```lua
---qs:order_by("-views"):last()
---```
---@return ryx.Model?
function QuerySet:last() end

---The row with the largest values.
---```lua
---qs:latest("created")
---```
---@param ... string|ryx.Expr
---@return ryx.Model
function QuerySet:latest(...) end

---At most n rows; nil takes the limit back.
---```lua
---qs:limit(20)  -> LIMIT 20
---```
---@param n? integer
---@return ryx.QuerySet
function QuerySet:limit(n) end

---A queryset without rows; what it gives is known without asking the database, but for
---aggregates with a default.
---```lua
---qs:none()
---```
---@return ryx.QuerySet
function QuerySet:none() end

---Leaves out the first n rows.
---```lua
---qs:offset(40):limit(20)  -> LIMIT 20 OFFSET 40
---```
---@param n integer
---@return ryx.QuerySet
function QuerySet:offset(n) end

---Loads only these fields (and the key); the others when they are first read. Paths
---name fields of what select_related brings.
---```lua
---qs:select_related("author"):only("title", "author__name")
---```
---@param ... string
---@return ryx.QuerySet
function QuerySet:only(...) end

---Replaces the order; without names it clears it. "?" is a random order.
---```lua
---qs:order_by("-views", "title"), qs:order_by(F"name":desc{ nulls = "last" })
---```
---@param ... string|ryx.Expr
---@return ryx.QuerySet
function QuerySet:order_by(...) end

---One page of the rows, in their order and then by key.
---A cursor page costs the same however far it is, and rows that come or go do not move
---it; without after and before it is the first.
---```lua
---by number:  qs:paginate{ page = 2, size = 20 }  -> rows, page, size, total, pages, has_next, has_previous
---by cursor:  qs:paginate{ size = 20, after = page.next }  -> rows, size, next, previous, has_next, has_previous
---```
---@param options? ryx.PageOptions
---@return ryx.Page
function QuerySet:paginate(options) end

---Loads what relations lead to for all rows at once, with a statement for each of them;
---paths are nested, ryx.Prefetch has options. false takes back what was asked before.
---```lua
---Author.objects:prefetch_related("posts__tags")  -> SELECT ... WHERE author_id IN (...)
---```
---@param ... string|ryx.Prefetch|false
---@return ryx.QuerySet
function QuerySet:prefetch_related(...) end

---Instances from SQL of your own, which must select the key: all(), first(), iter(),
---prefetch_related, using. Nothing can be filtered afterwards: the SQL says it.
---```lua
---Post.objects:raw("SELECT p.*, length(title) AS size FROM posts p WHERE views > ?", { 5 }):all()[1].size
---```
---@param sql string
---@param params? any[] one for each ?
---@return ryx.RawQuerySet
function QuerySet:raw(sql, params) end

---Turns the order around.
---```lua
---qs:order_by("-views"):reverse()
---```
---@return ryx.QuerySet
function QuerySet:reverse() end

---Reads the objects of to-one relations with the rows, nested ones by path; without
---names all foreign keys that are never NULL. false takes back what was asked before.
---```lua
---Post.objects:select_related("author", "author__boss")  -> LEFT JOIN authors, LEFT JOIN authors
---```
---@param ... string|false
---@return ryx.QuerySet
function QuerySet:select_related(...) end

---Rows a to b, counted from 1, both ends included; slices compose.
---```lua
---qs:slice(11, 20)
---```
---@param a integer
---@param b? integer the last row there is when not given
---@return ryx.QuerySet
function QuerySet:slice(a, b) end

---The SQL text of all() and what its placeholders stand for, in order.
---```lua
---qs:filter{ title__icontains = "50%" }:sql()  -> WHERE ... LIKE $1 ESCAPE '!', { "%50!%%" }
---```
---@return string text
---@return any[] params
function QuerySet:sql() end

---Rows of this queryset and of others, equal ones once; { all = true } keeps them.
---```lua
---a:union(b, c):order_by("-views"):limit(10)  -> a UNION b UNION c
---```
---@param ... ryx.QuerySet|{ all?: boolean }
---@return ryx.QuerySet
function QuerySet:union(...) end

---Sets fields of every row of the queryset; returns how many, or the rows.
---```lua
---qs:update{ views = F"views" + 1 }, qs:update({ views = 0 }, { returning = { "id" } })  -> UPDATE ... SET
---```
---@param values table<string, ryx.ValueOrExpr>
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function QuerySet:update(values, options) end

---The same of a queryset without a condition.
---```lua
---Post.objects:update_all{ views = 0 }
---```
---@param values table<string, ryx.ValueOrExpr>
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function QuerySet:update_all(values, options) end

---The same, and one that is found is changed to the defaults: object, created.
---```lua
---Page.objects:update_or_create{ slug = "a", defaults = { hits = F"hits" + 1 }, create_defaults = { hits = 1 } }
---```
---@param values table<string, any> what is looked for, `defaults` and `create_defaults`
---@return ryx.Model object
---@return boolean created
function QuerySet:update_or_create(values) end

---Inserts a row, or updates the one with the same unique_fields: the object as its row is
---now, and whether it was inserted.
---With update_where a row that does not pass it stays as it is: neither created nor updated.
---```lua
---Page.objects:upsert({ slug = "a", hits = 1 }, { unique_fields = { "slug" },
---update_fields = { hits = F"hits" + ryx.New"hits" } })  -> INSERT ... ON CONFLICT ... DO UPDATE
---```
---@param values? table<string, any>
---@param options? ryx.UpsertOptions
---@return ryx.Model object
---@return boolean created
---@return boolean updated
function QuerySet:upsert(values, options) end

---The same on another alias, or inside a transaction that is handed on.
---```lua
---qs:using("replica")
---```
---@param where string|ryx.Transaction
---@return ryx.QuerySet
function QuerySet:using(where) end

---Rows as tables by name. Before annotate with aggregates it says what is grouped.
---```lua
---Post.objects:values("author__name", { year = ryx.Extract("created", "year") })
---```
---@param ... string|table names; behind them expressions by name, and { null = ryx.null } to keep NULLs
---@return ryx.QuerySet
function QuerySet:values(...) end

---Rows as arrays.
---```lua
---qs:values_list("id", "title"), qs:values_list("title", { flat = true })
---```
---@param ... string|table names; behind them expressions by name, { flat = true } or { named = true }
---@return ryx.QuerySet
function QuerySet:values_list(...) end

---Declares a CTE, and with `on` joins its rows: columns of the CTE = paths of the
---queryset; they are then read by its name, as through a relation.
---```lua
---Author.objects:with(busy, { on = { author = "pk" }, kind = "left" }):annotate{ n = F"busy__n" }
---```
---@param cte ryx.CTE
---@param options? { on?: table<string, ryx.PathOrExpr>, kind?: "inner"|"left" }
---@return ryx.QuerySet
function QuerySet:with(cte, options) end

---@class ryx.AdvisoryLockOptions
---@field wait? number seconds until it is given up, 0: one try; for as long as it takes when not given
---@field alias? string

---@class ryx.AggregateOptions
---@field distinct? boolean
---@field filter? ryx.Condition which rows count
---@field order_by? string|ryx.Expr|(string|ryx.Expr)[] of StringAgg, ArrayAgg and JSONAgg
---@field default? ryx.ValueOrExpr in place of NULL

---The models of a moment, for m.run_lua.
---@class ryx.Apps
---@field alias string the database that is migrated
local Apps = {}

---A model with the fields and relations of that moment, and without the hooks, methods and
---managers that it has today.
---```lua
---local Post = apps:model("Post")
---```
---@param name string
---@return ryx.ModelClass
function Apps:model(name) end

---Calls fn with a list of rows after another, in the order of their keys, so that a table of any
---size is worked through in little memory; progress is shown. The number of rows.
---```lua
---apps:each("Post", { batch = 500 }, function(posts) print(#posts, posts[1].title) end)
---```
---@param of string|ryx.QuerySet the name of a model, or its rows
---@param options { batch?: integer }|nil how many rows at a time, 1000 when not given
---@param fn fun(rows: ryx.Model[])
---@return integer
function Apps:each(of, options, fn) end

---@class ryx.ArrayFieldOptions: ryx.FieldOptions
---@field size? integer the most items

---@class ryx.BinaryFieldOptions: ryx.FieldOptions
---@field max_length? integer bytes

---@class ryx.BulkCreateOptions
---@field batch_size? integer rows of a statement
---@field validate? boolean full_clean() every instance first; types and lengths are checked in any case
---@field ignore_conflicts? boolean
---@field update_conflicts? boolean
---@field unique_fields? string[] the unique key that is meant, the primary one when not given
---@field update_fields? table names, and expressions by name; all when not given
---@field update_where? ryx.Condition rows that do not pass it stay: F is what is there, New what was to be inserted

---Bytes, where a text would be a text: tostring gives them back.
---@class ryx.Bytes: userdata

---What ryx.CTE makes, for `with`.
---@class ryx.CTE
local CTE = {}

---A queryset over the CTE's rows, where its own says using as well.
---```lua
---tree:rows():order_by("level")
---```
---@return ryx.QuerySet
function CTE:rows() end

---@class ryx.CTEOptions
---@field recursive? fun(cte: ryx.CTE): ryx.QuerySet
---@field depth? string
---@field max_depth? integer
---@field path? string
---@field bulk_create? (ryx.Model|table<string, any>)[]
---@field ignore_conflicts? boolean
---@field update? table<string, ryx.ValueOrExpr>
---@field update_all? table<string, ryx.ValueOrExpr>
---@field delete? true
---@field delete_all? true
---@field returning? boolean|string[]

---@class ryx.CacheBackend
---@field get fun(self: ryx.CacheBackend, key: string): table? what was set, a copy will do
---@field set fun(self: ryx.CacheBackend, key: string, value: table, ttl: number) value is a table that JSON can hold
---@field delete fun(self: ryx.CacheBackend, key: string)
---@field clear fun(self: ryx.CacheBackend)

---@class ryx.CacheOptions
---@field ttl? number seconds that an entry lives, 300 when not given
---@field max_size? integer entries in memory, 1000 when not given
---@field backend? ryx.CacheBackend in place of memory
---@field auto_invalidate? boolean false: writes drop nothing, only time and ryx.invalidate do

---@class ryx.CharFieldOptions: ryx.FieldOptions
---@field max_length? integer characters, 255 when not given
---@field min_length? integer
---@field strip? boolean false: white space at the ends stays
---@field collation? string

---Conditions by path, a Q, or an expression that is true or false.
---@alias ryx.Condition table<string, any>|ryx.Q|ryx.Expr

---@class ryx.ConnectOptions
---@field sender? any whose sending is meant, a model: that of everybody when not given
---@field subclasses? boolean models that are built upon the sender as well: abstract bases, proxies
---@field weak? boolean the receiver goes when nothing else holds it

---@class ryx.Constraint
---@field name string
---@field check ryx.Q|string

---@class ryx.CopyFromOptions
---@field format? "csv"|"jsonl" of a file; its name says it where it ends so, else CSV
---@field fields? string[] the columns that are taken; without a header those of the file, in its order
---@field header? boolean false: the first line of a CSV file is a row
---@field batch? integer rows that are sent together, 1000 when not given
---@field defaults? boolean false: columns that no row has are left to the database
---@field using? string|ryx.Transaction an alias, or a transaction that was handed on

---@class ryx.CopyToOptions
---@field format? "csv"|"jsonl" the path says it where it ends so, else CSV
---@field header? boolean false: no first line with the names
---@field batch? integer rows that are read together, 1000 when not given

---A day: == < + - with days and durations of whole days; tostring is 2024-02-29.
---@class ryx.Date: userdata
---@operator add(ryx.Duration): ryx.Date
---@operator sub(ryx.Duration): ryx.Date
---@operator sub(ryx.Date): ryx.Duration
---@field year integer
---@field month integer
---@field day integer
---@operator concat(any): string
---@field format fun(self: ryx.Date, pattern: string): string "%d.%m.%Y %H:%M"

---@class ryx.DateFieldOptions: ryx.FieldOptions
---@field auto_now? boolean every save sets it
---@field auto_now_add? boolean the first save sets it, where it was not given

---A moment in UTC: == < + - with moments and durations; tostring is 2024-01-15T10:30:01.
---@class ryx.DateTime: userdata
---@operator add(ryx.Duration): ryx.DateTime
---@operator sub(ryx.Duration): ryx.DateTime
---@operator sub(ryx.DateTime): ryx.Duration
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field minute integer
---@field second integer
---@field microsecond integer
---@field date fun(self: ryx.DateTime): ryx.Date
---@field time fun(self: ryx.DateTime): ryx.Time
---@field timestamp fun(self: ryx.DateTime): number seconds since 1970
---@operator concat(any): string
---@field format fun(self: ryx.DateTime, pattern: string): string "%d.%m.%Y %H:%M"

---@class ryx.DateTimeFieldOptions: ryx.DateFieldOptions
---@field tz? boolean moments that know they are UTC

---An exact decimal number: == < + - * / with decimals and whole numbers; tostring shows
---every place.
---@class ryx.Decimal: userdata
---@operator add(ryx.Decimal|integer): ryx.Decimal
---@operator sub(ryx.Decimal|integer): ryx.Decimal
---@operator mul(ryx.Decimal|integer): ryx.Decimal
---@operator div(ryx.Decimal|integer): ryx.Decimal
---@operator unm: ryx.Decimal
---@operator concat(any): string
---@field tonumber fun(self: ryx.Decimal): number
---@field round fun(self: ryx.Decimal, n?: integer): ryx.Decimal n digits behind the point, none when not given
---@field places fun(self: ryx.Decimal, n: integer, exact?: boolean): ryx.Decimal? n digits behind the point

---@class ryx.DecimalFieldOptions: ryx.FieldOptions
---@field max_digits? integer 10 when not given
---@field decimal_places? integer 2 when not given
---@field min_value? string|integer|ryx.Decimal
---@field max_value? string|integer|ryx.Decimal

---@class ryx.DescendantsOptions: ryx.TreeOptions
---@field depth_first? true|string|ryx.Expr|(string|ryx.Expr)[] by what siblings are ordered; true: by Meta.ordering

---A span of time: == < + - and * with a number; tostring is P1DT2H3.5S.
---@class ryx.Duration: userdata
---@operator add(ryx.Duration): ryx.Duration
---@operator add(ryx.Date): ryx.Date
---@operator add(ryx.DateTime): ryx.DateTime
---@operator sub(ryx.Duration): ryx.Duration
---@operator mul(number): ryx.Duration
---@operator unm: ryx.Duration
---@operator concat(any): string
---@field days integer
---@field seconds integer of the last day
---@field microseconds integer of the last second
---@field total_seconds fun(self: ryx.Duration): number

---What ryx raises; tostring gives one line. What is not known is absent.
---@class ryx.Error
---@field kind ryx.RetryKind|ryx.DataKind|ryx.RowKind|ryx.CallKind
---@field message string all in one line, for the log
---@field where? string the caller's file and line
---@field model? string the name of the model that it is about
---@field field? string the name of the one field that it is about
---@field fields? string[] their names, where it is about several
---@field errors? table<string, string[]> messages by field; "__all__" for the whole
---@field blockers? { model: string, field: string, keys: any[] }[] of `protected`: which rows are in the way
---@field merge? fun(self: ryx.Error, other: any): ryx.Error of a ValidationError: takes the messages of another
---@field alias? string the database
---@field sql? string the statement, without its values
---@field sqlstate? string five characters of the SQL standard, from the server
---@field code? integer the database's own number
---@field constraint? string what the database refused by: an index, a key, a check
---@field table? string
---@field column? string
---@field detail? string what the database says besides; may hold values of rows
---@field holder? string no connection came in time: the stack of the task that holds one longest
---@field trace? string the stack, where it passed through a task, a transaction or a timeout
local Error = {}

---Is this error of a class (or of one below it)?
---```lua
---err:is(ryx.IntegrityError)
---```
---@param class ryx.ErrorClass
---@return boolean
function Error:is(class) end

---A class of errors, for err:is(class). Classes below belong to it.
---@class ryx.ErrorClass
---@field name string
---@field kind? string
---@field parent? ryx.ErrorClass

---A column, a value, or what the database works out of them. Every lookup is a method.
---@class ryx.Expr
---@operator add(ryx.ValueOrExpr): ryx.Expr
---@operator sub(ryx.ValueOrExpr): ryx.Expr
---@operator mul(ryx.ValueOrExpr): ryx.Expr
---@operator div(ryx.ValueOrExpr): ryx.Expr
---@operator mod(ryx.ValueOrExpr): ryx.Expr
---@operator pow(ryx.ValueOrExpr): ryx.Expr
---@operator concat(ryx.ValueOrExpr): ryx.Expr
---@operator unm: ryx.Expr
local Expr = {}

---An order by the expression, the smallest first.
---```lua
---qs:order_by(F"name":asc{ nulls = "last" })
---```
---@param options? { nulls?: "first"|"last" }
---@return ryx.Expr
function Expr:asc(options) end

---A part of a JSON document by any keys and positions.
---```lua
---F"meta":at("a.b", 0, "year")
---```
---@param ... string|integer
---@return ryx.Expr
function Expr:at(...) end

---An order by the expression, the largest first.
---```lua
---qs:order_by(F"views":desc())
---```
---@param options? { nulls?: "first"|"last" }
---@return ryx.Expr
function Expr:desc(options) end

---All its items are in the list.
---```lua
---filter{ labels__contained_by = { "a", "b" } }
---```
---@param value any a list
---@return ryx.Q
function Expr:contained_by(value) end

---The text is part of it; case counts. `%` and `_` are ordinary characters here and below.
---```lua
---filter{ title__contains = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:contains(value) end

---It ends with the text; case counts.
---```lua
---filter{ title__endswith = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:endswith(value) end

---Equal; what a path without a lookup means. NULL equals NULL only when it is written `ryx.null`.
---```lua
---filter{ views = 5 }
---```
---@param value any a value, an object, `ryx.null`
---@return ryx.Q
function Expr:eq(value) end

---Equal; what a path without a lookup means. NULL equals NULL only when it is written `ryx.null`.
---```lua
---filter{ views = 5 }
---```
---@param value any a value, an object, `ryx.null`
---@return ryx.Q
function Expr:exact(value) end

---Greater. Text goes by code point.
---```lua
---filter{ views__gt = 5 }
---```
---@param value any a value
---@return ryx.Q
function Expr:gt(value) end

---Greater or equal.
---```lua
---filter{ views__gte = 5 }
---```
---@param value any a value
---@return ryx.Q
function Expr:gte(value) end

---An object has all these keys. `has_keys` is the same.
---```lua
---filter{ meta__has_all = { "a", "b" } }
---```
---@param value any a list of texts
---@return ryx.Q
function Expr:has_all(value) end

---An object has one of these keys.
---```lua
---filter{ meta__has_any = { "a", "b" } }
---```
---@param value any a list of texts
---@return ryx.Q
function Expr:has_any(value) end

---An object has this key.
---```lua
---filter{ meta__has_key = "a" }
---```
---@param value any a text
---@return ryx.Q
function Expr:has_key(value) end

---An object has all these keys. `has_keys` is the same.
---```lua
---filter{ meta__has_all = { "a", "b" } }
---```
---@param value any a list of texts
---@return ryx.Q
function Expr:has_keys(value) end

---`contains` without case.
---```lua
---filter{ title__icontains = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:icontains(value) end

---`endswith` without case.
---```lua
---filter{ title__iendswith = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:iendswith(value) end

---Equal but for case, letter by letter: ß is not SS.
---```lua
---filter{ title__iexact = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:iexact(value) end

---One of the values, of which NULL is none; objects stand for their keys. A queryset gives its key, or the one column that `values` chose.
---```lua
---filter{ views__in = { 1, 2 } }
---```
---@param value any a list, a queryset
---@return ryx.Q
function Expr:in_(value) end

---`regex` without case.
---```lua
---filter{ title__iregex = "^x" }
---```
---@param value any a pattern
---@return ryx.Q
function Expr:iregex(value) end

---Is it NULL?
---```lua
---filter{ rating__isnull = true }
---```
---@param value boolean
---@return ryx.Q
function Expr:isnull(value) end

---`startswith` without case; no index serves it.
---```lua
---filter{ title__istartswith = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:istartswith(value) end

---Less.
---```lua
---filter{ price__lt = "9.90" }
---```
---@param value any a value
---@return ryx.Q
function Expr:lt(value) end

---Less or equal.
---```lua
---filter{ views__lte = 5 }
---```
---@param value any a value
---@return ryx.Q
function Expr:lte(value) end

---They have an item in common.
---```lua
---filter{ labels__overlap = { "a", "b" } }
---```
---@param value any a list
---@return ryx.Q
function Expr:overlap(value) end

---Between two values, both included.
---```lua
---filter{ views__range = { 1, 9 } }
---```
---@param value any a list of two
---@return ryx.Q
function Expr:range(value) end

---Some part matches; `.` is any character, `^` and `$` the ends of the value; case counts.
---```lua
---filter{ title__regex = "^x" }
---```
---@param value any a pattern
---@return ryx.Q
function Expr:regex(value) end

---It holds all words of the text, in any order; case does not count. Needs a `ryx.SearchIndex`, but on PostgreSQL: [search](../guide/search.md).
---```lua
---filter{ about__search = "red fox" }
---```
---@param value any a text
---@return ryx.Q
function Expr:search(value) end

---It begins with the text; case counts. A range, which an index can serve.
---```lua
---filter{ title__startswith = "x" }
---```
---@param value any a text
---@return ryx.Q
function Expr:startswith(value) end

---The texts are alike: they share three tenths of their runs of three letters, or more. PostgreSQL (with pg_trgm) and SQLite.
---```lua
---filter{ title__trigram_similar = "jonson" }
---```
---@param value any a text
---@return ryx.Q
function Expr:trigram_similar(value) end

---Any lookup by name, one of your own too.
---```lua
---F"name":lookup("similar", "x")
---```
---@param name string
---@param value any
---@return ryx.Q
function Expr:lookup(name, value) end

---@class ryx.FetchOptions
---@field alias? string|ryx.Transaction
---@field array? boolean rows as arrays
---@field null? any what stands for NULL in rows by name, where it is left out else

---A field of a model, by ryx.CharField{ ... } and the like.
---@class ryx.Field

---@class ryx.FieldDefinition
---@field base fun(options?: table): ryx.Field what keeps the values: ryx.CharField, ...
---@field options? table<string, any> options of your own, each with its default (false: none)
---@field to_db? fun(value: any, field: ryx.Field): any what the base takes; or nil and a message
---@field from_db? fun(value: any, field: ryx.Field): any what instances hold, of what was read

---What every field with a column takes.
---@class ryx.FieldOptions
---@field null? boolean
---@field blank? boolean
---@field default? any a value, a function that gives one, or an expression
---@field db_default? any a value or an expression that the table has as DEFAULT
---@field primary_key? boolean
---@field unique? boolean
---@field db_index? boolean
---@field choices? any[] values, or { value, label }
---@field validators? (ryx.Validator|function)[]
---@field editable? boolean
---@field help_text? string
---@field verbose_name? string
---@field db_column? string
---@field db_comment? string what the database says of the column to those who look at it
---@field unique_for_date? string validate_unique: among the rows of the same day of a date or moment
---@field unique_for_month? string validate_unique: among the rows of the same month of one year
---@field unique_for_year? string validate_unique: among the rows of the same year
---@field was? string the name it had, so that migrations rename it; may stay

---@class ryx.FloatFieldOptions: ryx.FieldOptions
---@field min_value? number
---@field max_value? number

---@class ryx.ForeignKeyOptions: ryx.FieldOptions
---@field on_delete? "CASCADE"|"PROTECT"|"RESTRICT"|"SET_NULL"|"SET_DEFAULT"|"DO_NOTHING" CASCADE when not given
---@field related_name? string of the other side; "+" for none; "%(class)s" stands for the model's name
---@field db_constraint? boolean false: the database does not check it

---Which rows a window function sees: two ends, counted from the current row, 0; ryx.null is the partition's end.
---@class ryx.Frame
---@field rows? { [1]: integer|userdata, [2]: integer|userdata }
---@field range? { [1]: integer|userdata, [2]: integer|userdata }
---@field groups? { [1]: integer|userdata, [2]: integer|userdata }
---@field exclude? "none"|"current_row"|"group"|"ties"

---@class ryx.GeneratedFieldOptions
---@field expression ryx.Expr|ryx.Q of other columns of the row
---@field output_field ryx.Field what the column is
---@field db_persist boolean true: the row holds the value; false: it is worked out when it is read
---@field unique? boolean
---@field db_index? boolean
---@field db_column? string
---@field db_comment? string
---@field help_text? string
---@field verbose_name? string
---@field was? string the name it had, so that migrations rename it

---@class ryx.Index
---@field name? string
---@field fields string[]
---@field unique boolean
---@field include string[]
---@field method? string
---@field concurrently boolean

---@class ryx.IndexOptions
---@field fields? string[] "-created": from the largest on
---@field expressions? ryx.Expr[] behind the fields; PostgreSQL, SQLite, MySQL
---@field name? string by rule when not given
---@field unique? boolean
---@field condition? ryx.Q the rows that it holds; PostgreSQL, SQLite
---@field include? string[] fields that it holds besides, so that queries need not read the table; PostgreSQL
---@field method? string "btree" when not given; "hash", "gin", "gist", "spgist", "brin" on PostgreSQL
---@field concurrently? boolean made without stopping writes, of a table that is there, too; PostgreSQL

---@class ryx.IntFieldOptions: ryx.FieldOptions
---@field min_value? integer
---@field max_value? integer

---@class ryx.JSON
local JSON = {}

---A value as JSON text, keys in order; ryx.null is null.
---```lua
---ryx.json.encode{ list = ryx.json.array{}, none = ryx.null }
---```
---@param v any
---@return string
function JSON.encode(v) end

---The value of a JSON text; null is ryx.null.
---```lua
---ryx.json.decode('{ "a": [1, 2] }').a[2]
---```
---@param text string
---@return any
function JSON.decode(text) end

---Marks a table as a list, which an empty one is not by itself.
---```lua
---ryx.json.array{}
---```
---@param list table
---@return table list
function JSON.array(list) end

---@class ryx.JoinRows
---@field alias string
---@field on? table<string, ryx.PathOrExpr>
---@field kind? "inner"|"left"|"right"|"full"|"cross"
---@field lateral? boolean

---Where queries of a model begin: an entry of its fields table.
---@class ryx.Manager

---A side of a many-to-many relation, post.tags: the rows that are linked with an object.
---@class ryx.ManyManager: ryx.RelatedManager
local ManyManager = {}

---Links objects or keys; links that are there stay. How many rows the join table got.
---```lua
---post.tags:add(tag, 7, { through_defaults = { by = "ann" } })  -> SELECT, INSERT
---```
---@param ... any objects or keys, and { through_defaults = {...} }, the other columns of the links
---@return integer
function ManyManager:add(...) end

---Makes, saves and links an object.
---```lua
---post.tags:create{ name = "lua" }  -> INSERT, INSERT
---```
---@param values? table<string, any>
---@param options? { through_defaults?: table<string, any> }
---@return ryx.Model
function ManyManager:create(values, options) end

---The linked object that a lookup finds, else a new one that is linked: object,
---created. What a unique key names and is not linked yet is linked, not made again.
---```lua
---post.tags:get_or_create{ name = "lua", defaults = { color = "blue" } }
---```
---@param values table<string, any> what is looked for, and `defaults`
---@return ryx.Model object
---@return boolean created
function ManyManager:get_or_create(values) end

---The same, and what is found is changed to the defaults.
---```lua
---post.tags:update_or_create{ name = "lua", defaults = { color = "blue" } }
---```
---@param values table<string, any> what is looked for, `defaults` and `create_defaults`
---@return ryx.Model object
---@return boolean created
function ManyManager:update_or_create(values) end

---Inserts an object, or updates the one with the same unique_fields, and links it.
---```lua
---post.tags:upsert({ name = "lua", color = "blue" }, { unique_fields = { "name" } })
---```
---@param values? table<string, any>
---@param options? ryx.UpsertOptions
---@return ryx.Model object
---@return boolean created
---@return boolean updated
function ManyManager:upsert(values, options) end

---Inserts and links many objects at once.
---```lua
---post.tags:bulk_create{ Tag{ name = "a" }, Tag{ name = "b" } }
---```
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions
---@return ryx.Model[] list
function ManyManager:bulk_create(list, options) end

---Unlinks objects or keys.
---```lua
---post.tags:remove(tag, 7)  -> DELETE of rows of the join table
---```
---@param ... any objects or keys
---@return integer
function ManyManager:remove(...) end

---Unlinks all.
---```lua
---post.tags:clear()
---```
---@return integer
function ManyManager:clear() end

---Links these and no others; only differences are written.
---```lua
---post.tags:set{ a, b }
---```
---@param list any[] objects or keys
---@param options? { through_defaults?: table<string, any> }
---@return integer
function ManyManager:set(list, options) end

---A many-to-many relation of a model.
---@class ryx.ManyRelation
---@field through ryx.ModelClass the model of the join table

---@class ryx.ManyToManyFieldOptions
---@field related_name? string of the other side; "+" for none
---@field through? string|ryx.ModelClass a model of your own as the join table
---@field through_fields? string[] its foreign keys: to this model, to the other
---@field db_table? string the join table's name
---@field db_constraint? boolean false: the join table's keys are not checked by the database
---@field symmetrical? boolean of a relation to "self": false
---@field blank? boolean
---@field editable? boolean
---@field help_text? string
---@field verbose_name? string
---@field was? string the name it had, so that migrations rename it; may stay

---Options of a model.
---@class ryx.MetaOptions
---@field table_name? string
---@field ordering? string[] the order of rows that have no other
---@field primary_key? string[] the fields that are the key together, in place of id
---@field unique_together? string[][]
---@field index_together? string[][]
---@field indexes? ryx.Index[]
---@field constraints? ryx.Constraint[]
---@field abstract? boolean without a table, to be built upon
---@field proxy? boolean another model over the table of the one it is built upon
---@field managed? boolean false: ryx.migrate makes no table
---@field database? string the alias
---@field schema? string where the table is, on PostgreSQL; it must be there
---@field app_label? string
---@field strict? boolean as ryx.strict, of this model
---@field track_changes? boolean save writes only the columns that changed
---@field db_comment? string what the database says of the table to those who look at it
---@field was? string the name that the model had, so that migrations rename its table; may stay

---@class ryx.Migration
---@field dependencies? string[] names of the files that come before
---@field operations ryx.Operation[] what is done, in order
---@field replaces? string[] names of the files that it stands for, of --squash

---What `require "ryx.migrations"` gives to files of migrations, besides `migrate`: m.
---@class ryx.Migrations
local Migrations = {}

---A constraint, as Meta.constraints holds it.
---```lua
---m.add_constraint("Post", ryx.Constraint{ check = ryx.Q{ views__gte = 0 }, name = "post_views_chk" })
---```
---@param model string
---@param constraint ryx.Constraint
---@return ryx.Operation
function Migrations.add_constraint(model, constraint) end

---A field of a model, or a many-to-many relation with its join table. Rows that are there get
---`fill`, else the default of the field.
---```lua
---m.add_field("Post", "slug", ryx.SlugField{ null = true })
---m.add_field("Post", "rating", ryx.IntField{}, { fill = 5 })
---```
---@param model string
---@param name string
---@param field ryx.Field
---@param options? { fill?: any } a value for rows that are there, which is no DEFAULT afterwards
---@return ryx.Operation
function Migrations.add_field(model, name, field, options) end

---An index, as Meta.indexes holds it: a ryx.Index or a ryx.SearchIndex.
---```lua
---m.add_index("Post", ryx.Index{ fields = { "views" }, name = "post_views_idx" })
---```
---@param model string
---@param index ryx.Index|ryx.SearchIndex
---@return ryx.Operation
function Migrations.add_index(model, index) end

---Another definition of a field. Rows with NULL where none may be any more get `fill`, else the
---default of the field.
---```lua
---m.alter_field("Post", "title", ryx.CharField{ max_length = 200 })
---```
---@param model string
---@param name string
---@param field ryx.Field
---@param options? { fill?: any } a value in place of NULL, which is no DEFAULT afterwards
---@return ryx.Operation
function Migrations.alter_field(model, name, field, options) end

---All lists of fields that have an index together; of none an empty list.
---```lua
---m.alter_index_together("Post", { { "author", "created" } })
---```
---@param model string
---@param lists string[][]
---@return ryx.Operation
function Migrations.alter_index_together(model, lists) end

---Other options of Meta: table_name, schema, primary_key, managed, database, db_comment; false takes one away.
---A table with another name, or in another schema, is the same table; with `managed` it stays as it is.
---```lua
---m.alter_model("Post", { table_name = "texts" })
---```
---@param model string
---@param options table<string, any>
---@return ryx.Operation
function Migrations.alter_model(model, options) end

---All lists of fields whose values together are unique; of none an empty list.
---```lua
---m.alter_unique_together("Post", { { "author", "title" } })
---```
---@param model string
---@param lists string[][]
---@return ryx.Operation
function Migrations.alter_unique_together(model, lists) end

---A model with its table: fields and Meta as ryx.model takes them.
---```lua
---m.create_model("Post", { title = ryx.CharField{ max_length = 80 } })
---```
---@param name string
---@param def ryx.ModelDefinition
---@return ryx.Operation
function Migrations.create_model(name, def) end

---Takes a model and its table away, with all rows. Backwards the table comes back without them.
---```lua
---m.delete_model("Post")
---```
---@param name string
---@return ryx.Operation
function Migrations.delete_model(name) end

---What a file of migrations gives back.
---```lua
---return m.migration{ dependencies = { "0001_initial" }, operations = { m.delete_model("Draft") } }
---```
---@param migration ryx.Migration
---@return ryx.Migration
function Migrations.migration(migration) end

---Does nothing: as the way back of run_lua and run_sql.
---```lua
---m.run_sql("ANALYZE posts", m.noop)
---```
function Migrations.noop() end

---Takes a constraint away.
---```lua
---m.remove_constraint("Post", "post_views_chk")
---```
---@param model string
---@param name string
---@return ryx.Operation
function Migrations.remove_constraint(model, name) end

---Takes a field away, with its column and what is in it; of a many-to-many relation the join
---table. Backwards the column comes back without it.
---```lua
---m.remove_field("Post", "slug")
---```
---@param model string
---@param name string
---@return ryx.Operation
function Migrations.remove_field(model, name) end

---Takes an index away by its name: its own, or the one that it has by rule.
---```lua
---m.remove_index("Post", "post_views_idx")
---```
---@param model string
---@param name string
---@return ryx.Operation
function Migrations.remove_index(model, name) end

---Another name of a field and its column. Indexes, checks, keys and lists that name it go along.
---```lua
---m.rename_field("Post", "title", "headline")
---```
---@param model string
---@param old string
---@param new string
---@return ryx.Operation
function Migrations.rename_field(model, old, new) end

---Another name of a model. A table that is called after it is renamed, and so are its join tables
---and their columns.
---```lua
---m.rename_model("Post", "Article")
---```
---@param old string
---@param new string
---@return ryx.Operation
function Migrations.rename_model(old, new) end

---A function of your own over the models as they were at this point; `backwards` undoes it. Without
---it there is no way back; m.noop says that nothing has to be undone.
---```lua
---m.run_lua(function(apps) apps:model("Post").objects:update_all{ state = "live" } end, m.noop)
---```
---@param forwards fun(apps: ryx.Apps)
---@param backwards? fun(apps: ryx.Apps)
---@return ryx.Operation
function Migrations.run_lua(forwards, backwards) end

---Statements of your own, as a text or a list; `reverse` undoes them. Without it there is no way
---back; m.noop says that nothing has to be undone.
---```lua
---m.run_sql("CREATE VIEW recent AS SELECT * FROM posts", "DROP VIEW recent")
---```
---@param sql string|string[]
---@param reverse? string|string[]|function
---@return ryx.Operation
function Migrations.run_sql(sql, reverse) end

---An instance, a row of a model: fields, relations and annotations are read by name.
---@class ryx.Model
---@field pk any the key
---@field [string] any
local Model = {}

---Writes the instance: an UPDATE when it was saved, whatever its key, else an INSERT.
---`using` names an alias or is a transaction that was handed on.
---```lua
---post:save()   post:save{ update_fields = { "views" } }   copy:save{ force_insert = true }
---```
---@param options? ryx.SaveOptions
function Model:save(options) end

---Deletes the row; the instance stays, unsaved. How many rows there were.
---```lua
---post:delete()
---```
---@return integer
function Model:delete() end

---Reads the row again, or the fields named, also from another alias.
---What was loaded of its relations is forgotten.
---```lua
---post:refresh_from_db()   post:refresh_from_db{ "views" }   post:refresh_from_db{ using = "replica" }
---```
---@param options? string[]|{ fields?: string[], using?: string|ryx.Transaction }
function Model:refresh_from_db(options) end

---A plain table of the columns by name (author_id) and of annotations. NULL is left out unless
---`null` stands for it; relations come when they are named.
---```lua
---post:to_table{ exclude = { "body" }, null = ryx.null, related = { "author", "tags" } }
---```
---@param options? { null?: any, only?: string[], exclude?: string[], related?: string[] }
---@return table<string, any>
function Model:to_table(options) end

---Checks every field, then clean(); no I/O.
---```lua
---post:full_clean()
---```
function Model:full_clean() end

---Asks whether other rows have its unique values, those of unique_for_date and the like among them, and raises
---one ValidationError for all. Others may write before the save: the database decides.
---```lua
---post:validate_unique()
---```
function Model:validate_unique() end

---A model: called, it makes an unsaved instance. Functions that are put into it are methods of instances.
---@class ryx.ModelClass: ryx.Model
---@field objects ryx.QuerySet all rows
---@field DoesNotExist ryx.ErrorClass
---@field MultipleObjectsReturned ryx.ErrorClass
---@field clean? fun(self: ryx.Model) checks of the whole, after those of fields
---@field before_save? fun(self: ryx.Model, created: boolean)
---@field after_save? fun(self: ryx.Model, created: boolean)
---@field before_delete? fun(self: ryx.Model)
---@field after_delete? fun(self: ryx.Model)
---@overload fun(values?: table<string, any>): ryx.Model

---@class ryx.ModelDefinition
---@field Meta? ryx.MetaOptions
---@field [string] ryx.Field|ryx.Manager

---A change of models, made by the functions below; what tables and rows need for it follows.
---@class ryx.Operation

---@class ryx.Page
---@field rows ryx.Model[]
---@field size integer
---@field has_next boolean
---@field has_previous boolean
---@field next? string the cursor of what follows
---@field previous? string
---@field page? integer by number, as are total and pages
---@field total? integer all rows
---@field pages? integer

---@class ryx.PageOptions
---@field page? integer from 1
---@field size? integer rows of a page, 20 when not given
---@field after? string a cursor: page.next
---@field before? string a cursor: page.previous

---An expression, in which a text is the path of a field: "author__name".
---@alias ryx.PathOrExpr string|number|boolean|userdata|table|ryx.Expr|ryx.Q|ryx.QuerySet

---@class ryx.PoolStats
---@field max integer connections at most
---@field min integer connections that are kept
---@field size integer connections there are, with those that are being made
---@field idle integer
---@field in_use integer
---@field available integer how many more could be in use: max - in_use
---@field waiting integer statements that wait for a connection
---@field dials integer connections made so far
---@field dial_errors integer
---@field closed integer
---@field requests integer
---@field errors integer
---@field timeouts integer

---What ryx.Prefetch makes, for prefetch_related.
---@class ryx.Prefetch

---A condition: * joins by AND, + by OR, unary - negates; on Lua 5.4 also & | ~.
---@class ryx.Q
---@operator mul(ryx.Q|ryx.Expr): ryx.Q
---@operator add(ryx.Q|ryx.Expr): ryx.Q
---@operator unm: ryx.Q
---@operator band(ryx.Q|ryx.Expr): ryx.Q
---@operator bor(ryx.Q|ryx.Expr): ryx.Q
---@operator bnot: ryx.Q

---@class ryx.QConstructor
---@overload fun(first: ryx.Condition|string, ...: any): ryx.Q
---@field all fun(list: table): ryx.Q pairs, Qs or both, joined by AND; of none true
---@field any fun(list: table): ryx.Q joined by OR; of none false
---@field none fun(list: table): ryx.Q none of them

---@class ryx.QueryEvent
---@field sql string
---@field params any[] one for each parameter: "?", or with `values` what it stands for
---@field kind string select, insert, update, delete, count, raw, begin, commit, ...
---@field duration number seconds
---@field rows integer read or touched
---@field alias string
---@field where? string the caller's file and line
---@field call_site? string the same
---@field error? string

---What Model.objects:raw gives.
---@class ryx.RawQuerySet
local RawQuerySet = {}

---Every row as an instance.
---```lua
---Post.objects:raw("SELECT * FROM posts WHERE views > ?", { 5 }):all()
---```
---@return ryx.Model[]
function RawQuerySet:all() end

---The first row, or nil; the SQL says which that is, and should say LIMIT 1.
---```lua
---local newest = Post.objects:raw("SELECT * FROM posts ORDER BY id DESC LIMIT 1"):first()
---```
---@return ryx.Model?
function RawQuerySet:first() end

---A loop over all rows.
---```lua
---for post in Post.objects:raw("SELECT * FROM posts"):iter() do ... end
---```
---@return fun(): ryx.Model?
function RawQuerySet:iter() end

---Loads what relations lead to for all rows at once, as a QuerySet does.
---```lua
---Post.objects:raw("SELECT * FROM posts"):prefetch_related("author", "tags"):all()
---```
---@param ... string|ryx.Prefetch
---@return ryx.RawQuerySet
function RawQuerySet:prefetch_related(...) end

---The same on another database, or in a transaction.
---```lua
---Post.objects:raw("SELECT * FROM posts"):using("replica"):all()
---```
---@param alias string|ryx.Transaction
---@return ryx.RawQuerySet
function RawQuerySet:using(alias) end

---The related rows of an object, as a queryset.
---@class ryx.RelatedManager: ryx.QuerySet
local RelatedManager = {}

---The same manager on another alias, or inside a transaction that is handed on.
---```lua
---ann.posts:using(tx)
---```
---@param where string|ryx.Transaction
---@return ryx.RelatedManager
function RelatedManager:using(where) end

---Streams what was loaded, else rows of the database.
---```lua
---for post in ann.posts:iter() do
---```
---@param options? { chunk?: integer }
---@return fun(stream?: ryx.Stream): ryx.Model? next_row
---@return ryx.Stream? stream
---@return nil
---@return ryx.Stream? closed at the end of the loop
function RelatedManager:iter(options) end

---Calls fn for what was loaded, else for rows of the database, until it returns false. The number
---of rows seen.
---```lua
---ann.posts:each(function(post) print(post.title) end)
---```
---@param fn fun(row: ryx.Model): boolean?
---@param options? { chunk?: integer }
---@return integer
function RelatedManager:each(fn, options) end

---@alias ryx.RetryKind "connection"|"timeout"|"serialization"|"deadlock"|"commit_unknown"
---@alias ryx.DataKind "unique_violation"|"foreign_key_violation"|"not_null_violation"|"check_violation"|"protected"
---@alias ryx.RowKind "validation"|"does_not_exist"|"multiple_objects"
---@alias ryx.CallKind "field_error"|"misuse"|"unsupported"|"cancelled"|"operational"|"transaction_broken"

---The other side of a foreign key, author.posts: the rows that refer to an object.
---@class ryx.ReverseManager: ryx.RelatedManager
local ReverseManager = {}

---Makes and saves a child.
---```lua
---ann.posts:create{ title = "Hello" }  -> INSERT
---```
---@param values? table<string, any>
---@return ryx.Model
function ReverseManager:create(values) end

---The child that a lookup finds, else a new one: object, created.
---```lua
---ann.posts:get_or_create{ title = "Hello", defaults = { views = 1 } }
---```
---@param values table<string, any> what is looked for, and `defaults`
---@return ryx.Model object
---@return boolean created
function ReverseManager:get_or_create(values) end

---The same, and a child that is found is changed to the defaults.
---```lua
---ann.posts:update_or_create{ title = "Hello", defaults = { views = 1 } }
---```
---@param values table<string, any> what is looked for, `defaults` and `create_defaults`
---@return ryx.Model object
---@return boolean created
function ReverseManager:update_or_create(values) end

---Inserts a child, or updates the one with the same unique_fields: object, created.
---```lua
---ann.posts:upsert({ slug = "a", title = "Hello" }, { unique_fields = { "slug" } })
---```
---@param values? table<string, any>
---@param options? ryx.UpsertOptions
---@return ryx.Model object
---@return boolean created
---@return boolean updated
function ReverseManager:upsert(values, options) end

---Inserts many children at once.
---```lua
---ann.posts:bulk_create{ Post{ title = "a" }, Post{ title = "b" } }
---```
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions
---@return ryx.Model[] list
function ReverseManager:bulk_create(list, options) end

---Gives rows this parent; how many there were.
---```lua
---ann.posts:add(post, 7)  -> UPDATE ... WHERE id IN
---```
---@param ... any objects or keys
---@return integer
function ReverseManager:add(...) end

---Takes this parent from rows that have it.
---```lua
---ann.posts:remove(post)  -> UPDATE ... SET author_id = NULL
---```
---@param ... any objects or keys
---@return integer
function ReverseManager:remove(...) end

---Takes this parent from all its rows; how many there were.
---```lua
---ann.posts:clear()
---```
---@return integer
function ReverseManager:clear() end

---Makes these rows, and no others, this parent's; only differences are written. How many
---they are.
---```lua
---ann.posts:set{ post, 7 }
---```
---@param list any[] objects or keys
---@param options? table none are known
---@return integer
function ReverseManager:set(list, options) end

---Says on which database what is read and written. Each method may be missing, and nil
---leaves the decision to what comes next; hints.instance is the object whose relation,
---or which itself, is read or written.
---@class ryx.Router
---@field db_for_read? fun(self: ryx.Router, model: ryx.ModelClass, hints: ryx.RouterHints): string?
---@field db_for_write? fun(self: ryx.Router, model: ryx.ModelClass, hints: ryx.RouterHints): string?
---@field allow_relation? fun(self: ryx.Router, a: ryx.Model, b: ryx.Model, hints: ryx.RouterHints): boolean?
---@field allow_migrate? fun(self: ryx.Router, alias: string, app_label: string, model_name: string): boolean?

---@class ryx.RouterHints
---@field instance? ryx.Model

---@class ryx.SaveOptions
---@field force_insert? boolean an INSERT, of what was saved, too
---@field force_update? boolean an UPDATE by the key, of what was not saved, too
---@field update_fields? string[] the only fields that an UPDATE writes
---@field validate? boolean false: without full_clean
---@field using? string|ryx.Transaction

---@class ryx.SearchIndex
---@field name? string
---@field fields string[]
---@field weights table<string, string>
---@field config string

---@class ryx.SearchIndexOptions
---@field fields string[] of text
---@field weights? table<string, "A"|"B"|"C"|"D"> by field; what has none is "D", the least
---@field config? string of PostgreSQL's: "simple" when not given, "english" for words by their stems
---@field name? string by rule when not given

---What receivers connect to; they are called one after another, in the order in which they
---were connected.
---@class ryx.Signal
---@field name string
local Signal = {}

---Calls fn(sender, kwargs) whenever the signal is sent. Connected again for one sender it runs
---once, as the last call says.
---```lua
---local undo = ryx.signals.post_save:connect(function(sender, kw) print(kw.instance) end, { sender = Post })
---```
---@param fn fun(sender: any, kwargs: table): any
---@param options? ryx.ConnectOptions
---@return fun() undo
function Signal:connect(fn, options) end

---Takes back a connect of the same function for the same sender: was there one?
---```lua
---ryx.signals.post_save:disconnect(fn, { sender = Post })
---```
---@param fn function
---@param options? { sender?: any }
---@return boolean
function Signal:disconnect(fn, options) end

---Calls the receivers: a list of { receiver, what it gave back }. An error of one is raised
---and the rest are not called.
---```lua
---paid:send(Order, { order = order })
---```
---@param sender any
---@param kwargs? table
---@return { [1]: function, [2]: any }[]
function Signal:send(sender, kwargs) end

---Calls all receivers, whatever they raise: the error stands in place of the result.
---```lua
---for _, r in ipairs(paid:send_robust(Order, { order = order })) do print(r[1], r[2]) end
---```
---@param sender any
---@param kwargs? table
---@return { [1]: function, [2]: any }[]
function Signal:send_robust(sender, kwargs) end

---The signals that ryx sends.
---@class ryx.Signals
---@field pre_save ryx.Signal
---@field post_save ryx.Signal
---@field pre_delete ryx.Signal
---@field post_delete ryx.Signal
---@field pre_update ryx.Signal
---@field post_update ryx.Signal
---@field pre_bulk_delete ryx.Signal
---@field post_bulk_delete ryx.Signal
---@field m2m_changed ryx.Signal
---@field class_prepared ryx.Signal
---@field post_commit ryx.Signal
---@field post_rollback ryx.Signal
---@field pre_migrate ryx.Signal
---@field post_migrate ryx.Signal

---The rows behind a loop over qs:iter().
---@class ryx.Stream
local Stream = {}

---Ends the stream; its connection is free again. May run twice.
---```lua
---local next_row, stream = qs:iter() stream:close()
---```
function Stream:close() end

---What ryx.spawn started.
---@class ryx.Task
local Task = {}

---Waits for a task; returns what its function returned or raises its error.
---```lua
---local n = task:join()
---```
---@return any ...
function Task:join() end

---Stops a task: its query is cancelled and its next wait raises.
---```lua
---task:cancel()
---```
function Task:cancel() end

---@class ryx.Testing
---@field assert_queries fun(n: integer, fn: function, ...: any): any ... raises unless fn sends n statements
---@field sandbox fun(fn: (fun(tx: ryx.Transaction): any), options?: ryx.TransactionOptions): any ... rolled back

---@class ryx.TextFieldOptions: ryx.FieldOptions
---@field max_length? integer characters
---@field min_length? integer
---@field collation? string

---A time of day: == < and -; tostring is 10:30:01.
---@class ryx.Time: userdata
---@operator sub(ryx.Time): ryx.Duration
---@field hour integer
---@field minute integer
---@field second integer
---@field microsecond integer
---@operator concat(any): string
---@field format fun(self: ryx.Time, pattern: string): string "%d.%m.%Y %H:%M"

---@alias ryx.TimeType "date"|"time"|"datetime"|"datetimetz"|"duration"
---What SQL of the user's can give.
---@alias ryx.Type "bool"|"int"|"double"|"decimal"|"text"|"bytes"|"uuid"|"json"|ryx.TimeType

---A block of a transaction; `using` hands it on.
---@class ryx.Transaction
---@field attempt integer 1 in the first run, one more with each of `retries`
local Transaction = {}

---Calls fn after the outermost commit; not at all when something rolls back.
---```lua
---tx:on_commit(function() notify(post) end)
---```
---@param fn fun()
function Transaction:on_commit(fn) end

---Calls fn once when the block, or one around it, was undone, in each attempt that fails
---too; not at all when all of them are committed.
---```lua
---tx:on_rollback(function() os.remove(path) end)
---```
---@param fn fun()
function Transaction:on_rollback(fn) end

---Undoes the block's work now; what is left of the block may not use it.
---```lua
---tx:rollback()
---```
function Transaction:rollback() end

---@class ryx.TransactionOptions
---@field alias? string
---@field isolation? "read committed"|"repeatable read"|"serializable"
---@field read_only? boolean
---@field deferrable? boolean
---@field retries? integer how often fn is called again when a conflict with others may be over
---@field timeout? number seconds, from BEGIN to COMMIT, with retries

---@class ryx.TreeOptions
---@field field? string the foreign key, where there are several
---@field depth? string the name of the column that counts, "depth" when not given
---@field max_depth? integer
---@field include_self? boolean false: without the rows of the queryset
---@field path? string the name of a column with the list of keys on the way to each row

---@class ryx.UUIDFieldOptions: ryx.FieldOptions
---@field auto_create? boolean a random one is the default

---@class ryx.UpsertOptions
---@field unique_fields? string[] the unique key that is meant, the primary one when not given
---@field update_fields? table names, and expressions by name; what was given when not given
---@field update_where? ryx.Condition rows that do not pass it stay: F is what is there, New what was to be inserted

---Called, it makes an error to raise: of messages by field, or of the whole.
---@class ryx.ValidationErrorClass: ryx.ErrorClass
---@overload fun(messages: string|string[]|table<string, string|string[]>): ryx.Error

---For the option `validators` of fields; called, it does what `validate` does.
---@class ryx.Validator
---@field name string
---@field message string
---@field check fun(value: any): string? gives the message
---@overload fun(value: any)
local Validator = {}

---Raises ValidationError where a value is wrong.
---```lua
---ryx.EmailValidator():validate("ann@example.com")
---```
---@param v any
function Validator:validate(v) end

---A value, in which a text is that text, or an expression.
---@alias ryx.ValueOrExpr string|number|boolean|userdata|table|ryx.Expr|ryx.Q|ryx.QuerySet

---@class ryx.When

---@class ryx.WindowOptions
---@field partition_by? ryx.PathOrExpr|ryx.PathOrExpr[]
---@field order_by? string|ryx.Expr|(string|ryx.Expr)[]
---@field frame? ryx.Frame

return ryx
