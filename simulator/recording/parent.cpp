// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/parent.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/recording/manifest.hpp"
#include "simulator/recording/recorder.hpp"
#include "simulator/recording/sections.hpp"
#include "simulator/recording/sha256.hpp"

namespace sim::recording {

using machine::Moment;

std::string past_sha256(machine::MachineConfig const& config, std::vector<machine::Input> const& inputs,
                        Moment until) {
    // The versions of the program do not belong to the life.
    auto manifest = nlohmann::json::parse(encode_manifest(config));
    manifest.erase("engine");
    manifest.erase("format");
    Encoder out;
    out.text(manifest.dump());
    InputCodec codec;
    for (machine::Input const& input : inputs)
        if (input.at < until) codec.encode(input, out);
    return sha256(out.result());
}

Parent parent_of(std::string kind, std::string name, machine::MachineConfig const& config,
                 std::vector<machine::Input> const& inputs, Moment at) {
    return {std::move(kind), std::move(name), at, past_sha256(config, inputs, at)};
}

bool comes_from(Recording const& child, Recording const& parent) {
    return child.parent && child.parent->at <= parent.end.at &&
           child.parent->past_sha256 == past_sha256(parent.config, parent.inputs, child.parent->at);
}

std::optional<Moment> common_past(Recording const& one, Recording const& other) {
    if (!manifest_differences(one.config, other.config).empty()) return std::nullopt;
    Moment until = std::min(one.end.at, other.end.at);
    auto const [left, right] =
        std::mismatch(one.inputs.begin(), one.inputs.end(), other.inputs.begin(), other.inputs.end());
    if (left != one.inputs.end()) until = std::min(until, left->at);
    if (right != other.inputs.end()) until = std::min(until, right->at);
    return until;
}

void save_life(std::filesystem::path const& path, machine::Machine& machine,
               std::optional<Parent> const& parent, bool embed) {
    Recorder recorder(path, machine.config(), embed);
    if (parent) recorder.set_parent(*parent);
    recorder.finish(machine);
}

}  // namespace sim::recording
