// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/value_origin.hpp"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::uint64_t first_window = 64, last_window = 32'768;
constexpr unsigned most_registers = 64;  // moves between registers that are followed

// Capstone with details, for as long as one question takes.
class Decoder {
public:
    Decoder() {
        if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle_) != CS_ERR_OK) return;
        cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
        instruction_ = cs_malloc(handle_);
    }
    ~Decoder() {
        if (instruction_) cs_free(instruction_, 1);
        if (handle_) cs_close(&handle_);
    }
    Decoder(Decoder const&) = delete;
    Decoder& operator=(Decoder const&) = delete;

    cs_insn const* decode(GuestMemory const& memory, std::uint64_t rip) {
        if (!instruction_) return nullptr;
        std::array<std::uint8_t, 15> bytes{};
        std::size_t size = memory.read_some(rip, bytes);
        std::uint8_t const* code = bytes.data();
        std::uint64_t address = rip;
        return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
    }
    // Any part of the general register of that number.
    bool writes(cs_insn const& i, unsigned family) const;
    std::string name(unsigned reg) const {
        char const* const n = cs_reg_name(handle_, reg);
        return n ? n : "?";
    }

private:
    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
};

// rax, eax, ax, al and ah are one register: its Gpr number; ~0u when it is none.
unsigned family_of(unsigned reg) {
    static constexpr unsigned families[][5] = {{X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
                                               {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
                                               {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
                                               {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
                                               {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, 0},
                                               {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, 0},
                                               {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, 0},
                                               {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, 0},
                                               {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, 0},
                                               {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, 0},
                                               {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, 0},
                                               {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, 0},
                                               {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, 0},
                                               {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, 0},
                                               {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, 0},
                                               {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, 0}};
    for (unsigned f = 0; f < 16; ++f)
        for (unsigned r : families[f])
            if (r == reg && r != 0) return f;
    return ~0U;
}

bool Decoder::writes(cs_insn const& i, unsigned family) const {
    cs_regs read{}, written{};
    std::uint8_t reads = 0, writes = 0;
    if (cs_regs_access(handle_, &i, read, &reads, written, &writes) != CS_ERR_OK) return false;
    return std::any_of(written, written + writes, [&](unsigned r) { return family_of(r) == family; });
}

// Effective address of a memory operand; the machine stands before the instruction.
std::uint64_t effective(engine::CpuState const& cpu, cs_insn const& i, x86_op_mem const& m) {
    auto value = [&](unsigned reg) -> std::uint64_t {
        if (reg == X86_REG_RIP) return i.address + i.size;
        unsigned const f = family_of(reg);
        return f < 16 ? cpu.gpr[f] : 0;
    };
    std::uint64_t at = static_cast<std::uint64_t>(m.disp);
    if (m.base) at += value(m.base);
    if (m.index) at += value(m.index) * static_cast<std::uint64_t>(m.scale);
    if (m.segment == X86_REG_FS) at += cpu.fs.base;
    if (m.segment == X86_REG_GS) at += cpu.gs.base;
    return at;
}

std::string at_line(Scene const& scene, std::uint64_t rip) {
    std::string text = scene.symbols->describe(rip);
    if (auto const line = scene.symbols->line_at(rip)) text += " (" + scene.symbols->describe(*line) + ")";
    return text;
}

// What a processor executed in a stretch, in order.
class Executed final : public SearchListener {
public:
    explicit Executed(unsigned cpu) : cpu_(cpu) {}
    bool on_address(Moment at, unsigned cpu, engine::VirtAddr rip) override {
        if (cpu != cpu_) return false;
        if (!steps.empty() && steps.back().at.retired == at.retired) steps.pop_back();  // begun again
        steps.push_back({at, rip});
        return false;
    }
    struct Step {
        Moment at;
        std::uint64_t rip;
    };
    std::vector<Step> steps;

private:
    unsigned cpu_;
};

// Of one processor, through its own page tables.
class Trace {
public:
    Trace(Scene const& scene, Search& search, unsigned cpu) : scene_(scene), search_(search) {
        scene_.processor = cpu;
    }

    ValueOrigin store(Moment at, engine::PhysAddr written) {
        go_to(scene_, at);
        engine::CpuState const cpu = scene_.cpu().state();
        GuestMemory const memory = scene_.memory();
        cs_insn const* const i = decoder_.decode(memory, cpu.rip);
        if (!i || !i->detail) return {"the instruction cannot be read", {}, at};
        cs_x86 const& x = i->detail->x86;
        std::string const text = fmt::format("{} {}", i->mnemonic, i->op_str);
        switch (i->id) {
            case X86_INS_CALL:
                return {"a return address, pushed by a call", {}, at};
            case X86_INS_PUSH:
                if (x.operands[0].type == X86_OP_IMM) return {"a constant: " + text, {}, at};
                if (x.operands[0].type == X86_OP_MEM) return loaded(cpu, *i, x.operands[0], at, "pushed");
                return from_register(at, x.operands[0].reg);
            case X86_INS_MOVSB:
            case X86_INS_MOVSW:
            case X86_INS_MOVSD:
            case X86_INS_MOVSQ:
                if (x.op_count == 2 && x.operands[1].type == X86_OP_MEM)
                    return loaded(cpu, *i, x.operands[1], at, "copied");
                return {"computed by " + text, {}, at};
            case X86_INS_STOSB:
            case X86_INS_STOSW:
            case X86_INS_STOSD:
            case X86_INS_STOSQ:
                return from_register(at, X86_REG_RAX);
            case X86_INS_MOV:
            case X86_INS_XCHG:
            case X86_INS_MOVNTI:
                for (unsigned n = 0; n < x.op_count; ++n) {
                    if (x.operands[n].type == X86_OP_IMM) return {"a constant: " + text, {}, at};
                    if (x.operands[n].type == X86_OP_REG) return from_register(at, x.operands[n].reg);
                }
                break;
            default:
                break;
        }
        ValueOrigin o{"computed by " + text, {}, at};
        // A read-modify-write makes the new value from the old one.
        if (x.op_count > 0 && x.operands[0].type == X86_OP_MEM && (x.operands[0].access & CS_AC_READ)) {
            Resolved const r =
                resolve(scene_, AddressSpace::physical, written, std::max<unsigned>(x.operands[0].size, 1));
            o.text += " from what was there";
            if (r.problem.empty()) o.memory = r.range;
        }
        return o;
    }

private:
    ValueOrigin loaded(engine::CpuState const& cpu, cs_insn const& i, cs_x86_op const& op, Moment at,
                       char const* how) {
        std::uint64_t const address = effective(cpu, i, op.mem);
        ValueOrigin o;
        o.at = at;
        o.text = fmt::format("{} from {:#x} by {} {} at {}", how, address, i.mnemonic, i.op_str,
                             at_line(scene_, i.address));
        Resolved const r = resolve(scene_, AddressSpace::virtual_, address, std::max<unsigned>(op.size, 1));
        if (r.problem.empty())
            o.memory = r.range;
        else
            o.text += "; " + r.problem;
        return o;
    }

    // Who gave this register its value, before a moment?
    ValueOrigin from_register(Moment before, unsigned reg) {
        std::string way = decoder_.name(reg);
        unsigned family = family_of(reg);
        if (family > 15) return {"from " + way, {}, before};
        for (unsigned moves = 0; moves < most_registers; ++moves) {
            auto const writer = find_writer(before, family);
            if (!writer) return {way + ", set longer ago than is looked back", {}, before};
            go_to(scene_, writer->at);
            engine::CpuState const cpu = scene_.cpu().state();
            cs_insn const* const i = decoder_.decode(scene_.memory(), cpu.rip);
            if (!i || !i->detail) return {way, {}, writer->at};
            cs_x86 const& x = i->detail->x86;
            bool const move = i->id == X86_INS_MOV || i->id == X86_INS_MOVZX || i->id == X86_INS_MOVSX ||
                              i->id == X86_INS_MOVSXD || i->id == X86_INS_MOVABS;
            if (i->id == X86_INS_POP) {
                cs_x86_op top{};
                top.type = X86_OP_MEM;
                top.mem.base = X86_REG_RSP;
                top.mem.scale = 1;
                top.size = 8;
                ValueOrigin o = loaded(cpu, *i, top, writer->at, "popped");
                o.text = way + ", " + o.text;
                return o;
            }
            if (move && x.op_count == 2 && x.operands[1].type == X86_OP_MEM) {
                ValueOrigin o = loaded(cpu, *i, x.operands[1], writer->at, "loaded");
                o.text = way + ", " + o.text;
                return o;
            }
            if (move && x.op_count == 2 && x.operands[1].type == X86_OP_REG &&
                family_of(x.operands[1].reg) < 16) {
                way += ", from " + decoder_.name(x.operands[1].reg);
                family = family_of(x.operands[1].reg);
                before = writer->at;
                continue;
            }
            bool const constant =
                (move && x.op_count == 2 && x.operands[1].type == X86_OP_IMM) ||
                (i->id == X86_INS_XOR && x.op_count == 2 && x.operands[0].type == X86_OP_REG &&
                 x.operands[1].type == X86_OP_REG && x.operands[0].reg == x.operands[1].reg);
            return {fmt::format("{}, {} {} {} at {}", way, constant ? "a constant:" : "computed by",
                                i->mnemonic, i->op_str, at_line(scene_, i->address)),
                    {},
                    writer->at};
        }
        return {way + ", ...", {}, before};
    }

    std::optional<Executed::Step> find_writer(Moment before, unsigned family) {
        GuestMemory const memory = scene_.memory();
        for (std::uint64_t window = first_window; window <= last_window; window *= 8) {
            Executed executed(*scene_.processor);
            search_.watch({.addresses = {}, .memory = {}, .instructions = true});
            Moment const from{before.retired > window ? before.retired - window : 0, 0};
            SearchOutcome const outcome = search_.run({from, before}, executed);
            search_.watch({});
            if (outcome == SearchOutcome::cancelled) return std::nullopt;
            for (std::size_t n = executed.steps.size(); n-- > 0;) {
                cs_insn const* const i = decoder_.decode(memory, executed.steps[n].rip);
                if (i && decoder_.writes(*i, family)) return executed.steps[n];
            }
            if (from == Moment{}) break;
        }
        return std::nullopt;
    }

    Scene scene_;
    Search& search_;
    Decoder decoder_;
};

}  // namespace

ValueOrigin origin_of_store(Scene& scene, Search& search, Moment at, engine::PhysAddr written) {
    return Trace(scene, search, executor_at(scene, at)).store(at, written);
}

}  // namespace sim::debug::queries
