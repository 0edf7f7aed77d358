# CAF 0.17 ships no CMake package: this makes the imported target CAF::core, for 0.17.6 exactly,
# because our actors rely on the behaviour of that version.
find_path(CAF_INCLUDE_DIR caf/config.hpp)
find_library(CAF_CORE_LIBRARY caf_core)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" caf_version_line REGEX "#define CAF_VERSION ")
  string(REGEX MATCH "[0-9]+" CAF_VERSION_NUMBER "${caf_version_line}")
  if(NOT CAF_VERSION_NUMBER EQUAL 1706)
    message(FATAL_ERROR "CAF 0.17.6 is needed; ${CAF_INCLUDE_DIR} holds ${CAF_VERSION_NUMBER}.")
  endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF DEFAULT_MSG CAF_CORE_LIBRARY CAF_INCLUDE_DIR)
if(CAF_FOUND AND NOT TARGET CAF::core)
  add_library(CAF::core UNKNOWN IMPORTED)
  set_target_properties(CAF::core PROPERTIES IMPORTED_LOCATION "${CAF_CORE_LIBRARY}"
                        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
endif()
