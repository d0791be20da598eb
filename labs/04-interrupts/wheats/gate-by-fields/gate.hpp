// SPDX-License-Identifier: MIT
Gate gate;
gate.high = handler >> 32;
gate.low = handler & 0xffff'0000;
gate.low <<= 32;
gate.low |= handler & 0xffff;
gate.low |= std::uint64_t{0x8e} << 40;  // present, ring 0, interrupt gate
gate.low += std::uint64_t{code_selector} * 0x1'0000;
gate.low += static_cast<std::uint64_t>(stack) * 0x1'0000'0000;
return gate;
