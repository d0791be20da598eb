// SPDX-License-Identifier: MIT
// Merging makes the large blocks by itself.
for (std::uint64_t frame = first.raw(); frame != end.raw(); ++frame) {
    release(frame, 0);
    ++total_;
}
