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
  omnistream_precompiled(${name})
endfunction()

# omnistream_tests(NAME DIRECTORY LINKS...) makes the GoogleTest program of one folder of tests/ and registers it with
# ctest as a whole: its cases share what is dear to start, such as a database server. Programs run in parallel and
# cases in any order: each takes its own ports, folders and databases.
function(omnistream_tests name directory)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${directory}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} omnistream_warnings GTest::gmock GTest::gtest_main)
  omnistream_precompiled(${name})
  target_compile_definitions(${name} PRIVATE OMNISTREAM_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             OMNISTREAM_BINARY_DIR="${PROJECT_BINARY_DIR}")
  # Brief: of a thousand cases only those that failed are worth reading.
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 1500)
endfunction()
