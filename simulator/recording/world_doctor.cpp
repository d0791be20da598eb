// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/world_doctor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>

namespace sim::recording {
namespace {

using Hashes = std::map<std::string, std::uint64_t>;
constexpr WorldManner manners[] = {WorldManner::straight, WorldManner::again,   WorldManner::stopped,
                                   WorldManner::restored, WorldManner::visited, WorldManner::reversed,
                                   WorldManner::observed};

// Looks at what a machine does and changes nothing.
struct Onlooker final : engine::Observer, machine::MachineObserver {
    std::uint64_t seen = 0;
    void on_interrupt(std::uint8_t, bool, std::uint32_t, engine::VirtAddr) override { ++seen; }
    void on_timer(machine::Machine&, machine::Event const&) override { ++seen; }
};

// One life in one manner.
class WorldLife {
public:
    WorldLife(MakeWorld const& make, WorldManner manner, DoctorOptions const& options)
        : make_(make),
          manner_(manner),
          options_(options),
          random_(options.seed * 31 + static_cast<std::uint64_t>(manner)),
          world_(make(manner == WorldManner::reversed)),
          whole_(world_->network().log()) {
        if (manner == WorldManner::visited) world_->network().set_checkpoint_interval(5'000'000);
        look();
    }
    ~WorldLife() { look_away(); }

    Hashes at(std::uint64_t ns) {
        std::uint64_t const before = world_->network().now_ns();
        auto const between = [&](std::uint64_t low, std::uint64_t high) {
            return low + (high > low ? random_() % (high - low) : 0);
        };
        switch (manner_) {
            case WorldManner::stopped:
                for (std::uint64_t t = before; t < ns; t += 1 + random_() % ((ns - before) / 4 + 1)) run(t);
                break;
            case WorldManner::restored: {
                run(between(before, ns));
                auto const state = world_->network().checkpoint();
                // Into another world, or into this one after it has lived on.
                if (random_() % 2 == 0)
                    world_ = make_(false);
                else
                    run(between(world_->network().now_ns(), ns));
                world_->network().restore(state);
                world_->network().set_log(whole_);
                break;
            }
            case WorldManner::visited:
                run(between(before, ns));
                visit(random_() % (world_->network().now_ns() + 1));
                break;
            default:
                break;
        }
        run(ns);
        return world_->network().hashes();
    }
    JoinedWorld& world() { return *world_; }

private:
    std::function<bool()> stop() const {
        return [this] { return options_.cancelled && options_.cancelled(); };
    }
    void run(std::uint64_t ns) {
        if (!world_->network().run_until(ns, stop()) && stop()()) throw Interrupted();
    }
    void visit(std::uint64_t ns) {
        if (!world_->network().go_to(ns, stop()) && stop()()) throw Interrupted();
    }
    void look() {
        if (manner_ != WorldManner::observed) return;
        for (auto& member : world_->members()) {
            auto& onlooker = *onlookers_.emplace_back(std::make_unique<Onlooker>());
            member.machine->add_observer(onlooker);
            member.machine->set_checkpoint_interval(300'000);
            for (unsigned i = 0; i < member.machine->processors(); ++i)
                member.machine->cpu(i).set_observer(&onlooker);
        }
    }
    void look_away() {
        for (auto& member : world_->members())
            for (auto& onlooker : onlookers_) {
                member.machine->remove_observer(*onlooker);
                for (unsigned i = 0; i < member.machine->processors(); ++i)
                    member.machine->cpu(i).set_observer(nullptr);
            }
    }

    MakeWorld const& make_;
    WorldManner manner_;
    DoctorOptions const& options_;
    std::mt19937_64 random_;
    std::unique_ptr<JoinedWorld> world_;
    links::WorldLog whole_;  // of the whole life: restoring a state forgets what comes after it
    std::vector<std::unique_ptr<Onlooker>> onlookers_;
};

std::vector<std::string> differing(Hashes const& one, Hashes const& other) {
    std::vector<std::string> names;
    for (auto const& [name, hash] : one)
        if (auto const found = other.find(name); found == other.end() || found->second != hash)
            names.push_back(name.empty() ? "the links" : name);
    return names;
}

// The first input that two lives of a machine do not share.
std::string first_input(machine::Machine const& one, machine::Machine const& other) {
    auto const &left = one.log().inputs(), &right = other.log().inputs();
    auto const [a, b] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    if (a == left.end() && b == right.end()) return "its inputs are alike";
    return fmt::format("its input {} is another, at {}", a - left.begin() + 1,
                       a != left.end() ? to_string(a->at) : to_string(b->at));
}

}  // namespace

std::string to_string(WorldManner manner) {
    switch (manner) {
        case WorldManner::straight:
            return "straight";
        case WorldManner::again:
            return "once more";
        case WorldManner::stopped:
            return "stopped at random times";
        case WorldManner::restored:
            return "its state put back, or into another world";
        case WorldManner::visited:
            return "with journeys to its past";
        case WorldManner::reversed:
            return "built in the other order";
        case WorldManner::observed:
            return "observed, with checkpoints";
    }
    return "?";
}

WorldDiagnosis examine_world(MakeWorld const& make, std::uint64_t end_ns, DoctorOptions const& options) {
    WorldDiagnosis diagnosis;
    diagnosis.seed = options.seed;
    diagnosis.end_ns = end_ns;
    std::mt19937_64 random(options.seed);
    std::vector<std::uint64_t> samples{end_ns};
    for (unsigned i = 1; i < std::max(options.samples, 1u); ++i) samples.push_back(random() % (end_ns + 1));
    std::sort(samples.begin(), samples.end());

    std::vector<Hashes> reference;
    WorldLife straight(make, WorldManner::straight, options);
    for (WorldManner const manner : manners) {
        auto& row = diagnosis.rows.emplace_back(WorldDiagnosis::Row{manner, 0, true});
        std::optional<WorldLife> other;
        if (manner != WorldManner::straight) other.emplace(make, manner, options);
        WorldLife& life = other ? *other : straight;
        for (std::size_t i = 0; i < samples.size() && row.same; ++i) {
            Hashes const hashes = life.at(samples[i]);
            if (!other) reference.push_back(hashes);
            row.same = hashes == reference[i];
            row.equal += row.same;
            if (options.progress)
                options.progress(to_string(manner),
                                 static_cast<double>(i + 1) / static_cast<double>(samples.size()));
            if (row.same) continue;
            diagnosis.first_different_ns = samples[i];
            diagnosis.parts = differing(reference[i], hashes);
            std::string more;
            for (auto const& name : diagnosis.parts)
                if (name != "the links")
                    more +=
                        fmt::format("; {}: {}", name,
                                    first_input(straight.world().machine(name), life.world().machine(name)));
            diagnosis.text =
                fmt::format("the world lived {} differs at {:.6f} s in {}{}", to_string(manner),
                            static_cast<double>(samples[i]) / 1e9, fmt::join(diagnosis.parts, ", "), more);
        }
        if (!row.same) return diagnosis;
    }
    diagnosis.same = true;
    diagnosis.hash = straight.world().network().hash();
    diagnosis.text = fmt::format("the same world in {} manners, compared at {} times (seed {})",
                                 std::size(manners), samples.size(), options.seed);
    return diagnosis;
}

}  // namespace sim::recording
