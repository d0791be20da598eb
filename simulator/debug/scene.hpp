// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a question about a machine needs: the machine, standing at the moment
// asked about, what is known of its kernel, and what has been heard of its life.
// The answers are made in queries/; a Session gives them the scene.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/search.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

struct Scene {
    machine::Machine& machine;
    std::shared_ptr<Symbols const> symbols;  // never null
    KernelReader& kernel;
    Observation& observation;  // has listened from the machine's first instruction on
    SearchControl control{};
    // Whose registers and page tables the question means; none: of the processor
    // that executed last.
    std::optional<unsigned> processor{};

    unsigned looks_at() const { return processor.value_or(machine.current_processor()); }
    engine::Cpu const& cpu() const { return machine.cpu(looks_at()); }
    GuestMemory memory() const { return observation.memory(looks_at()); }
    EventView events() const { return observation.events().view(); }
    bool cancelled() const { return control.cancelled && control.cancelled(); }
};

// An answer in words, and the same as JSON text for programs.
struct AnswerText {
    bool understood = false;  // false: `text` says what is wrong with the question
    bool cancelled = false;
    std::string text, json;
};
// May run the machine through its past; leaves it where it stood, bit by bit.
using Asker = std::function<AnswerText(Scene&, std::string_view question)>;

}  // namespace sim::debug
