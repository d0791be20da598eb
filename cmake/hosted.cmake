# SPDX-License-Identifier: MIT
#
# Code that runs as a Linux process: the simulator, the visualizer, the tests.
set(viv_host_options -Wall -Wextra -Wpedantic -Wshadow -Werror=return-type)
# GCC tidies its memory whenever it has doubled; with this hardly ever, and a sixth sooner
# done. A unit may take 900 MB then (decision 33). What it makes is the same.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    list(APPEND viv_host_options --param=ggc-min-heapsize=500000)
endif()
set(viv_sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

# Line numbers in a debugger, but no variables: a quarter less to compile. For more,
# configure with -DVIV_HOST_DEBUG=-g.
set(VIV_HOST_DEBUG -g1 CACHE STRING "Debug information of the host programs")

# For code that waits for people: commands, tables, windows. A fifth less to compile. Where
# the machine is, and what looks at each of its instructions, stays at -O2.
set(viv_unhurried $<$<NOT:$<CONFIG:Release>>:-O1>)

# GoogleTest's headers, compiled once for all tests, and {fmt}'s with the commonest of
# the standard library's for the libraries. Every file still includes what it uses;
# -DVIV_PRECOMPILE=OFF shows a missing one. Sanitised code cannot use what was compiled
# without sanitizers, so there the default is off.
if(VIV_SANITIZE)
    set(precompile OFF)
else()
    set(precompile ON)
endif()
option(VIV_PRECOMPILE "Precompile common headers" ${precompile})
set(viv_test_options -O0 ${VIV_HOST_DEBUG})
# The other linker of Debian's binutils takes half as long, and there are a hundred tests.
find_program(VIV_GOLD ld.gold)

function(precompile name)
    set(source ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "// Only its headers matter.\n")
    add_library(${name} STATIC ${source})
    target_precompile_headers(${name} PRIVATE <algorithm> <array> <chrono> <cstring> <filesystem> <fstream>
        <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <thread> <variant> <vector>)
endfunction()
function(precompile_gtest name)
    precompile(${name})
    target_compile_options(${name} PRIVATE ${viv_host_options} ${viv_test_options} ${ARGN})
    target_link_libraries(${name} PRIVATE GTest::gmock)
    target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <random>)
endfunction()
if(VIV_PRECOMPILE)
    precompile_gtest(viv_gtest_headers)
    precompile_gtest(viv_gtest_headers_sanitized ${viv_sanitizers})  # for the kernel's code
    precompile(viv_host_headers)
    target_compile_options(viv_host_headers PRIVATE ${viv_host_options} ${VIV_HOST_DEBUG})
    target_link_libraries(viv_host_headers PRIVATE fmt::fmt)
    target_precompile_headers(viv_host_headers PRIVATE <fmt/format.h> <charconv> <condition_variable> <unordered_map>)
endif()

# The files of a library or of a test are compiled four at a time: what their headers and
# templates cost is paid once. Such files must not use one name for two things; those named
# in alone(FILES...) are compiled by themselves. -DVIV_TOGETHER=OFF does so with all, and
# shows a missing include. (docs/decisions/0033-four-files-at-a-time.md)
option(VIV_TOGETHER "Compile four files of the host programs at a time" ON)
function(together name)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ${VIV_TOGETHER} UNITY_BUILD_BATCH_SIZE 4)
endfunction()
function(alone)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# host_library(NAME SOURCES a.cpp... [DEPENDS targets...] [LABELS labels...]
#              [TESTS a_test.cpp...])
# A static library, and one GoogleTest program NAME_test of its TESTS. Where the folder sets
# `precompiled_headers`, the library is compiled with that target's; with its `folder_options`, too.
function(host_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;TESTS;LABELS" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    together(${name})
    target_compile_options(${name} PRIVATE ${viv_host_options} ${VIV_HOST_DEBUG} ${folder_options})
    target_link_libraries(${name} PUBLIC ${arg_DEPENDS})
    if(VIV_PRECOMPILE AND precompiled_headers)
        target_link_libraries(${name} PRIVATE fmt::fmt)  # its macros, as the headers were compiled
        target_precompile_headers(${name} REUSE_FROM ${precompiled_headers})
    endif()
    if(VIV_SANITIZE)
        target_compile_options(${name} PUBLIC ${viv_sanitizers})
        target_link_options(${name} PUBLIC ${viv_sanitizers})
    endif()
    if(arg_TESTS)
        host_test(${name}_test SOURCES ${arg_TESTS} DEPENDS ${name} LABELS ${arg_LABELS})
    endif()
endfunction()

# host_test(NAME SOURCES... DEPENDS... LABELS... [TIMEOUT seconds] [SHARDS n])
# SHARDS: its tests are run in n parts, NAME, NAME_2 and so on.
function(host_test name)
    cmake_parse_arguments(arg "" "TIMEOUT;SHARDS" "SOURCES;DEPENDS;LABELS" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    # Sanitised code takes several times as long.
    if(VIV_SANITIZE)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 10")
    endif()
    if(NOT arg_SHARDS)
        set(arg_SHARDS 1)
    endif()
    add_executable(${name} ${arg_SOURCES})
    list(LENGTH arg_SOURCES files)
    if(files GREATER 1)
        together(${name})
    endif()
    # What is tested is optimised; the tests themselves compile four times
    # faster when they are not.
    target_compile_options(${name} PRIVATE ${viv_host_options} ${viv_test_options})
    if(VIV_PRECOMPILE)
        if(arg_DEPENDS MATCHES "hosted_")
            target_precompile_headers(${name} REUSE_FROM viv_gtest_headers_sanitized)
        else()
            target_precompile_headers(${name} REUSE_FROM viv_gtest_headers)
        endif()
    endif()
    target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
    if(VIV_GOLD)
        target_link_options(${name} PRIVATE -fuse-ld=gold)
    endif()
    set(test ${name})
    foreach(shard RANGE 1 ${arg_SHARDS})
        set(surroundings VIV_ROOT=${CMAKE_SOURCE_DIR} VIV_BUILD=${CMAKE_BINARY_DIR})
        if(arg_SHARDS GREATER 1)
            math(EXPR index "${shard} - 1")
            list(APPEND surroundings GTEST_TOTAL_SHARDS=${arg_SHARDS} GTEST_SHARD_INDEX=${index})
        endif()
        if(shard GREATER 1)
            set(test ${name}_${shard})
        endif()
        add_test(NAME ${test} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
        # What may take long starts first, so that none of it is left over at the end.
        set_tests_properties(${test} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT}
            ENVIRONMENT "${surroundings}")
    endforeach()
endfunction()

# host_program(NAME SOURCES... DEPENDS...)
# It finds its libraries in ../lib, too: a course's bundle has them there. RPATH, not
# RUNPATH, so that the libraries' own libraries are found there as well.
function(host_program name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_compile_options(${name} PRIVATE ${viv_host_options} ${viv_test_options})  # a main that hands over to libraries
    target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
    set_target_properties(${name} PROPERTIES BUILD_RPATH "$ORIGIN/../lib")
    target_link_options(${name} PRIVATE LINKER:--disable-new-dtags)
endfunction()

# stack_sources(OUT [STACK]): the network stack (net, or net_textbook) and what it needs, as files
# below the root, for those who compile it once more in a way of their own.
function(stack_sources out)
    set(stack net ${ARGN})
    list(GET stack -1 stack)
    get_target_property(sources hosted_${stack} SOURCES)
    list(TRANSFORM sources PREPEND kernel/net/)
    set(${out} ${sources} kernel/base/assert_hosted.cpp kernel/base/format.cpp kernel/base/log.cpp PARENT_SCOPE)
endfunction()
