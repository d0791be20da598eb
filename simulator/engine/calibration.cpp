// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/calibration.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulator/engine/core.hpp"

namespace sim::engine {
namespace {

[[noreturn]] void refuse(std::string const& what) {
    throw std::runtime_error("engine: this Unicorn behaves in another way than 2.1.1, which was measured (" +
                             what + "). Run ./viv setup, which installs 2.1.1.");
}

// A throw-away 32-bit engine without paging: registers and memory are flat, and
// writing a segment register loads it from the descriptor table, as MOV does.
class Laboratory {
public:
    static constexpr std::uint32_t table = 0x1000, table_bytes = 0x8000, code = 0xA000, stack = 0xF000;

    Laboratory() : memory_(0x10000) {
        require(uc_open(UC_ARCH_X86, UC_MODE_32, &engine_), "opening the calibration engine");
        require(uc_mem_map_ptr(engine_, 0, memory_.size(), UC_PROT_ALL, memory_.data()),
                "mapping its memory");
        uc_x86_mmr gdtr{};
        gdtr.base = table;
        gdtr.limit = table_bytes - 1;
        require(uc_reg_write(engine_, UC_X86_REG_GDTR, &gdtr), "loading its descriptor table");
    }
    ~Laboratory() { uc_close(engine_); }
    Laboratory(Laboratory const&) = delete;
    Laboratory& operator=(Laboratory const&) = delete;

    uc_engine* engine() const { return engine_; }

    // `access` is descriptor bits 40..47, `size_flags` bits 52..55.
    void describe(std::uint16_t selector, std::uint32_t base, std::uint32_t limit, std::uint8_t access,
                  std::uint8_t size_flags) {
        std::uint64_t descriptor = (limit & 0xFFFF) | std::uint64_t{base & 0xFFFFFF} << 16 |
                                   std::uint64_t{access} << 40 | std::uint64_t{limit >> 16 & 0xF} << 48 |
                                   std::uint64_t{size_flags} << 52 | std::uint64_t{base >> 24} << 56;
        std::memcpy(&memory_[table + (selector & ~7)], &descriptor, sizeof descriptor);
    }
    void load(int segment, std::uint16_t selector) {
        require(uc_reg_write(engine_, segment, &selector), "loading a segment register");
    }
    void write(int reg, std::uint32_t value) {
        require(uc_reg_write(engine_, reg, &value), "writing a register");
    }
    // Runs at most `count` instructions of the bytes.
    void run(std::vector<std::uint8_t> const& bytes, std::size_t count) {
        std::copy(bytes.begin(), bytes.end(), memory_.begin() + code);
        uc_ctl_remove_cache(engine_, std::uint64_t{code}, std::uint64_t{code} + 64);
        uc_emu_start(engine_, code, 0, 0, count);
    }
    template <typename Word>
    void put(std::uint32_t address, Word word) {
        std::memcpy(&memory_[address], &word, sizeof word);
    }
    void save(Context& context) { require(uc_context_save(engine_, context.get()), "saving a context"); }

private:
    std::vector<std::uint8_t> memory_;
    uc_engine* engine_ = nullptr;
};

// The one place that holds `value`; refuses when there is none or more.
template <typename Word>
std::size_t find_only(Context& context, Word value, std::string const& what) {
    std::size_t found = 0, count = 0;
    for (std::size_t at = 0; at + sizeof value <= context.bytes().size(); at += 4)
        if (context.at<Word>(at) == value) {
            found = at;
            ++count;
        }
    if (count != 1) refuse(what + ": " + std::to_string(count) + " places");
    return found;
}

struct SegmentNames {
    int reg;
    char const* name;
};
constexpr std::array<SegmentNames, 6> segment_names{{{UC_X86_REG_ES, "ES"},
                                                     {UC_X86_REG_CS, "CS"},
                                                     {UC_X86_REG_SS, "SS"},
                                                     {UC_X86_REG_DS, "DS"},
                                                     {UC_X86_REG_FS, "FS"},
                                                     {UC_X86_REG_GS, "GS"}}};

void find_segments(ContextLayout& layout) {
    Laboratory lab;
    Context context(lab.engine());
    for (unsigned i = 0; i < 6; ++i) {
        auto const selector = static_cast<std::uint16_t>(0x5A00 + i * 0x130);
        std::uint32_t const base = 0x4B17'3000 + i * 0x0101'1000, limit = 0x0'9A51 + i * 0x111;
        std::uint8_t const access = i == 1 ? 0x9B : 0x93;
        lab.describe(selector, base, limit, access, 0x4);
        lab.load(segment_names[i].reg, selector);
        lab.save(context);
        std::string const name = segment_names[i].name;
        ContextLayout::SegmentPlace& place = layout.segments[i];
        place.selector = find_only<std::uint32_t>(context, selector, "selector of " + name);
        place.base = find_only<std::uint64_t>(context, base, "base of " + name);
        place.limit = find_only<std::uint32_t>(context, limit, "limit of " + name);
        std::uint32_t const upper_half = (base & 0xFF00'0000) | (base >> 16 & 0xFF) |
                                         std::uint32_t{access} << 8 | (limit & 0xF'0000) | 0x4u << 20;
        place.attributes = find_only<std::uint32_t>(context, upper_half, "attributes of " + name);
    }
}

// Setting CR0.TS changes CR0 (bit 3) and the hidden flags (bit 11).
void find_hidden_flags(ContextLayout& layout) {
    Laboratory lab;
    Context before(lab.engine()), after(lab.engine());
    lab.save(before);
    lab.write(UC_X86_REG_CR0, 1 | 1 << 3);
    lab.save(after);
    std::size_t count = 0;
    for (std::size_t at = 0; at + 4 <= before.bytes().size(); at += 4)
        if ((before.at<std::uint32_t>(at) ^ after.at<std::uint32_t>(at)) == hidden_flag::task_switched) {
            layout.hidden_flags = at;
            ++count;
        }
    if (count != 1) refuse("hidden flags: " + std::to_string(count) + " places");
}

void find_error_code(ContextLayout& layout) {
    Laboratory lab;
    Context context(lab.engine());
    auto stop = [](uc_engine* engine, std::uint32_t, void*) { uc_emu_stop(engine); };
    uc_hook handle = 0;
    require(uc_hook_add(lab.engine(), &handle, UC_HOOK_INTR, reinterpret_cast<void*>(+stop), nullptr,
                        std::uint64_t{1}, std::uint64_t{0}),
            "hooking exceptions");
    // MOV DS, AX with a selector beyond the table: #GP(selector). The upper half
    // of EAX makes the register differ from the error code.
    lab.write(UC_X86_REG_EAX, 0x7777'C358);
    lab.run({0x8E, 0xD8}, 1);
    lab.save(context);
    layout.error_code = find_only<std::uint32_t>(context, 0xC358, "error code");
}

// The byte in which one of the engine's two arithmetics collects exceptions: each
// of three operations adds one. They load what they work on themselves.
std::size_t find_float_flags(std::array<std::vector<std::uint8_t>, 3> const& operations, char const* what) {
    constexpr std::uint8_t inexact = 0x20, zero_divide = 0x04, invalid = 0x01;
    constexpr std::array<std::uint8_t, 3> expected{inexact, inexact | zero_divide,
                                                   inexact | zero_divide | invalid};
    Laboratory lab;
    Context context(lab.engine());
    lab.write(UC_X86_REG_CR4, 1 << 9);
    lab.write(UC_X86_REG_EBX, Laboratory::stack);
    lab.put(Laboratory::stack, 1.0);
    lab.put(Laboratory::stack + 8, 3.0);
    lab.save(context);
    std::vector<bool> possible(context.bytes().size());
    for (std::size_t at = 0; at < possible.size(); ++at) possible[at] = context.at<std::uint8_t>(at) == 0;
    for (unsigned i = 0; i < expected.size(); ++i) {
        lab.run(operations[i], 2);
        lab.save(context);
        for (std::size_t at = 0; at < possible.size(); ++at)
            possible[at] = possible[at] && context.at<std::uint8_t>(at) == expected[i];
    }
    auto const count = std::count(possible.begin(), possible.end(), true);
    if (count != 1) refuse(what + (": " + std::to_string(count)) + " places");
    return static_cast<std::size_t>(std::find(possible.begin(), possible.end(), true) - possible.begin());
}

void find_float_flags(ContextLayout& layout) {
    layout.simd_flags =
        find_float_flags({{{0xF2, 0x0F, 0x10, 0x03, 0xF2, 0x0F, 0x5E, 0x43, 0x08},          // 1 / 3
                           {0xF2, 0x0F, 0x10, 0x03, 0xF2, 0x0F, 0x5E, 0x43, 0x10},          // 1 / 0
                           {0xF2, 0x0F, 0x10, 0x43, 0x10, 0xF2, 0x0F, 0x5E, 0x43, 0x10}}},  // 0 / 0
                         "exceptions of SSE");
    layout.x87_flags = find_float_flags({{{0xDD, 0x03, 0xDC, 0x73, 0x08},
                                          {0xDD, 0x03, 0xDC, 0x73, 0x10},
                                          {0xDD, 0x43, 0x10, 0xDC, 0x73, 0x10}}},
                                        "exceptions of x87");
}

// What the hidden flags are after one experiment.
void expect_flags(ContextLayout const& layout, Context& context, std::uint32_t mask, std::uint32_t value,
                  char const* what) {
    std::uint32_t const flags = context.at<std::uint32_t>(layout.hidden_flags);
    if ((flags & mask) != value) refuse(std::string("hidden flags after ") + what);
}

void check_hidden_flags(ContextLayout const& layout) {
    using namespace hidden_flag;
    Laboratory lab;
    Context context(lab.engine());
    lab.describe(0x08, 0, 0xFFFFF, 0x9B, 0xC);  // code, 32 bits
    lab.describe(0x10, 0, 0xFFFFF, 0x93, 0xC);  // data, 32 bits
    lab.describe(0x18, 0, 0xFFFFF, 0x9B, 0x8);  // code, 16 bits
    lab.describe(0x20, 0, 0xFFFFF, 0x93, 0x8);  // data, 16 bits
    lab.describe(0x28, 0, 0xFFFFF, 0xFB, 0xC);  // code, privilege 3
    lab.describe(0x30, 0, 0xFFFFF, 0xF3, 0xC);  // data, privilege 3
    lab.describe(0x38, 0x100, 0xFFFFF, 0x93, 0xC);
    for (int reg : {UC_X86_REG_SS, UC_X86_REG_DS, UC_X86_REG_ES}) lab.load(reg, 0x10);
    lab.load(UC_X86_REG_CS, 0x08);
    lab.save(context);
    std::uint32_t const all =
        privilege | code_32 | stack_32 | add_segment_base | protection | long_mode | code_64;
    expect_flags(layout, context, all, code_32 | stack_32 | protection, "flat 32-bit segments");
    lab.load(UC_X86_REG_SS, 0x20);
    lab.save(context);
    expect_flags(layout, context, all, code_32 | protection, "a 16-bit stack");
    lab.load(UC_X86_REG_SS, 0x10);
    lab.load(UC_X86_REG_DS, 0x38);
    lab.save(context);
    expect_flags(layout, context, all, code_32 | stack_32 | add_segment_base | protection,
                 "a segment with a base");
    lab.load(UC_X86_REG_DS, 0x10);
    lab.write(UC_X86_REG_CR0, 1 | 1 << 1 | 1 << 2);
    lab.save(context);
    expect_flags(layout, context, monitor_coprocessor | emulate_coprocessor | task_switched,
                 monitor_coprocessor | emulate_coprocessor, "CR0.MP and EM");
    lab.write(UC_X86_REG_CR0, 1);
    lab.write(UC_X86_REG_CR4, 0);
    lab.save(context);
    expect_flags(layout, context, fxsave, 0, "CR4.OSFXSR off");
    lab.write(UC_X86_REG_CR4, 1 << 9);
    lab.save(context);
    expect_flags(layout, context, fxsave, fxsave, "CR4.OSFXSR on");
    lab.run({0xFB, 0x90, 0x90}, 1);  // STI
    lab.save(context);
    expect_flags(layout, context, interrupt_shadow, interrupt_shadow, "STI");
    lab.run({0x90, 0x90, 0x90, 0x90}, 2);
    lab.save(context);
    expect_flags(layout, context, interrupt_shadow, 0, "the instruction after STI");

    // PUSH 30h (SS), ESP, EFLAGS, CS, EIP; IRET: privilege 3.
    lab.write(UC_X86_REG_ESP, Laboratory::stack);
    lab.run({0x6A, 0x33, 0x54, 0x6A, 0x02, 0x6A, 0x2B, 0x68, 0x80, 0xA0, 0x00, 0x00, 0xCF}, 6);
    lab.save(context);
    expect_flags(layout, context, all, privilege | code_32 | stack_32 | protection, "IRET to ring 3");

    uc_engine* long_engine = nullptr;
    require(uc_open(UC_ARCH_X86, UC_MODE_64, &long_engine), "opening the second calibration engine");
    {
        Context long_context(long_engine);
        require(uc_context_save(long_engine, long_context.get()), "saving its context");
        std::uint32_t const flags = long_context.at<std::uint32_t>(layout.hidden_flags);
        if ((flags & all) != (code_32 | stack_32 | protection | long_mode | code_64)) {
            uc_close(long_engine);
            refuse("hidden flags in long mode");
        }
    }
    uc_close(long_engine);
}

ContextLayout calibrate() {
    unsigned major = 0, minor = 0;
    uc_version(&major, &minor);
    if (major != 2 || minor < 1)
        refuse("it says it is " + std::to_string(major) + "." + std::to_string(minor));
    ContextLayout layout;
    find_segments(layout);
    find_hidden_flags(layout);
    find_error_code(layout);
    find_float_flags(layout);
    check_hidden_flags(layout);
    return layout;
}

}  // namespace

ContextLayout const& context_layout() {
    static ContextLayout const layout = calibrate();
    return layout;
}

}  // namespace sim::engine
