// SPDX-License-Identifier: GPL-2.0-or-later
//
// One Unicorn engine: opened, mapped, closed. It executes; it decides nothing.
// A processor has two of them on the same RAM, see unicorn_cpu.hpp.
#pragma once

#include <unicorn/unicorn.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include "simulator/engine/physical_memory.hpp"

namespace sim::engine {

// A call into Unicorn that must not fail did: std::runtime_error, one line.
void require(uc_err result, char const* what);

// A processor context of Unicorn, as bytes. What stands where is found by
// calibration.hpp, never assumed.
class Context {
public:
    explicit Context(uc_engine* engine);
    ~Context();
    Context(Context const&) = delete;
    Context& operator=(Context const&) = delete;

    uc_context* get() const { return context_; }
    std::span<std::uint8_t> bytes() { return {reinterpret_cast<std::uint8_t*>(context_), size_}; }
    template <typename Word>
    Word at(std::size_t offset) {
        Word word;
        std::memcpy(&word, bytes().subspan(offset, sizeof word).data(), sizeof word);
        return word;
    }
    template <typename Word>
    void put(std::size_t offset, Word word) {
        std::memcpy(bytes().subspan(offset, sizeof word).data(), &word, sizeof word);
    }

private:
    uc_context* context_ = nullptr;
    std::size_t size_ = 0;
};

class Core {
public:
    // A 64-bit engine that asks us for every translation.
    Core();
    ~Core();
    Core(Core const&) = delete;
    Core& operator=(Core const&) = delete;

    uc_engine* engine() const { return engine_; }
    void map(PhysAddr start, std::span<std::uint8_t> bytes);

    std::uint64_t read(int reg) const {
        std::uint64_t value = 0;
        require(uc_reg_read(engine_, reg, &value), "reading a register");
        return value;
    }
    void write(int reg, std::uint64_t value) {
        require(uc_reg_write(engine_, reg, &value), "writing a register");
    }

    void flush_tlb() { require(uc_ctl_flush_tlb(engine_), "flushing the TLB"); }
    void flush_translations() {
        require(uc_ctl_flush_tb(engine_), "flushing translations");
        may_end_early_ = translation_ends_;
    }
    // Drops the translations of one page, named by any virtual address that the
    // fill hook maps to it.
    void drop_translations(VirtAddr page) {
        require(uc_ctl_remove_cache(engine_, page, page + page_size), "dropping translations");
    }

    // Code is translated up to that virtual address at most, and a run that gets there ends
    // with no error. Forgotten after each run: slow for code that runs often. None: as far
    // as it goes.
    void end_translation_at(std::optional<VirtAddr> address) {
        if (!address && !translation_ends_) return;
        require(uc_ctl_set_exits(engine_, address ? &*address : nullptr, address ? 1 : 0), "setting an exit");
        translation_ends_ = address.has_value();
        may_end_early_ |= translation_ends_;
    }
    // Some translation may still end where one of those addresses was: the engine does not
    // always forget it.
    bool may_end_early() const { return may_end_early_; }

    template <typename Function>
    uc_hook hook(int type, Function* function, void* user) {
        uc_hook handle = 0;
        require(uc_hook_add(engine_, &handle, type, reinterpret_cast<void*>(function), user, std::uint64_t{1},
                            std::uint64_t{0}),
                "adding a hook");
        return handle;
    }
    template <typename Function>
    uc_hook hook_instruction(int instruction, Function* function, void* user) {
        uc_hook handle = 0;
        require(uc_hook_add(engine_, &handle, UC_HOOK_INSN, reinterpret_cast<void*>(function), user,
                            std::uint64_t{1}, std::uint64_t{0}, instruction),
                "adding an instruction hook");
        return handle;
    }

private:
    uc_engine* engine_ = nullptr;
    bool translation_ends_ = false, may_end_early_ = false;
};

// General registers in the order of the instruction encoding, in Unicorn's names.
extern int const unicorn_gpr[16];

}  // namespace sim::engine
