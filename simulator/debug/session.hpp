// SPDX-License-Identifier: GPL-2.0-or-later
//
// A simulated machine under observation, and the only door to it for the
// visualizer, the text views and the tests. The Session owns the World, and runs it
// in slices of at most 5 ms; between them it takes commands and publishes a
// Snapshot. See watched_machine.hpp for the ways to drive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/heard.hpp"
#include "simulator/debug/scene.hpp"
#include "simulator/debug/watched_machine.hpp"

namespace sim::machine {
class World;
}

namespace sim::debug {

// What is to be watched.
struct Subject {
    // Whatever must live as long as the world and die after it; may be empty.
    std::shared_ptr<void> keeper;
    // One machine, at any moment; joined to the outside if it is live, loaded
    // with a recorded life if it is a replay. The image's debug info, probes and
    // views are found in its configuration.
    std::unique_ptr<machine::World> world;
    std::string title;
    std::shared_ptr<Symbols const> symbols{};  // of its image, if somebody knows them already
    std::string views_text;  // contents of a views.query; empty: the one inside the image
    bool live = false;
    bool can_execute = true;
    // Known end of a recording, for the time line. Zero: the end is what has been reached.
    machine::Moment end;
    std::uint64_t end_ns = 0;
    std::vector<recording::Bookmark> bookmarks;  // of the recording
    // Told all of them when a person has changed one; empty: they last as long as the
    // session. What it throws (std::runtime_error) is why the change is refused.
    std::function<void(std::vector<recording::Bookmark> const&)> keep_bookmarks;
    // Called after each slice on the driving thread, with the machine at rest: a
    // live machine's recording is brought up to date here (recording::Live). What it
    // throws (std::runtime_error) stops the machine, is told, and it is not called again.
    std::function<void(machine::World&)> after_slice;
    // The same for who keeps where one stands: after each slice, and after commands when
    // nothing moves, perhaps for long (`at_rest`). `heard` tells what was heard until now.
    // Throws nothing.
    std::function<void(machine::Machine&, bool at_rest, std::function<HeardBefore()> const& heard)> keep;
    // The machine stands in the middle of its life, and what was before is not known
    // yet: it is lived again beside, on machines made here, while nobody moves this one.
    struct Middle {
        machine::CheckpointPtr begin;  // where the machine stands
        HeardBefore heard;
        std::function<std::unique_ptr<machine::Machine>()> maker;
    };
    std::optional<Middle> middle{};
};

struct SessionOptions {
    bool start_running = false;
    std::size_t max_events = std::size_t{1} << 20;
    bool probes = true;  // watch the kernel's probes
    Asker asker = {};    // answers Ask; empty: questions are refused
    // Gives up what takes long: a question, a comparison, a search of the past.
    // Asked every few milliseconds by the driver; empty: only commands do.
    std::function<bool()> cancelled = {};
    // Told how far a question or a comparison is, by the driver; may be empty.
    std::function<void(double share)> progress = {};
    unsigned slice_ms = 4;    // of host time, between looks at commands and requests
    unsigned publish_ms = 8;  // of host time, between snapshots while it runs
};

class Session final : public WatchedMachine {
public:
    explicit Session(Subject, SessionOptions = {});
    ~Session() override;  // stops the thread
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;

    std::shared_ptr<Snapshot const> snapshot() const override;
    void request(ViewRequest) override;
    CommandNumber post(Command) override;
    std::shared_ptr<Symbols const> symbols() const override;
    void start(std::function<void()> published = {}) override;
    void stop() override;
    bool advance() override;

    // The machine itself, for the owner of a session with no thread (tests, verdicts).
    machine::World& world();

private:
    class Driver;
    std::unique_ptr<Driver> driver_;
};

}  // namespace sim::debug
