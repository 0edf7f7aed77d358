# omnistream_precompiled(TARGET) lets TARGET use the one precompiled header of the project, cmake/precompiled.hpp.
add_library(omnistream_precompiled STATIC "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
target_link_libraries(omnistream_precompiled PRIVATE nlohmann_json::nlohmann_json omnistream_warnings)
target_precompile_headers(omnistream_precompiled PRIVATE "${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp")

function(omnistream_precompiled target)
  target_precompile_headers(${target} REUSE_FROM omnistream_precompiled)
endfunction()
