// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/replay.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "simulator/board/pc.hpp"
#include "simulator/recording/host_memory.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/manifest.hpp"

namespace sim::recording {
namespace {

bool find_among_built(machine::Blob& blob) {
    for (auto const& application : known_applications()) {
        machine::Blob const built = read_blob(image_of(application));
        if (built.sha256 != blob.sha256) continue;
        blob.bytes = built.bytes;
        return true;
    }
    return false;
}

void find_blob(machine::Blob& blob, char const* what, std::string const& recording) {
    ImageCache const cache;
    if (blob.present() || cache.fetch(blob) || find_among_built(blob)) return;
    throw RunFileError(
        fmt::format("{} was recorded with the {} {} (SHA-256 {}), which is not inside it, not in {} and not "
                    "among the built images; "
                    "build the version that it was recorded with, or give the file with --kernel",
                    recording, what, blob.name, blob.sha256, cache.folder().string()));
}

void use_image(machine::Blob& wanted, std::filesystem::path const& file, std::string const& recording) {
    machine::Blob const given = read_blob(file);
    if (given.sha256 != wanted.sha256)
        throw RunFileError(
            fmt::format("{} was recorded with another image: {} with SHA-256 {}, but {} has {}; give that "
                        "very file, or record again",
                        recording, wanted.name, wanted.sha256, file.string(), given.sha256));
    wanted.bytes = given.bytes;
}

std::vector<std::string> differing(machine::MachineHash const& recorded, machine::MachineHash const& now) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::max(recorded.parts.size(), now.parts.size()); ++i) {
        if (i >= recorded.parts.size())
            names.push_back(now.parts[i].name + " (not recorded)");
        else if (i >= now.parts.size() || now.parts[i].name != recorded.parts[i].name)
            names.push_back(recorded.parts[i].name + " (not in this machine)");
        else if (now.parts[i].hash != recorded.parts[i].hash)
            names.push_back(now.parts[i].name);
    }
    if (names.empty() && recorded.total != now.total) names.push_back("the total");
    return names;
}

std::string describe(machine::RunResult const& result) {
    switch (result.stop) {
        case machine::RunStop::exited:
            return fmt::format("the guest exited with {}", result.status);
        case machine::RunStop::shutdown:
            return "triple fault";
        case machine::RunStop::halted:
            return "the guest halted for ever";
        case machine::RunStop::diverged:
            return result.message;
        default:
            return "the inputs are used up";
    }
}

std::string describe(End const& end) {
    return end.ending == Ending::exited ? fmt::format("the guest exited with {}", end.status)
                                        : to_string(end.ending);
}

}  // namespace

Replay::Replay(std::filesystem::path const& file, ReplayOptions const& options)
    : name_(file.string()), recording_(read_run_file(file, options.tolerance)) {
    if (recording_.engine != engine_version)
        throw RunFileError(
            fmt::format("{} was recorded by engine version {}, this program has version {}, which would give "
                        "another life; use the Vivarium that recorded it",
                        name_, recording_.engine, engine_version));
    if (!recording_.unknown_fields.empty())
        throw RunFileError(fmt::format(
            "{} was recorded by a newer Vivarium: its machine has {}, which this program does not know; use "
            "the Vivarium that recorded it",
            name_, fmt::join(recording_.unknown_fields, ", ")));
    auto& config = recording_.config;
    if (!options.image.empty()) use_image(config.image, options.image, name_);
    for (machine::Blob* blob : blobs_of(config))
        if (!blob->sha256.empty()) find_blob(*blob, blob == &config.image ? "image" : "file", name_);

    require_host_memory(config.memory_bytes);
    world_ = std::make_unique<machine::World>();
    machine_ = &world_->add(board::make_pc(config));
    machine_->set_log(machine::InputLog(recording_.inputs, edge()));
    machine_->set_replay_only(true);
}

// A triple fault happens to an instruction that never completes: its moment is
// the one before, and the run must be let beyond.
machine::Moment Replay::edge() const {
    machine::Moment edge = recording_.end.at;
    if (recording_.end.ending == Ending::shutdown) edge = {edge.retired + 1, 0};
    return edge;
}

std::function<std::unique_ptr<machine::Machine>()> Replay::maker() const {
    return [config = recording_.config, log = machine::InputLog(recording_.inputs, edge())] {
        auto machine = board::make_pc(config);
        machine->set_log(log);
        machine->set_replay_only(true);
        return machine;
    };
}

machine::RunResult Replay::run_to_end() {
    machine::RunLimit limit;
    limit.moment = edge();
    return machine_->run(limit);
}

// Runs until `target`, which should come to an end at `at`. A verdict if that, or
// the machine there, is not as recorded.
std::optional<Verdict> Replay::compare_at(machine::Moment at, machine::Moment target,
                                          machine::MachineHash const& recorded, Verdict const& so_far) {
    Verdict verdict = so_far;
    verdict.same = false;
    machine::RunResult result;
    if (machine_->moment() < target) result = machine_->run({.moment = target});
    verdict.first_different = machine_->moment();
    if (result.stop == machine::RunStop::interrupted) {
        verdict.interrupted = true;
        verdict.text = "interrupted";
        return verdict;
    }
    if (machine_->moment() != at) {
        verdict.components = {"the course of events"};
        verdict.text =
            fmt::format("{}: differs at moment {}: {}, where the recording lives on to {}", name_,
                        to_string(machine_->moment()), describe(result), to_string(recording_.end.at));
        return verdict;
    }
    if (recorded.parts.empty()) return std::nullopt;  // nothing to compare with
    auto const now = machine_->hash();
    if (now == recorded) return std::nullopt;
    verdict.components = differing(recorded, now);
    verdict.text = fmt::format("{}: differs at moment {} in {} (equal until {})", name_, to_string(at),
                               fmt::join(verdict.components, ", "), to_string(so_far.last_equal));
    return verdict;
}

Verdict Replay::verify(std::function<void(double)> const& progress) {
    Verdict verdict;
    End const& end = recording_.end;
    auto const report = [&] {
        if (progress && end.at.retired > 0)
            progress(static_cast<double>(machine_->moment().retired) / static_cast<double>(end.at.retired));
    };
    for (HashPoint const& point : recording_.hashes) {
        if (auto different = compare_at(point.at, point.at, point.hash, verdict)) return *different;
        ++verdict.hashes;
        verdict.last_equal = point.at;
        report();
    }
    if (auto different = compare_at(end.at, edge(), end.hash, verdict)) return *different;
    if (!end.hash.parts.empty()) {
        ++verdict.hashes;
        verdict.last_equal = end.at;
    }
    report();
    auto const& ended = machine_->ended();
    bool const same_ending =
        end.ending == Ending::stopped ? !ended : ended && describe(*ended) == describe(end);
    if (!same_ending) {
        verdict.first_different = end.at;
        verdict.components = {"the ending"};
        verdict.text =
            fmt::format("{}: ends differently at moment {}: {}, recorded: {}", name_, to_string(end.at),
                        ended ? describe(*ended) : "the guest lives on", describe(end));
        return verdict;
    }
    verdict.same = true;
    verdict.hash = machine_->hash().total;
    verdict.text = fmt::format(
        "{}: the same life: {} instructions, {:.3f} s of virtual time, {} inputs, {} hashes equal", name_,
        end.at.retired, static_cast<double>(end.virtual_ns) / 1e9, recording_.inputs.size(), verdict.hashes);
    return verdict;
}

}  // namespace sim::recording
