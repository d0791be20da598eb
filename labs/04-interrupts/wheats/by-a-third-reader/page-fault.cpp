// SPDX-License-Identifier: MIT
if (arch::PageFaultError{{frame.error}}.get<arch::PageFaultError::Protection>() != 0) return false;
if (!in_lazy_region(address)) return false;
auto const fresh = allocate_frames(0, FrameOwner::lazy);
if (!fresh) return false;
base::PhysAddr const physical = fresh.value().start();
std::memset(phys_to_virt(physical).as<void>(), 0, base::page_size);
if (kernel_tables().map(address.align_down(base::page_size), physical, Rights::read_write)) return true;
free_frames(fresh.value(), 0);
return false;
