// SPDX-License-Identifier: MIT
std::uint64_t const flags = 0x8e00 | static_cast<std::uint64_t>(stack);
std::uint64_t const upper = (handler & 0xffff'0000) | flags;
return {upper << 32 | std::uint64_t{code_selector} << 16 | (handler & 0xffff), handler >> 32};
