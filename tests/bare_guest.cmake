# SPDX-License-Identifier: MIT
#
# bare_guest(NAME SOURCES...): a guest without a kernel, written for a test and linked
# by guest.ld beside this file. Its path is in ${NAME}; the target has that name, too.
set(bare_guest_script ${CMAKE_CURRENT_LIST_DIR}/guest.ld)
function(bare_guest name)
    set(objects)
    foreach(source ${ARGN})
        add_library(${name}_${source} OBJECT ${source})
        target_compile_options(${name}_${source} PRIVATE
            -ffreestanding -fno-pic -mcmodel=small -mno-red-zone -mgeneral-regs-only -fno-stack-protector
            -fno-asynchronous-unwind-tables -O2 -g -Wall -Wextra
            $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)
        list(APPEND objects $<TARGET_OBJECTS:${name}_${source}>)
    endforeach()
    set(image ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
    add_custom_command(OUTPUT ${image}
        COMMAND ld -n --no-warn-rwx-segments -nostdlib -static -T ${bare_guest_script} -o ${image} ${objects}
        DEPENDS ${objects} ${bare_guest_script}
        COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(${name} DEPENDS ${image})
    set(${name} ${image} PARENT_SCOPE)
endfunction()
