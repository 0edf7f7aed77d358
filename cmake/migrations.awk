# Writes the ordered list of migrations: V0001__name.sql becomes {1, "name", "text"}.
BEGIN { print "#include \"storage/migrations.hpp\"\n\nnamespace omnistream::storage {\n\nstd::span<const migration> all_migrations() {\n  static const migration list[] = {" }
FNR == 1 {
  if (open) print ")omnisql\"},"
  file = FILENAME; sub(/.*\//, "", file)
  version = substr(file, 2, 4) + 0
  label = file; sub(/^V[0-9]+__/, "", label); sub(/\.sql$/, "", label)
  printf "      {%d, \"%s\", R\"omnisql(", version, label
  open = 1
}
{ print }
END { if (open) print ")omnisql\"},"; print "  };\n  return list;\n}\n\n}  // namespace omnistream::storage" }
