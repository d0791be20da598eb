// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/numeric.hpp"

#include <algorithm>
#include <cstddef>

#include "simulator/engine/opcodes.hpp"

namespace sim::engine {
namespace {

class Opcode {
public:
    Opcode(std::span<std::uint8_t const> bytes, Prefixes const& prefixes)
        : bytes_(bytes.subspan(std::min(prefixes.count, bytes.size()))) {}
    unsigned operator[](std::size_t i) const { return i < bytes_.size() ? bytes_[i] : 0; }
    unsigned last() const { return bytes_.empty() ? 0 : bytes_.back(); }

private:
    std::span<std::uint8_t const> bytes_;
};

// Opcodes D8 to DF. [sdm-2 appendix A.5]
Numeric of_x87(unsigned opcode, unsigned modrm) {
    unsigned const reg = modrm >> 3 & 7;
    bool const memory = modrm < 0xC0;
    Numeric numeric{.waits = true, .x87 = true};
    auto control = [&](bool waits) { return Numeric{.waits = waits, .x87_state = true}; };
    switch (opcode) {
        case 0xD9:
            if (!memory) return numeric;
            if (reg == 4 || reg == 5) return control(true);  // FLDENV, FLDCW
            if (reg == 6) return control(false);             // FNSTENV
            if (reg == 7) return {};                         // FNSTCW
            numeric.x87_store = reg == 2 || reg == 3;
            return numeric;
        case 0xDB:
            if (modrm == 0xE2 || modrm == 0xE3) return control(false);       // FNCLEX, FNINIT
            if (modrm == 0xE0 || modrm == 0xE1 || modrm == 0xE4) return {};  // FNENI and others: nothing
            numeric.x87_store = memory && reg >= 1 && reg <= 3;
            return numeric;
        case 0xDD:
            if (memory && reg == 4) return control(true);                 // FRSTOR
            if (memory && (reg == 6 || reg == 7)) return control(false);  // FNSAVE, FNSTSW
            numeric.x87_store = memory && reg >= 1 && reg <= 3;
            return numeric;
        case 0xDF:
            if (modrm == 0xE0) return control(false);  // FNSTSW AX
            numeric.x87_store = memory && reg != 0 && reg != 4 && reg != 5;
            return numeric;
        default:
            return numeric;
    }
}

bool is_media(unsigned second, unsigned modrm, Prefixes const& prefixes) {
    bool const plain = !prefixes.operand_16 && !prefixes.repeat_byte;
    if (second == 0xD6) return prefixes.repeat_byte != 0;  // MOVQ2DQ, MOVDQ2Q
    if (second == 0x2A || second == 0x2C || second == 0x2D)
        return !prefixes.repeat_byte;  // with MMX registers
    if (!plain) return false;
    if (second == 0x38) return modrm < 0x80;  // the third byte: SSSE3 of MMX
    if (second == 0x3A) return modrm == 0x0F;
    return (second >= 0x60 && second <= 0x77 && second != 0x6C && second != 0x6D) || second == 0x7E ||
           second == 0x7F || second == 0xC4 || second == 0xC5 || (second >= 0xD1 && second != 0xFF);
}

// The exceptions that one of SSE may cause. [sdm-1 table E-1 and what sdm-2 says of each]
Numeric of_simd(Opcode const& op, Prefixes const& prefixes) {
    using namespace numeric;
    constexpr std::uint8_t arithmetic = all & ~zero_divide;
    auto causes = [](std::uint8_t flags) { return Numeric{.simd = true, .causes = flags}; };
    switch (op[1]) {
        case 0x51:
            return causes(invalid | denormal | precision);
        case 0x52:
        case 0x53:
            return {.simd = true, .causes = 0, .silent = true};
        case 0x58:
        case 0x59:
        case 0x5C:
        case 0x7C:
        case 0x7D:
        case 0xD0:
            return causes(arithmetic);
        case 0x5E:
            return causes(all);
        case 0x5A:
            return causes(arithmetic);
        case 0x5D:
        case 0x5F:
        case 0xC2:
        case 0x2E:
        case 0x2F:
            return causes(invalid | denormal);
        case 0x2A:
        case 0x2C:
        case 0x2D:
        case 0x5B:
        case 0xE6:
            return causes(invalid | precision);
        case 0x3A:
            if (!prefixes.operand_16) return {};
            if (op[2] >= 0x08 && op[2] <= 0x0B) {  // ROUND
                bool const silent = op.last() & 8;
                return {.simd = true,
                        .causes = static_cast<std::uint8_t>(silent ? invalid : invalid | precision),
                        .silent = silent};
            }
            if (op[2] == 0x40 || op[2] == 0x41) return causes(arithmetic);  // DPPS, DPPD
            return {};
        default:
            return {};
    }
}

}  // namespace

Numeric numeric_of(std::span<std::uint8_t const> bytes, Prefixes const& prefixes) {
    Opcode const op(bytes, prefixes);
    if (op[0] == 0x9B) return {.waits = true, .fwait = true};
    if (op[0] >= 0xD8 && op[0] <= 0xDF) return of_x87(op[0], op[1]);
    if (op[0] != 0x0F) return {};
    Numeric numeric = of_simd(op, prefixes);
    numeric.media = is_media(op[1], op[2], prefixes);
    numeric.waits = numeric.media;
    if (op[1] == 0xAE && op[2] < 0xC0 && !prefixes.repeat_byte) {
        unsigned const reg = op[2] >> 3 & 7;
        numeric.x87_state = reg <= 1;   // FXSAVE, FXRSTOR
        numeric.simd_state = reg <= 3;  // LDMXCSR, STMXCSR
    }
    return numeric;
}

SimdShape simd_shape(std::span<std::uint8_t const> bytes, Prefixes const& prefixes) {
    Opcode const op(bytes, prefixes);
    if (op[0] != 0x0F) return {};
    bool const f2 = prefixes.repeat_byte == 0xF2, f3 = prefixes.repeat_byte == 0xF3;
    bool const wide = f2 || (prefixes.operand_16 && !f3);
    SimdShape shape;
    shape.lane_bytes = wide ? 8 : 4;
    shape.lanes = f2 || f3 ? 1 : 16 / shape.lane_bytes;
    shape.binary = true;
    shape.result_bytes = shape.lane_bytes;
    switch (op[1]) {
        case 0x51:
            shape.binary = false;
            shape.root = true;
            shape.result_bytes = 0;
            return shape;
        case 0x5E:
            shape.divides = true;
            return shape;
        case 0x58:
        case 0x59:
        case 0x5C:
            return shape;
        case 0x5D:
        case 0x5F:
        case 0xC2:
            shape.result_bytes = 0;
            return shape;
        case 0x2E:
        case 0x2F:  // the operand-size prefix chooses, and one lane counts
            shape.lanes = 1;
            shape.result_bytes = 0;
            return shape;
        case 0x5A:
            shape.binary = false;
            if (!wide) shape.lanes = f3 ? 1 : 2;
            shape.result_bytes = wide ? 4 : 0;
            return shape;
        case 0x7C:
        case 0x7D:
        case 0xD0:  // F2: four single ones
            shape.lane_bytes = shape.result_bytes = f2 ? 4 : 8;
            shape.lanes = f2 ? 4 : 2;
            return shape;
        case 0x3A:
            if (!prefixes.operand_16 || (op[2] != 0x40 && op[2] != 0x41)) return {};
            shape.lane_bytes = shape.result_bytes = op[2] == 0x40 ? 4 : 8;
            shape.lanes = 16 / shape.lane_bytes;
            return shape;
        default:
            return {};
    }
}

}  // namespace sim::engine
