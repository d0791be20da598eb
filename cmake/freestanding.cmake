# SPDX-License-Identifier: MIT
#
# The kernel, built twice from one source: freestanding for the image, and as a
# Linux library with sanitizers for the tests on the host. The flags of the
# freestanding world stand here and nowhere else.
set(kernel_flags
    -ffreestanding
    -fbuiltin                   # a memcpy of 12 bytes is two moves, not a call
    -fno-tree-loop-distribute-patterns  # and no loop is turned into a call of itself
    -fno-exceptions $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
    $<$<COMPILE_LANGUAGE:CXX>:-fno-threadsafe-statics>  # statics are built at boot, before there are threads
    $<$<COMPILE_LANGUAGE:CXX>:-fno-use-cxa-atexit>
    -fno-stack-protector
    -fno-asynchronous-unwind-tables
    -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer  # the backtrace follows RBP
    -fno-optimize-sibling-calls # and shows every caller
    -fno-pic -mcmodel=kernel    # linked at the top 2 GiB of the address space
    -mno-red-zone               # an interrupt may arrive between two instructions and use the stack
    -mgeneral-regs-only         # no SSE in the kernel: nothing to save on an interrupt
    -ffunction-sections -fdata-sections
    -O2 -g -falign-functions=1 -falign-jumps=1 -falign-loops=1 -falign-labels=1  # small: one page of text less
    # Reproducible: no path of the building machine in the image. Sources are named
    # from the repository's root, with ccache's relative paths too.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=../../= -ffile-prefix-map=${CMAKE_BINARY_DIR}=.
    -Wall -Wextra -Wshadow -Werror=return-type)

# CMake finds the other tools of an image itself: this one lies beside them.
cmake_path(GET CMAKE_NM PARENT_PATH viv_binutils)
find_program(VIV_CXXFILT c++filt HINTS ${viv_binutils} REQUIRED)

# The dear checks (kernel/base/checks.hpp): in every build but release.
if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
    list(APPEND kernel_flags -DVIV_CHECKS)
endif()

# Release images are compiled as a whole, when they are linked: then a call from one file to
# another costs no more than one inside it, and a function with one caller becomes part of
# it. Every other build compiles file by file, so that an edit is seen soon and a function
# is where its name is. (docs/decisions/0030-release-images-as-a-whole.md)
set(kernel_whole "")
if(CMAKE_BUILD_TYPE STREQUAL Release)
    # PART_OF_ALL_CALLERS: those in other files get it when the image is linked.
    set(kernel_whole -flto -fno-fat-lto-objects -Wno-attributes)
endif()

# kernel_library(FOLDER SOURCES a.cpp...      built in both worlds
#                [MACHINE_SOURCES b.cpp c.S]  built only for the machine
#                [HOSTED_SOURCES d.cpp]       built only for the host
#                [DEPENDS folders...]         only these may be included
#                [TESTS a_test.cpp...] [LABELS labels...]
#                [DEFINITIONS NAMES...])      for it, and on the host for what uses it
# Makes kernel_FOLDER (objects), hosted_FOLDER (with sanitizers), FOLDER_test.
function(kernel_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;MACHINE_SOURCES;HOSTED_SOURCES;DEPENDS;TESTS;LABELS;DEFINITIONS" ${ARGN})
    if(arg_SOURCES OR arg_MACHINE_SOURCES)
        add_library(kernel_${name} OBJECT ${arg_SOURCES} ${arg_MACHINE_SOURCES})
        target_compile_options(kernel_${name} PRIVATE ${kernel_flags} ${kernel_whole})
        target_compile_definitions(kernel_${name} PRIVATE ${arg_DEFINITIONS})
    endif()
    if(arg_SOURCES OR arg_HOSTED_SOURCES)
        add_library(hosted_${name} STATIC ${arg_SOURCES} ${arg_HOSTED_SOURCES})
        target_compile_options(hosted_${name} PRIVATE ${viv_host_options} PUBLIC ${viv_sanitizers})
        target_compile_definitions(hosted_${name} PUBLIC ${arg_DEFINITIONS})
        target_link_options(hosted_${name} PUBLIC ${viv_sanitizers})
    else()
        add_library(hosted_${name} INTERFACE)
        target_compile_options(hosted_${name} INTERFACE ${viv_sanitizers})
        target_link_options(hosted_${name} INTERFACE ${viv_sanitizers})
    endif()
    get_target_property(kind hosted_${name} TYPE)
    foreach(dependency ${arg_DEPENDS})
        if(kind STREQUAL INTERFACE_LIBRARY)
            target_link_libraries(hosted_${name} INTERFACE hosted_${dependency})
        else()
            target_link_libraries(hosted_${name} PUBLIC hosted_${dependency})
        endif()
    endforeach()
    if(arg_TESTS)
        host_test(kernel_${name}_test SOURCES ${arg_TESTS} DEPENDS hosted_${name}
            LABELS unit kernel ${arg_LABELS})
    endif()
endfunction()

# runs_once(FILES...): what runs at boot, at the end or seldom need not be fast, but small.
function(runs_once)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -Oz)
endfunction()

# small_in_development(FILES...): the same for what every packet passes after all. Release images
# have room for it.
function(small_in_development)
    if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
        runs_once(${ARGN})
    endif()
endfunction()

# every_packet_passes(FILES...): in a release more than -O2 would have becomes a part of its
# callers. For all files the image of a server would be too large.
function(every_packet_passes)
    if(CMAKE_BUILD_TYPE STREQUAL Release)
        set_source_files_properties(${ARGN} PROPERTIES
            COMPILE_OPTIONS "--param=inline-min-speedup=3;--param=max-inline-insns-auto=35")
    endif()
endfunction()

# kernel_image(NAME SOURCES main.cpp... LIBRARIES folders... [SSE] [DEFINITIONS NAMES...])
# Links build/PRESET/images/NAME.elf by cmake/link_image.sh, from the list of
# objects in NAME.link beside it. The labs link from the same list.
#
# SSE: the application may use SSE registers, and every thread gets room for them.
# Its objects come last then: of an inline function that both sides compiled, the
# linker takes the first, and the kernel must never run one that uses SSE.
add_custom_target(images ALL)
function(kernel_image name)
    cmake_parse_arguments(arg "SSE" "" "SOURCES;LIBRARIES;DEFINITIONS" ${ARGN})
    add_library(app_${name} OBJECT ${arg_SOURCES})
    set(flags ${kernel_flags})
    set(objects "")
    if(arg_SSE)
        list(REMOVE_ITEM flags -mgeneral-regs-only)  # and stay apart when the kernel is compiled as a whole
        list(APPEND arg_LIBRARIES sse)
    else()
        list(APPEND flags ${kernel_whole})
        set(objects $<TARGET_OBJECTS:app_${name}>)
    endif()
    target_compile_options(app_${name} PRIVATE ${flags})
    target_compile_definitions(app_${name} PRIVATE ${arg_DEFINITIONS})
    foreach(library ${arg_LIBRARIES})
        if(TARGET kernel_${library})
            list(APPEND objects $<TARGET_OBJECTS:kernel_${library}>)
        endif()
    endforeach()
    if(arg_SSE)
        list(APPEND objects $<TARGET_OBJECTS:app_${name}>)
    endif()
    set(script ${CMAKE_SOURCE_DIR}/kernel/arch/x86_64/kernel.ld)
    set(image ${CMAKE_BINARY_DIR}/images/${name}.elf)
    set(manifest ${CMAKE_BINARY_DIR}/images/${name}.link)
    set(link_flags "")
    if(kernel_whole)
        list(FILTER kernel_flags EXCLUDE REGEX "^\\$<")  # what only the front end of C++ asks
        list(JOIN kernel_flags " " link_flags)
        string(PREPEND link_flags "-flto -flto-partition=one ")
        # That warning looks at padding here; where files are compiled by themselves it is on.
        string(APPEND link_flags " -Wno-maybe-uninitialized")
    endif()
    file(GENERATE OUTPUT ${manifest} CONTENT
"compiler=${CMAKE_CXX_COMPILER}
nm=${CMAKE_NM}
cxxfilt=${VIV_CXXFILT}
objcopy=${CMAKE_OBJCOPY}
script=${script}
flags=${link_flags}
object=$<JOIN:${objects},\nobject=>
")
    add_custom_command(OUTPUT ${image}
        COMMAND ${CMAKE_SOURCE_DIR}/cmake/link_image.sh ${manifest} ${image}
        DEPENDS ${objects} ${manifest} ${script} ${CMAKE_SOURCE_DIR}/cmake/link_image.sh
            ${CMAKE_SOURCE_DIR}/cmake/symbols.sh
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}  # as for the objects, so that sources have the same names
        COMMENT "Linking images/${name}.elf"
        COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(image_${name} DEPENDS ${image})
    add_dependencies(images image_${name})
    set_property(GLOBAL APPEND PROPERTY viv_images ${image})
endfunction()

# hosted_image(NAME SOURCES main.cpp... LIBRARIES folders...)
# The same application as a Linux process, build/PRESET/hosted/NAME: what it is made of
# for the tests, and kernel/platform/hosted below it. For `viv run NAME --on host`.
add_custom_target(hosted_images ALL)
function(hosted_image name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_executable(hosted_app_${name} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/kernel/hosted_main.cpp)
    target_compile_options(hosted_app_${name} PRIVATE ${viv_host_options})
    list(TRANSFORM arg_LIBRARIES PREPEND hosted_)
    target_link_libraries(hosted_app_${name} PRIVATE ${arg_LIBRARIES} Threads::Threads)
    set_target_properties(hosted_app_${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/hosted)
    add_dependencies(hosted_images hosted_app_${name})
endfunction()
