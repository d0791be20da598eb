// SPDX-License-Identifier: MIT
std::uint64_t const type = 0x8e;  // present, privilege 0, interrupt gate
std::uint64_t low = handler & 0xffff;
low |= std::uint64_t{code_selector} << 16;
low |= static_cast<std::uint64_t>(stack) << 32;
low |= type << 40;
low |= ((handler >> 16) & 0xffff) << 48;
return {low, handler >> 32};
