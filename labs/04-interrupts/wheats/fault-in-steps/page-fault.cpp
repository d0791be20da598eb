// SPDX-License-Identifier: MIT
if (!in_lazy_region(address)) return false;
bool const was_there = (frame.error & 1) != 0;
if (was_there) return false;
VirtAddr const page(address.raw() & ~(base::page_size - 1));
auto got = allocate_frames(0, FrameOwner::lazy);
if (!got.ok()) return false;
base::FrameNumber const its_frame = got.value();
if (!kernel_tables().map(page, its_frame.start(), Rights::read_write).ok()) {
    free_frames(its_frame, 0);
    return false;
}
// It is there now: clear it where it is.
std::uint64_t* const words = page.as<std::uint64_t>();
for (unsigned i = 0; i < base::page_size / 8; ++i) words[i] = 0;
return true;
