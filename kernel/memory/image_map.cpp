// SPDX-License-Identifier: MIT
//
// The kernel's image has three parts, and each has the rights that its use
// needs and no more:
//
//     text     instructions             read and execute   R-X
//     rodata   constants                read               R--
//     data     variables and stacks     read and write     RW-
//
// Nothing is both writable and executable: whoever manages to write bytes into
// the kernel cannot run them. [sdm-3a §4.6 Access Rights]
#include "kernel/memory/image_map.hpp"

#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/assert.hpp"

namespace memory {

using base::PhysAddr;
using base::VirtAddr;

namespace {

// [doc:map-part]
// Page by page, from the first address up to the end, both on a page boundary.
void map_part(PageTables& tables, char const* first, char const* end, Rights rights) {
    for (VirtAddr page = VirtAddr::of(first); page < VirtAddr::of(end); page = page + base::page_size) {
        // The page below the first thread's stack stays unmapped: a stack that
        // grows too far faults instead of writing into its neighbour.
        if (page == VirtAddr::of(first_stack_guard)) continue;
        MUST(tables.map(page, PhysAddr(page.raw() - arch::kernel_offset), rights));
    }
}
// [/doc:map-part]

}  // namespace

void map_image(PageTables& tables) {
    // [lab:00-image-rights]
    map_part(tables, text_start, text_end, Rights::read_execute);
    map_part(tables, rodata_start, rodata_end, Rights::read);
    map_part(tables, data_start, data_end, Rights::read_write);
    // [/lab:00-image-rights]
}

}  // namespace memory
