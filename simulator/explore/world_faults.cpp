// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/world_faults.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "simulator/explore/injector.hpp"

namespace sim::explore {

FaultsOf parse_faults(std::vector<links::MachineFault> const& lines) {
    FaultsOf faults;
    for (auto const& [line, machine] : lines) {
        auto const parsed = parse_fault(line);
        if (!parsed.fault)
            throw std::runtime_error(
                fmt::format("fault \"{} on {}\": {}", line, machine, parsed.error.explain()));
        if (parsed.fault->on_the_link())
            throw std::runtime_error(
                fmt::format("fault \"{0} on {1}\": frames go wrong on links; want \"from {1}\" or \"to {1}\"",
                            line, machine));
        faults[machine].push_back(*parsed.fault);
    }
    return faults;
}

WorldFaults::WorldFaults(recording::JoinedWorld& world, FaultsOf const& faults,
                         std::function<void(std::string)> told)
    : world_(world) {
    for (auto const& [name, of_machine] : faults) {
        links::Network& network = world.network();
        auto const& injector = injectors_[name] = std::make_unique<Injector>(
            world.machine(name), of_machine,
            [name = name, told](std::string const& text) { told(fmt::format("{}: {}", name, text)); },
            [name = name, &network](machine::Arrival arrival, std::uint64_t at_ns) {
                network.give_on_the_way(name, std::move(arrival), at_ns);
            });
        network.set_runner(
            name, [one = injector.get()](machine::RunLimit const& limit) { return one->run(limit); },
            [one = injector.get()] { return one->waits_for_a_time(); });
    }
}

WorldFaults::~WorldFaults() {
    for (auto const& [name, injector] : injectors_) world_.network().set_runner(name, {});
}

FaultsOf WorldFaults::waiting() const {
    FaultsOf faults;
    for (auto const& [name, injector] : injectors_)
        if (!injector->done()) faults[name] = injector->waiting();
    return faults;
}

}  // namespace sim::explore
