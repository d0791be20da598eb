// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/disturbance.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::explore {
namespace {

using Kind = Disturbance::Kind;

std::vector<std::uint8_t> little_endian(std::initializer_list<std::pair<std::uint64_t, unsigned>> numbers) {
    std::vector<std::uint8_t> bytes;
    for (auto const& [value, size] : numbers)
        for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return bytes;
}

links::WorldInput frame_fault(Disturbance const& one, std::uint64_t warm_ns) {
    using Action = links::FaultLine::Action;
    links::FaultLine line;
    line.action = one.kind == Kind::drop    ? Action::drop
                  : one.kind == Kind::delay ? Action::delay
                                            : Action::duplicate;
    line.number = one.number;
    line.delay_ns = one.kind == Kind::delay ? one.ns : 0;
    std::string const text = to_string(line);
    return {warm_ns, links::fault_target, "", machine::InputKind::device_fault, {text.begin(), text.end()}};
}

}  // namespace

std::string describe(Disturbance const& one) {
    std::string const interrupt =
        fmt::format("interrupt {:#x} of {}, number {},", one.vector, one.machine, one.number);
    switch (one.kind) {
        case Kind::delay:
            return fmt::format("frame {} comes {} late", one.number, machine::duration_text(one.ns));
        case Kind::drop:
            return fmt::format("frame {} is lost", one.number);
        case Kind::duplicate:
            return fmt::format("frame {} comes twice", one.number);
        case Kind::late:
            return fmt::format("{} comes {} late", interrupt, machine::duration_text(one.ns));
        case Kind::lose:
            return fmt::format("{} is lost", interrupt);
        case Kind::spurious:
            return fmt::format("interrupt {:#x} of {} comes at {:.6f} ms, unasked", one.vector, one.machine,
                               static_cast<double>(one.at_ns) / 1e6);
    }
    return "?";
}

std::vector<links::WorldInput> inputs_of(std::vector<Disturbance> const& all, std::uint64_t warm_ns) {
    std::vector<links::WorldInput> inputs;
    for (Disturbance const& one : all) {
        switch (one.kind) {
            case Kind::late:
                inputs.push_back({warm_ns, one.machine, "lapic0", machine::InputKind::late,
                                  little_endian({{one.vector, 2}, {one.number, 8}, {one.ns, 8}})});
                break;
            case Kind::lose:
                inputs.push_back({warm_ns, one.machine, "lapic0", machine::InputKind::lose,
                                  little_endian({{one.vector, 2}, {one.number, 8}})});
                break;
            case Kind::spurious:
                inputs.push_back(
                    {one.at_ns, one.machine, "lapic0", machine::InputKind::interrupt, {one.vector}});
                break;
            default:
                inputs.push_back(frame_fault(one, warm_ns));
        }
    }
    std::stable_sort(inputs.begin(), inputs.end(),
                     [](auto const& a, auto const& b) { return a.at_ns < b.at_ns; });
    return inputs;
}

}  // namespace sim::explore
