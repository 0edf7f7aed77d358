# Reads files of named SQL statements and writes C++. A statement begins at a line "-- name: some_name"; comment
# lines under it tell its promise and stay in the SQL file. mode=source | header | index chooses what is written.
function flush_statement() {
  if (name == "") return
  if (mode == "source")
    printf "const statement %s{\"%s\", R\"omnisql(%s)omnisql\", %d};\n", name, name, text, count
  else if (mode == "header")
    printf "extern const statement %s;  // %d parameter(s)\n", name, count
  else
    printf "      &queries::%s,\n", name
  name = ""
}
function parameters(line,   rest, number) {
  rest = line
  while (match(rest, /\$[0-9]+/)) {
    number = substr(rest, RSTART + 1, RLENGTH - 1) + 0
    if (number > count) count = number
    rest = substr(rest, RSTART + RLENGTH)
  }
}
BEGIN {
  name = ""
  if (mode == "source") print "#include \"storage/statement.hpp\"\n#include \"storage/queries.hpp\"\n\nnamespace omnistream::storage::queries {"
  if (mode == "header") print "// Generated from storage/queries/*.sql.\n#pragma once\n\n#include \"storage/statement.hpp\"\n\nnamespace omnistream::storage::queries {"
  if (mode == "index") print "#include \"storage/queries.hpp\"\n\n#include <array>\n\nnamespace omnistream::storage {\n\nstd::span<const statement* const> all_statements() {\n  static const statement* const list[] = {"
}
FNR == 1 { flush_statement() }
/^-- name: / { flush_statement(); name = $3; text = ""; count = 0; next }
/^[ \t]*--/ { next }
name != "" { parameters($0); if ($0 != "") text = text $0 "\n" }
END {
  flush_statement()
  if (mode == "index") print "  };\n  return list;\n}\n\n}  // namespace omnistream::storage"
  else print "}  // namespace omnistream::storage::queries"
}
