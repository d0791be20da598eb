// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/replay.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "simulator/board/pc.hpp"
#include "simulator/recording/host_memory.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/manifest.hpp"
#include "simulator/recording/stored_checkpoint.hpp"
#include "simulator/recording/trail.hpp"

namespace sim::recording {
namespace {

// In place of an image that is not here: PVH note, one instruction. Never run.
machine::Blob stand_in(machine::Blob const& missing) {
    // An ELF file with one segment of two bytes at 1 MiB, and a note with the entry.
    static std::uint8_t const head[] = {0x7F, 'E', 'L', 'F', 2,  1, 1,  0, 0, 0, 0,    0, 0, 0, 0, 0,
                                        2,    0,   62,  0,   1,  0, 0,  0, 0, 0, 0x10, 0, 0, 0, 0, 0,
                                        64,   0,   0,   0,   0,  0, 0,  0, 0, 0, 0,    0, 0, 0, 0, 0,
                                        0,    0,   0,   0,   64, 0, 56, 0, 2, 0, 64,   0, 0, 0, 0, 0};
    std::vector<std::uint8_t> bytes(std::begin(head), std::end(head));
    auto const number = [&](std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    auto const segment = [&](std::uint32_t type, std::uint64_t offset, std::uint64_t address,
                             std::uint64_t size) {
        number(type, 4), number(5, 4);
        for (std::uint64_t const value : {offset, address, address, size, size, std::uint64_t{4}})
            number(value, 8);
    };
    segment(1, 0x100, 0x100000, 2);  // PT_LOAD
    segment(4, 0xB0, 0, 24);         // PT_NOTE
    number(4, 4), number(8, 4), number(18, 4);
    for (char const letter : {'X', 'e', 'n', '\0'}) bytes.push_back(static_cast<std::uint8_t>(letter));
    number(0x100000, 8);
    bytes.resize(0x100);
    bytes.push_back(0xEB), bytes.push_back(0xFE);
    return {missing.name, missing.sha256,
            std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
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
    : name_(file.string()),
      kept_(std::make_shared<Recording>(read_run_file(file, options.tolerance, options.reading))) {
    find_files(options);
    require_host_memory(recording_.config.memory_bytes);
    if (missing_.empty() && recording_.unknown_fields.empty()) build();
    auto const found = obstacles();
    if (found.empty()) begin_near(options);
    if (found.empty()) return;
    why_not_ = fmt::format("{} cannot be run here: {}", name_, fmt::join(found, "; "));
    if (recording_.checkpoints.empty() || !options.look_only)
        throw RunFileError(fmt::format(
            "{}; {}", why_not_,
            recording_.checkpoints.empty()
                ? "use the Vivarium and the files that it was recorded with"
                : fmt::format("look at its {} checkpoints with viv open", recording_.checkpoints.size())));
    open_by_checkpoints();
}

void Replay::find_files(ReplayOptions const& options) {
    auto& config = recording_.config;
    if (!options.image.empty()) use_image(config.image, options.image, name_);
    for (machine::Blob* blob : blobs_of(config))
        if (!blob->sha256.empty() && !find_blob(*blob))
            missing_.push_back(
                fmt::format("the {} {} (SHA-256 {}) is not inside it, not in {} and not among the built "
                            "images; build the "
                            "version that it was recorded with, or give the file with --kernel",
                            blob == &config.image ? "image" : "file", blob->name, blob->sha256,
                            ImageCache().folder().string()));
}

void Replay::build() {
    world_ = std::make_unique<machine::World>();
    machine_ = &world_->add(board::make_pc(recording_.config));
    machine_->set_log(log());
    machine_->set_replay_only(true);
}

machine::InputLog Replay::log() const {
    return machine::InputLog::shared({kept_, &kept_->inputs}, edge_of(recording_));
}

// Everything that makes this program's machine another than the recorded one.
std::vector<std::string> Replay::obstacles() const {
    std::vector<std::string> found;
    if (!recording_.unknown_fields.empty())
        found.push_back(fmt::format(
            "it was recorded by a newer Vivarium: its machine has {}, which this program does not know",
            fmt::join(recording_.unknown_fields, ", ")));
    if (recording_.engine != engine_version)
        found.push_back(
            fmt::format("it was recorded by engine version {}, this program has version {}, which "
                        "would give another life",
                        recording_.engine, engine_version));
    found.insert(found.end(), missing_.begin(), missing_.end());
    auto const& parts =
        !recording_.hashes.empty() ? recording_.hashes.front().hash.parts : recording_.end.hash.parts;
    if (!machine_ || parts.empty()) return found;
    std::set<std::string> recorded, here;
    for (auto const& part : parts) recorded.insert(part.name);
    for (auto const& part : machine_->hash().parts) here.insert(part.name);
    for (auto const& name : recorded)
        if (!here.contains(name))
            found.push_back(fmt::format("its machine has {}, this program's has not", name));
    for (auto const& name : here)
        if (!recorded.contains(name))
            found.push_back(fmt::format("its machine has no {}, this program's has", name));
    return found;
}

// Whatever cannot be used is named, and the life begins at its beginning.
void Replay::begin_near(ReplayOptions const& options) {
    machine::Moment const moment = std::min(options.near, recording_.end.at);
    for (auto const& file : options.near_files) {
        try {
            if (begin_at(read_near(file, recording_, moment))) return;
        } catch (RunFileError const& error) {
            near_trouble_.push_back(error.what());
        }
    }
}

// Only what this machine can load becomes one of its checkpoints.
bool Replay::begin_at(Near near) {
    auto const beginning = machine_->checkpoint();
    try {
        for (auto const& one : near.all) {
            machine_->restore(*one);
            if (machine_->moment() != one->at) throw machine::StateError("its moments differ");
        }
        machine_->restore(*near.begin);
    } catch (machine::StateError const& error) {
        machine_->restore(*beginning);
        near_trouble_.push_back(fmt::format("{}: a checkpoint cannot be used: {}", name_, error.what()));
        return false;
    }
    for (auto const& one : near.all) machine_->checkpoints().add(one);
    // Of a branch's file the last one says when its end is.
    if (near.all.back()->at == recording_.end.at) recording_.end.virtual_ns = near.all.back()->virtual_ns;
    near_begin_ = std::move(near.begin);
    near_heard_ = std::move(near.heard);
    return true;
}

// A machine that shows what the checkpoints hold. What this program cannot load
// (a device of another version) stays as at power-on, and why_not() says so.
void Replay::open_by_checkpoints() {
    // Only an image can be stood in for: what a missing disk held is not known.
    auto& config = recording_.config;
    if (!config.image.present()) config.image = stand_in(config.image);
    auto const stored = unpack_checkpoints(recording_);
    build();
    machine_->set_log({});  // no future: run() ends at once, wherever it is
    machine_->set_checkpoint_interval(0);
    machine::Checkpoint known = *machine_->checkpoint();
    std::set<std::string> unusable;
    for (auto const& checkpoint : stored) {
        auto shown = std::make_shared<machine::Checkpoint>(known);
        shown->at = checkpoint->at;
        shown->virtual_ns = checkpoint->virtual_ns;
        shown->ram = checkpoint->ram;
        for (auto& overlay : shown->overlays) {
            auto const found =
                std::find_if(checkpoint->overlays.begin(), checkpoint->overlays.end(),
                             [&](auto const& other) { return other.device == overlay.device; });
            if (found != checkpoint->overlays.end() && found->pages.pages() == overlay.pages.pages())
                overlay.pages = found->pages;
            else
                unusable.insert("what is on " + overlay.device);
        }
        for (auto& part : shown->parts) {
            if (unusable.contains(part.name)) continue;
            auto const found = std::find_if(checkpoint->parts.begin(), checkpoint->parts.end(),
                                            [&](auto const& other) { return other.name == part.name; });
            std::vector<std::uint8_t> const usual = part.bytes;
            try {
                if (found == checkpoint->parts.end()) throw machine::StateError("not recorded");
                part.bytes = found->bytes;
                machine_->restore(*shown);
            } catch (machine::StateError const&) {
                part.bytes = usual;
                unusable.insert(part.name);
            }
        }
        machine_->checkpoints().add(shown);
    }
    machine_->restore(*machine_->checkpoints().at_or_before(stored.front()->at));
    why_not_ += fmt::format("; it is shown by its {} checkpoints, view only", stored.size());
    if (!unusable.empty()) why_not_ += fmt::format(" (without {})", fmt::join(unusable, ", "));
}

machine::Moment edge_of(Recording const& recording) {
    machine::Moment const end = recording.end.at;
    return recording.end.ending == Ending::shutdown ? machine::Moment{end.retired + 1, 0} : end;
}

std::function<std::unique_ptr<machine::Machine>()> Replay::maker() const {
    return [config = recording_.config, log = log()] {
        auto machine = board::make_pc(config);
        machine->set_log(log);
        machine->set_replay_only(true);
        return machine;
    };
}

machine::RunResult Replay::run_to_end() {
    machine::RunLimit limit;
    limit.moment = edge_of(recording_);
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
    TrailChecker trail(recording_.trail);
    machine_->add_observer(trail);
    struct Detach {
        machine::Machine& machine;
        TrailChecker& trail;
        ~Detach() { machine.remove_observer(trail); }
    } const detach{*machine_, trail};
    auto const report = [&] {
        if (progress && end.at.retired > 0)
            progress(static_cast<double>(machine_->moment().retired) / static_cast<double>(end.at.retired));
    };
    // The trail is finer than the hashes: the first of the two that differs counts.
    auto const by_trail = [&](std::optional<Verdict> found) {
        verdict.registers_equal = std::max(verdict.last_equal, trail.equal());
        if (!trail.different() || (found && found->interrupted)) return found;
        Verdict differs = verdict;
        differs.first_different = *trail.different();
        differs.components = {"the registers"};
        if (found) differs.components = found->components;
        differs.text =
            fmt::format("{}: differs between moments {} and {} in {} (the whole machine was equal at {})",
                        name_, to_string(verdict.registers_equal), to_string(*trail.different()),
                        fmt::join(differs.components, ", "), to_string(verdict.last_equal));
        return std::optional(differs);
    };
    auto const marks_until = [&](machine::Moment moment) -> std::optional<Verdict> {
        for (auto mark = trail.next_mark(); mark && *mark <= moment; mark = trail.next_mark()) {
            if (auto different = by_trail(compare_at(*mark, *mark, {}, verdict))) return different;
            trail.mark(*machine_);
            if (auto different = by_trail({})) return different;
            if (trail.next_mark() == mark) break;
        }
        return std::nullopt;
    };
    for (HashPoint const& point : recording_.hashes) {
        if (auto different = marks_until(point.at)) return *different;
        if (auto different = by_trail(compare_at(point.at, point.at, point.hash, verdict))) return *different;
        ++verdict.hashes;
        verdict.last_equal = point.at;
        report();
    }
    if (auto different = marks_until(end.at)) return *different;
    if (auto different = by_trail(compare_at(end.at, edge_of(recording_), end.hash, verdict)))
        return *different;
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

Diagnosis Replay::explain(Verdict const& verdict, DoctorOptions options) const {
    options.end = verdict.first_different;
    return examine(maker(), options);
}

}  // namespace sim::recording
