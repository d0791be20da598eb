// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only file that includes Capstone.
#include <capstone/capstone.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/debug/disassembly.hpp"

namespace sim::debug {

namespace {

bool in_group(cs_insn const& i, unsigned group) {
    return i.detail && std::find(i.detail->groups, i.detail->groups + i.detail->groups_count, group) !=
                           i.detail->groups + i.detail->groups_count;
}

class Capstone {
public:
    Capstone() {
        constexpr cs_mode modes[] = {CS_MODE_16, CS_MODE_32, CS_MODE_64};
        for (unsigned i = 0; i < 3; ++i) {
            if (cs_open(CS_ARCH_X86, modes[i], &handles[i]) != CS_ERR_OK)
                throw std::runtime_error("Capstone, the disassembler, cannot start");
            cs_option(handles[i], CS_OPT_DETAIL, CS_OPT_ON);
            instruction[i] = cs_malloc(handles[i]);
        }
    }
    ~Capstone() {
        for (unsigned i = 0; i < 3; ++i) {
            if (instruction[i]) cs_free(instruction[i], 1);
            if (handles[i]) cs_close(&handles[i]);
        }
    }
    Capstone(Capstone const&) = delete;
    Capstone& operator=(Capstone const&) = delete;

    Instruction decode(std::uint64_t address, std::span<std::uint8_t const> bytes, CodeMode mode) const {
        Instruction result;
        result.address = address;
        result.length = 1;
        auto const which = static_cast<unsigned>(mode);
        cs_insn& i = *instruction[which];
        std::uint8_t const* code = bytes.data();
        std::size_t left = bytes.size();
        std::uint64_t at = address;
        if (!cs_disasm_iter(handles[which], &code, &left, &at, &i) || i.size > result.bytes.size()) {
            result.valid = false;
            result.bytes[0] = bytes[0];
            result.mnemonic = "(bad)";
            return result;
        }
        result.length = static_cast<std::uint8_t>(i.size);
        std::copy_n(i.bytes, i.size, result.bytes.begin());
        result.mnemonic = i.mnemonic;
        result.operands = i.op_str;
        result.call = in_group(i, CS_GRP_CALL);
        result.jump = in_group(i, CS_GRP_JUMP);
        result.returns = in_group(i, CS_GRP_RET) || in_group(i, CS_GRP_IRET);
        cs_x86 const& x86 = i.detail->x86;
        for (unsigned n = 0; n < x86.op_count; ++n) {
            cs_x86_op const& op = x86.operands[n];
            if (op.type == X86_OP_IMM && (result.call || result.jump))
                result.target = static_cast<std::uint64_t>(op.imm);
            else if (op.type == X86_OP_MEM && op.mem.base == X86_REG_RIP)
                result.target = address + i.size + static_cast<std::uint64_t>(op.mem.disp);
        }
        return result;
    }

private:
    csh handles[3] = {};
    cs_insn* instruction[3] = {};
};

}  // namespace

Decoder capstone() {
    return [engine = std::make_shared<Capstone>()](std::uint64_t address, std::span<std::uint8_t const> bytes,
                                                   CodeMode mode) { return engine->decode(address, bytes, mode); };
}

}  // namespace sim::debug
