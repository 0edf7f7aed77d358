# omnistream_collect_routes(TARGET) writes the function all_routes() that calls the one function which each file
# http/routes/<resource>.cpp defines: a new resource is a new file and no line anywhere else.
function(omnistream_collect_routes target)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/http/routes/*.cpp")
  set(declarations "")
  set(calls "")
  foreach(route_file IN LISTS files)
    get_filename_component(resource "${route_file}" NAME_WE)
    string(APPEND declarations "void ${resource}(api::route_table& routes);\n")
    string(APPEND calls "  ${resource}(routes);\n")
  endforeach()
  set(source "${PROJECT_BINARY_DIR}/generated/http/all_routes.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "#include \"http/api/route_table.hpp\"

namespace omnistream::http::routes {

@declarations@
void all_routes(api::route_table& routes) {
@calls@}

}  // namespace omnistream::http::routes
")
  target_sources(${target} PRIVATE "${source}")
endfunction()
