# omnistream_queries(TARGET) turns storage/queries/*.sql into C++: one source per file and the header
# storage/queries.hpp that declares every named statement, so that a misspelt name does not compile and touching
# one statement's text recompiles one small source. storage/migrations/*.sql become the ordered list in
# migrations.cpp. The work is done by cmake/queries.awk and cmake/migrations.awk.
function(omnistream_queries target)
  set(generated "${PROJECT_BINARY_DIR}/generated")
  file(GLOB queries CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/storage/queries/*.sql")
  # Fragments for all files; given before each of them.
  file(GLOB shared CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/storage/queries/shared/*.sql")
  file(GLOB migrations CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/storage/migrations/V*.sql")
  list(SORT queries)
  list(SORT shared)
  list(SORT migrations)
  set(awk "${PROJECT_SOURCE_DIR}/cmake/queries.awk")
  set(sources)
  foreach(query IN LISTS queries)
    get_filename_component(resource "${query}" NAME_WE)
    set(source "${generated}/storage/queries/${resource}.cpp")
    add_custom_command(OUTPUT "${source}" DEPENDS ${shared} "${query}" "${awk}"
      COMMAND awk -v mode=source -f "${awk}" ${shared} "${query}" > "${source}" VERBATIM)
    list(APPEND sources "${source}")
  endforeach()
  set(header "${generated}/storage/queries.hpp")
  # The header is rewritten only when a name or a parameter count changed: most edits of SQL recompile no caller.
  add_custom_command(OUTPUT "${header}.stamp" BYPRODUCTS "${header}" DEPENDS ${shared} ${queries} "${awk}"
    COMMAND awk -v mode=header -f "${awk}" ${shared} ${queries} > "${header}.new"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${header}.new" "${header}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${header}.stamp" VERBATIM)
  set(index "${generated}/storage/queries_index.cpp")
  add_custom_command(OUTPUT "${index}" DEPENDS ${shared} ${queries} "${awk}"
    COMMAND awk -v mode=index -f "${awk}" ${shared} ${queries} > "${index}" VERBATIM)
  set(list "${generated}/storage/migrations_list.cpp")
  add_custom_command(OUTPUT "${list}" DEPENDS ${migrations} "${PROJECT_SOURCE_DIR}/cmake/migrations.awk"
    COMMAND awk -f "${PROJECT_SOURCE_DIR}/cmake/migrations.awk" ${migrations} > "${list}" VERBATIM)
  file(MAKE_DIRECTORY "${generated}/storage/queries")
  target_sources(${target} PRIVATE ${sources} "${index}" "${list}")
  # Everything that includes storage/queries.hpp waits for it through this target.
  add_custom_target(omnistream_query_header DEPENDS "${header}.stamp")
  add_dependencies(${target} omnistream_query_header)
  target_include_directories(${target} PUBLIC "${generated}")
endfunction()
