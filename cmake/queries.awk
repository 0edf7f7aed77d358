# Reads files of named SQL statements and writes C++. A statement begins at a line "-- name: some_name"; comment
# lines under it tell its promise and stay in the SQL file. "-- fragment: some_name" begins a piece of SQL that other
# statements of the same file insert as {{some_name}}; fragments of files in shared/, which come first, are for all.
# mode=source | header | index chooses what is written.
function count_parameters(rest,   highest, number) {
  highest = 0
  while (match(rest, /\$[0-9]+/)) {
    number = substr(rest, RSTART + 1, RLENGTH - 1) + 0
    if (number > highest) highest = number
    rest = substr(rest, RSTART + RLENGTH)
  }
  return highest
}
function expand(sql,   name, guard) {
  for (guard = 0; match(sql, /\{\{[a-z0-9_]+\}\}/); guard++) {
    name = substr(sql, RSTART + 2, RLENGTH - 4)
    if (!(name in fragment) && name in common) fragment[name] = common[name]
    if (!(name in fragment) || guard > 100) {
      print file ": no fragment named " name > "/dev/stderr"
      failed = 1
      exit 1
    }
    sql = substr(sql, 1, RSTART - 1) fragment[name] substr(sql, RSTART + RLENGTH)
  }
  return sql
}
function write_statement(name, sql) {
  if (mode == "source")
    printf "const statement %s{\"%s\", R\"omnisql(%s)omnisql\", %d};\n", name, name, sql, count_parameters(sql)
  else if (mode == "header")
    printf "extern const statement %s;  // %d parameter(s)\n", name, count_parameters(sql)
  else
    printf "      &queries::%s,\n", name
}
function end_of_file(   i, name) {
  if (file ~ /\/shared\//) for (name in fragment) common[name] = fragment[name]
  for (i = 1; i <= statements; i++) write_statement(names[i], expand(text[i]))
  statements = 0
  kind = ""
  split("", fragment)
}
BEGIN {
  if (mode == "source") print "#include \"storage/queries.hpp\"\n\nnamespace omnistream::storage::queries {"
  if (mode == "header") print "// Generated from storage/queries/*.sql.\n#pragma once\n\n#include \"storage/statement.hpp\"\n\nnamespace omnistream::storage::queries {"
  if (mode == "index") print "#include \"storage/queries.hpp\"\n\nnamespace omnistream::storage {\n\nstd::span<const statement* const> all_statements() {\n  static const statement* const list[] = {"
}
FNR == 1 { end_of_file(); file = FILENAME }
/^-- name: / { kind = "statement"; names[++statements] = $3; text[statements] = ""; next }
/^-- fragment: / { kind = "fragment"; current = $3; fragment[current] = ""; next }
/^[ \t]*--/ || /^[ \t]*$/ { next }
kind == "statement" { text[statements] = text[statements] $0 "\n" }
kind == "fragment" { fragment[current] = fragment[current] (fragment[current] == "" ? "" : "\n") $0 }
END {
  if (failed) exit 1
  end_of_file()
  if (mode == "index") print "  };\n  return list;\n}\n\n}  // namespace omnistream::storage"
  else print "}  // namespace omnistream::storage::queries"
}
