// SPDX-License-Identifier: MIT
// Map first, clear afterwards, through the new page itself: it is there now.
arch::PageFaultError const error{{frame.error}};
if (error.has<arch::PageFaultError::Protection>()) return false;
if (!in_lazy_region(address)) return false;
VirtAddr const page = address.align_down(base::page_size);
auto const number = allocate_frames(0, FrameOwner::lazy);
if (!number.ok()) return false;
if (auto const done = kernel_tables().map(page, number.value().start(), Rights::read_write); !done.ok()) {
    free_frames(number.value(), 0);
    return false;
}
auto* const words = page.as<std::uint64_t volatile>();
for (std::size_t i = 0; i != base::page_size / sizeof(std::uint64_t); ++i) words[i] = 0;
return true;
