// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/world_replay.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sim::recording {
namespace {

std::vector<std::string> differing(WorldHash const& recorded,
                                   std::map<std::string, std::uint64_t> const& now) {
    std::vector<std::string> names;
    for (auto const& [name, hash] : recorded.parts) {
        auto const found = now.find(name);
        if (found == now.end() || found->second != hash) names.push_back(name.empty() ? "the links" : name);
    }
    if (names.empty() && recorded.parts.size() != now.size()) names.emplace_back("the number of machines");
    return names;
}

std::string seconds(std::uint64_t ns) { return fmt::format("{:.6f} s", static_cast<double>(ns) / 1e9); }

}  // namespace

WorldReplay::WorldReplay(std::filesystem::path const& file)
    : name_(file.string()),
      folder_(file.has_parent_path() ? file.parent_path() : "."),
      recording_(read_world_file(file)) {
    if (recording_.engine != engine_version)
        throw RunFileError(
            fmt::format("{} was recorded by engine version {}, this program has version {}, which would give "
                        "another life; open its machines' recordings by themselves",
                        name_, recording_.engine, engine_version));
    topology_ = links::parse_topology(name_, recording_.topology);
    for (auto const& line : recording_.faults) faults_.push_back(links::parse_fault_line(line));
    for (auto const& one : topology_.machines) {
        if (!recording_.members.contains(one.name))
            throw RunFileError(fmt::format("{}: it names no recording of {}", name_, one.name));
        members_[one.name] = std::make_unique<Replay>(member_path(one.name));
    }
}

std::filesystem::path WorldReplay::member_path(std::string const& name) const {
    return folder_ / recording_.members.at(name);
}

std::unique_ptr<JoinedWorld> WorldReplay::make(bool reversed) const {
    WorldOptions options{topology_, {}, recording_.seed, faults_, false};
    for (auto const& one : options.topology.machines) options.configs.push_back(member(one.name).config);
    auto world = std::make_unique<JoinedWorld>(reversed ? recording::reversed(options) : options);
    world->network().set_log(recording_.log);
    return world;
}

WorldVerdict WorldReplay::verify(std::function<void(double)> const& progress,
                                 std::function<bool()> const& cancelled) const {
    auto const world = make();
    links::Network& network = world->network();
    WorldVerdict verdict;
    auto const differs = [&](std::string text) {
        verdict.first_different_ns = network.now_ns();
        verdict.text = fmt::format("{}: {} (the whole world was equal at {})", name_, std::move(text),
                                   seconds(verdict.last_equal_ns));
        return verdict;
    };
    double told = 0;
    auto const stop = [&] {
        double const part =
            end_ns() ? static_cast<double>(network.now_ns()) / static_cast<double>(end_ns()) : 1;
        if (progress && part >= told + 0.01) progress(told = part);
        return cancelled && cancelled();
    };
    auto const lives_to = [&](std::uint64_t ns) {
        if (network.run_until(ns, stop)) return true;
        verdict.interrupted = true;
        verdict.text = "interrupted";
        return false;
    };
    for (WorldHash const& hash : recording_.hashes) {
        if (!lives_to(hash.at_ns)) return verdict;
        verdict.parts = differing(hash, network.hashes());
        if (!verdict.parts.empty())
            return differs(
                fmt::format("differs at {} in {}", seconds(hash.at_ns), fmt::join(verdict.parts, ", ")));
        ++verdict.hashes;
        verdict.last_equal_ns = hash.at_ns;
    }
    if (!lives_to(end_ns())) return verdict;
    // Each machine's own recording says the same.
    for (auto& one : world->members()) {
        std::string const& name = one.description.name;
        Recording const& alone = member(name);
        auto const& inputs = one.machine->log().inputs();
        auto const [mine, theirs] =
            std::mismatch(inputs.begin(), inputs.end(), alone.inputs.begin(), alone.inputs.end());
        if (mine != inputs.end() || theirs != alone.inputs.end()) {
            verdict.parts = {name};
            return differs(fmt::format("input {} of {} is not the one in {}", mine - inputs.begin() + 1, name,
                                       member_path(name).string()));
        }
        if (one.machine->moment() != alone.end.at || one.machine->hash() != alone.end.hash) {
            verdict.parts = {name};
            return differs(
                fmt::format("the end of {} is not the one in {}", name, member_path(name).string()));
        }
    }
    verdict.same = true;
    verdict.hash = network.hash();
    verdict.text =
        fmt::format("{}: the same life of {} machines: {} of virtual time, {} inputs, {} hashes equal", name_,
                    world->members().size(), seconds(end_ns()), recording_.log.inputs.size(), verdict.hashes);
    return verdict;
}

}  // namespace sim::recording
