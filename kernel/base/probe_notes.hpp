// SPDX-License-Identifier: MIT
//
// The probes of an image, read from the notes that base/probe.hpp writes: the
// same that gdb and the simulator read. [stap-sdt]
//
//     for (base::ProbeNotes notes(bytes); auto const probe = notes.next();) ...
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/base/address.hpp"

namespace base {

class ProbeNotes {
public:
    struct Probe {
        std::string_view name;       // "thread_switch"
        std::string_view arguments;  // "8@%rax 8@%rdi": size and place of each
        VirtAddr address;            // of the NOP
    };

    // The section .note.stapsdt. A damaged note ends the list.
    explicit ProbeNotes(std::span<std::byte const> notes) : notes_(notes) {}
    std::optional<Probe> next();

private:
    std::span<std::byte const> notes_;
};

}  // namespace base
