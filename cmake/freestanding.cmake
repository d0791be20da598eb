# SPDX-License-Identifier: MIT
#
# The kernel, built twice from one source: freestanding for the image, and as a
# Linux library with sanitizers for the tests on the host. The flags of the
# freestanding world stand here and nowhere else.
set(kernel_flags
    -ffreestanding
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
    -O2 -g
    # Reproducible: no path of the building machine in the image. Sources are named
    # from the repository's root, with ccache's relative paths too.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=../../= -ffile-prefix-map=${CMAKE_BINARY_DIR}=.
    -Wall -Wextra -Wshadow -Werror=return-type)

# kernel_library(FOLDER SOURCES a.cpp...      built in both worlds
#                [MACHINE_SOURCES b.cpp c.S]  built only for the machine
#                [HOSTED_SOURCES d.cpp]       built only for the host
#                [DEPENDS folders...]         only these may be included
#                [TESTS a_test.cpp...] [LABELS labels...])
# Makes kernel_FOLDER (objects), hosted_FOLDER (with sanitizers), FOLDER_test.
function(kernel_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;MACHINE_SOURCES;HOSTED_SOURCES;DEPENDS;TESTS;LABELS" ${ARGN})
    if(arg_SOURCES OR arg_MACHINE_SOURCES)
        add_library(kernel_${name} OBJECT ${arg_SOURCES} ${arg_MACHINE_SOURCES})
        target_compile_options(kernel_${name} PRIVATE ${kernel_flags})
    endif()
    if(arg_SOURCES OR arg_HOSTED_SOURCES)
        add_library(hosted_${name} STATIC ${arg_SOURCES} ${arg_HOSTED_SOURCES})
        target_compile_options(hosted_${name} PRIVATE ${viv_warnings} PUBLIC ${viv_sanitizers})
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

# kernel_image(NAME SOURCES main.cpp... LIBRARIES folders...)
# Links build/PRESET/images/NAME.elf. Twice: the first link gives the addresses
# of the functions, the second adds their names for the backtrace.
add_custom_target(images)
function(kernel_image name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_library(app_${name} OBJECT ${arg_SOURCES})
    target_compile_options(app_${name} PRIVATE ${kernel_flags})
    set(objects $<TARGET_OBJECTS:app_${name}>)
    foreach(library ${arg_LIBRARIES})
        if(TARGET kernel_${library})
            list(APPEND objects $<TARGET_OBJECTS:kernel_${library}>)
        endif()
    endforeach()
    set(script ${CMAKE_SOURCE_DIR}/kernel/arch/x86_64/kernel.ld)
    set(symbols ${CMAKE_CURRENT_BINARY_DIR}/${name}.symbols.S)
    add_custom_command(OUTPUT ${symbols}
        COMMAND ${CMAKE_SOURCE_DIR}/cmake/symbols.sh ${CMAKE_NM} $<TARGET_FILE:image_${name}_first> ${symbols}
        DEPENDS image_${name}_first ${CMAKE_SOURCE_DIR}/cmake/symbols.sh
        VERBATIM)
    add_executable(image_${name}_first ${objects})
    add_executable(image_${name} ${objects} ${symbols})
    foreach(image image_${name}_first image_${name})
        target_link_options(${image} PRIVATE
            -nostdlib -static -no-pie -T ${script}
            -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=0x1000 -Wl,-z,noexecstack)
        set_target_properties(${image} PROPERTIES LINKER_LANGUAGE CXX LINK_DEPENDS ${script})
    endforeach()
    set_target_properties(image_${name}_first PROPERTIES OUTPUT_NAME ${name}.first.elf
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    set_target_properties(image_${name} PROPERTIES OUTPUT_NAME ${name}.elf
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/images)
    add_dependencies(images image_${name})
endfunction()
