// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/opcodes.hpp"

namespace sim::engine {

Prefixes read_prefixes(std::span<std::uint8_t const> bytes, CodeSize size) {
    Prefixes prefixes;
    for (; prefixes.count < bytes.size(); ++prefixes.count) {
        std::uint8_t byte = bytes[prefixes.count];
        switch (byte) {
            case 0x66:
                prefixes.operand_16 = true;
                break;
            case 0xF0:
                prefixes.lock = true;
                break;
            case 0xF2:
            case 0xF3:
                prefixes.repeat = true;
                prefixes.repeat_byte = byte;
                break;
            case 0x67:
            case 0x2E:
            case 0x36:
            case 0x3E:
            case 0x26:
            case 0x64:
            case 0x65:
                break;
            default:
                if (size != CodeSize::bits64 || (byte & 0xF0) != 0x40) return prefixes;
                prefixes.rex = byte;
                continue;
        }
        prefixes.rex = 0;  // it counts right before the opcode only [sdm-2 §2.2.1]
    }
    return prefixes;
}

std::optional<bool> lockable(std::span<std::uint8_t const> bytes, Prefixes const& prefixes) {
    auto const byte = [&](std::size_t offset) -> std::optional<std::uint8_t> {
        if (prefixes.count + offset >= bytes.size()) return std::nullopt;
        return bytes[prefixes.count + offset];
    };
    std::optional<std::uint8_t> const opcode = byte(0);
    if (!opcode) return std::nullopt;
    unsigned wanted = 0;  // bit n: the ModRM field `reg` may be n
    std::size_t modrm_at = 1;
    switch (*opcode) {
        case 0x80:
        case 0x81:
        case 0x82:
        case 0x83:
            wanted = 0x7F;  // all but CMP
            break;
        case 0x86:
        case 0x87:
            wanted = 0xFF;
            break;
        case 0xF6:
        case 0xF7:
            wanted = 1 << 2 | 1 << 3;  // NOT, NEG
            break;
        case 0xFE:
        case 0xFF:
            wanted = 1 << 0 | 1 << 1;  // INC, DEC
            break;
        case 0x0F: {
            std::optional<std::uint8_t> const second = byte(1);
            if (!second) return std::nullopt;
            modrm_at = 2;
            switch (*second) {
                case 0xAB:  // BTS, BTR, BTC
                case 0xB3:
                case 0xBB:
                case 0xB0:  // CMPXCHG
                case 0xB1:
                case 0xC0:  // XADD
                case 0xC1:
                    wanted = 0xFF;
                    break;
                case 0xBA:
                    wanted = 0xE0;  // BTS, BTR, BTC
                    break;
                case 0xC7:
                    wanted = 1 << 1;  // CMPXCHG8B, CMPXCHG16B
                    break;
                default:
                    return false;
            }
            break;
        }
        default:
            // ADD, OR, ADC, SBB, AND, SUB, XOR with a register.
            if (*opcode >= 0x38 || (*opcode & 7) > 1) return false;
            wanted = 0xFF;
    }
    std::optional<std::uint8_t> const modrm = byte(modrm_at);
    if (!modrm) return std::nullopt;
    return *modrm < 0xC0 && (wanted >> (*modrm >> 3 & 7) & 1);
}

bool has_aligned_operand(std::span<std::uint8_t const> bytes, Prefixes const& prefixes) {
    auto const byte = [&](std::size_t offset) -> unsigned {
        return prefixes.count + offset < bytes.size() ? bytes[prefixes.count + offset] : 0;
    };
    if (byte(0) != 0x0F) return false;
    unsigned const opcode = byte(1);
    bool const three = opcode == 0x38 || opcode == 0x3A;
    if (byte(three ? 3 : 2) >= 0xC0) return false;  // no operand in memory
    bool const repeat_f2 = prefixes.repeat_byte == 0xF2, repeat_f3 = prefixes.repeat_byte == 0xF3;
    bool const packed_double = prefixes.operand_16 && !prefixes.repeat_byte,
               none = !prefixes.operand_16 && !prefixes.repeat_byte;
    if (three) {
        unsigned const last = byte(2);
        if (!packed_double) return false;  // MMX, CRC32, MOVBE
        if (opcode == 0x38) {
            bool const widens =
                (last >= 0x20 && last <= 0x25) || (last >= 0x30 && last <= 0x35);  // PMOVSX, PMOVZX
            return !widens && last < 0x80;
        }
        // ROUNDSS and SD, PEXTR and PINSR, the string comparisons.
        bool const narrow = last == 0x0A || last == 0x0B || (last >= 0x14 && last <= 0x17) ||
                            (last >= 0x20 && last <= 0x22) || (last >= 0x60 && last <= 0x63);
        return !narrow;
    }
    switch (opcode) {
        case 0x12:  // MOVSLDUP, MOVSHDUP; else MOVLPS and its relatives
        case 0x16:
            return repeat_f3;
        case 0x14:
        case 0x15:
        case 0x28:
        case 0x29:
        case 0x2B:
        case 0x51:
        case 0x52:
        case 0x53:
        case 0x54:
        case 0x55:
        case 0x56:
        case 0x57:
        case 0x58:
        case 0x59:
        case 0x5C:
        case 0x5D:
        case 0x5E:
        case 0x5F:
        case 0xC2:
        case 0xC6:
            return none || packed_double;
        case 0x5A:  // CVTPD2PS
        case 0x6F:  // MOVDQA
        case 0x7F:
            return packed_double;
        case 0x5B:
            return none || packed_double || repeat_f3;
        case 0x7C:
        case 0x7D:
        case 0xD0:
        case 0xE6:  // CVTTPD2DQ, CVTPD2DQ
            return packed_double || repeat_f2;
        case 0x70:
            return packed_double || repeat_f2 || repeat_f3;  // PSHUFD, PSHUFLW, PSHUFHW
        case 0x6E:
        case 0x7E:
        case 0xC4:
        case 0xD6:
            return false;  // MOVD, MOVQ, PINSRW
        default:
            return packed_double && ((opcode >= 0x60 && opcode <= 0x76) || opcode >= 0xD1);
    }
}

unsigned structure_alignment(std::span<std::uint8_t const> bytes, CodeSize size) {
    Prefixes const prefixes = read_prefixes(bytes, size);
    auto const byte = [&](std::size_t offset) -> unsigned {
        return prefixes.count + offset < bytes.size() ? bytes[prefixes.count + offset] : 0xFF;
    };
    bool const operand_16 = prefixes.operand_16 != (size == CodeSize::bits16);
    unsigned const reg = byte(1) >> 3 & 7;
    if (byte(0) == 0x0F && byte(1) == 0x01)  // SGDT, SIDT
        return byte(2) < 0xC0 && (byte(2) >> 3 & 7) <= 1 ? 4 : 0;
    bool const environment = byte(0) == 0xD9 && (reg == 4 || reg == 6),  // FLDENV, FNSTENV
        all = byte(0) == 0xDD && (reg == 4 || reg == 6);                 // FRSTOR, FNSAVE
    return (environment || all) && byte(1) < 0xC0 ? (operand_16 ? 2 : 4) : 0;
}

}  // namespace sim::engine
