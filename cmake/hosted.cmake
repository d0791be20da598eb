# SPDX-License-Identifier: MIT
#
# Code that runs as a Linux process: the simulator, the visualizer, the tests.
set(viv_warnings -Wall -Wextra -Wpedantic -Wshadow -Werror=return-type)
set(viv_sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

# host_library(NAME SOURCES a.cpp... [DEPENDS targets...] [LABELS labels...]
#              [TESTS a_test.cpp...])
# A static library, and one GoogleTest program NAME_test of its TESTS.
function(host_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;TESTS;LABELS" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    target_compile_options(${name} PRIVATE ${viv_warnings})
    target_link_libraries(${name} PUBLIC ${arg_DEPENDS})
    if(VIV_SANITIZE)
        target_compile_options(${name} PUBLIC ${viv_sanitizers})
        target_link_options(${name} PUBLIC ${viv_sanitizers})
    endif()
    if(arg_TESTS)
        host_test(${name}_test SOURCES ${arg_TESTS} DEPENDS ${name} LABELS ${arg_LABELS})
    endif()
endfunction()

# host_test(NAME SOURCES... DEPENDS... LABELS... [TIMEOUT seconds])
function(host_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_executable(${name} ${arg_SOURCES})
    # What is tested is optimised; the tests themselves compile four times
    # faster when they are not.
    target_compile_options(${name} PRIVATE ${viv_warnings} -O0 -g1)
    target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "VIV_ROOT=${CMAKE_SOURCE_DIR};VIV_BUILD=${CMAKE_BINARY_DIR}")
endfunction()

# host_program(NAME SOURCES... DEPENDS...)
function(host_program name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_compile_options(${name} PRIVATE ${viv_warnings} -O0)  # a main that hands over to libraries
    target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
endfunction()
