# omnistream_layer(NAME DIRECTORY LINKS...) makes the static library of one layer from every .cpp below
# DIRECTORY, so that a new file needs no line here. What a layer may include is what it links.
function(omnistream_layer name directory)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${directory}/*.cpp")
  if(NOT sources)
    add_library(${name} INTERFACE)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARGN} PRIVATE omnistream_warnings)
endfunction()

# omnistream_tests(NAME DIRECTORY LINKS...) makes the GoogleTest program of one folder of tests/ and registers
# its cases with ctest. Cases run in parallel: each takes its own ports, folders and databases.
function(omnistream_tests name directory)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${directory}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} omnistream_warnings GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE OMNISTREAM_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             OMNISTREAM_BINARY_DIR="${PROJECT_BINARY_DIR}")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
