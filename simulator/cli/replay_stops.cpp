// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/replay_stops.hpp"

#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "simulator/cli/go_to.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/debug/stop_text.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/machine/world.hpp"

namespace sim::cli {
namespace {

using debug::RunState;
using nlohmann::json;
using Picture = std::shared_ptr<debug::Snapshot const>;

// A Session on its own thread, so that Ctrl-C ends the longest search.
class Rider {
public:
    explicit Rider(debug::Subject subject) : session_(std::move(subject)) {
        debug::ViewRequest request;
        request.lists = debug::KernelList::threads;
        session_.request(request);
        session_.start([this] { published_.notify_one(); });
    }

    // Until it is done; Ctrl-C pauses it where it is.
    Picture perform(debug::Command command) {
        using namespace std::chrono_literals;
        debug::CommandNumber number = session_.post(std::move(command));
        for (;;) {
            Picture const s = session_.snapshot();
            bool const busy = s->state == RunState::running || s->state == RunState::seeking;
            if (s->last_command.number >= number && !busy) return progress_.clear(), s;
            progress_.show(s->state == RunState::seeking || !s->end.retired
                               ? s->progress
                               : static_cast<double>(s->moment.retired) /
                                     static_cast<double>(s->end.retired));
            if (Interruption::requested() && !paused_) {
                paused_ = true;
                number = session_.post(debug::Pause{});
            }
            std::unique_lock lock(guard_);
            published_.wait_for(lock, 50ms);
        }
    }

private:
    Progress progress_;
    std::mutex guard_;
    std::condition_variable published_;
    bool paused_ = false;
    debug::Session session_;  // the last: its thread ends first
};

std::string source_of(debug::Snapshot const& s) {
    return s.source && s.symbols ? s.symbols->describe(*s.source) : "";
}

std::string thread_of(debug::Snapshot const& s) {
    debug::Thread const* t = s.kernel.thread(s.kernel.current_thread);
    return t ? t->name : "";
}

json json_of(debug::Snapshot const& s) {
    return {{"moment", to_string(s.moment)},
            {"virtual_ns", s.virtual_ns},
            {"reason", s.stop_reason},
            {"processor", s.processor},
            {"rip", fmt::format("{:#x}", s.cpu.rip)},
            {"where", s.location},
            {"source", source_of(s)},
            {"thread", thread_of(s)}};
}

void tell(debug::Snapshot const& s) {
    std::string line = fmt::format("{} ({}): {}\n    at {}", to_string(s.moment),
                                   debug::format_ns(s.virtual_ns), s.stop_reason, s.location);
    if (std::string const source = source_of(s); !source.empty()) line += ", " + source;
    if (std::string const thread = thread_of(s); !thread.empty()) line += fmt::format(", thread {}", thread);
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

bool stopped_by_a_stop(debug::Snapshot const& s) {
    return s.state == RunState::paused && s.stopped_by.has_value();
}

}  // namespace

int run_to_stops(recording::Replay& replay, std::string const& file, StopWords const& words) {
    machine::Moment end = replay.recording().end.at;
    machine::Moment from = words.backwards ? end : machine::Moment{};
    if (!words.from.empty()) from = moment_of(replay, debug::destination_of(words.from));
    debug::Subject subject;
    subject.title = file;
    subject.end = end;
    subject.world = replay.take_world();
    Interruption interruption;
    Rider rider(std::move(subject));
    for (std::string const& text : words.stops) {
        auto const spec = debug::parse_stop(text);
        std::string why;
        if (auto const* problem = std::get_if<std::string>(&spec)) why = *problem;
        if (why.empty())
            if (Picture const s = rider.perform(debug::AddStop{std::get<debug::StopSpec>(spec)});
                !s->last_command.done)
                why = s->last_command.text;
        if (why.empty()) continue;
        say_error("{}", why);
        return status_wrong_use;
    }
    Picture s = rider.perform(debug::SeekTo{from});
    json stops = json::array();
    std::string ending;
    for (std::uint64_t n = 0; n < words.count && !Interruption::requested(); ++n) {
        if (words.backwards)
            s = rider.perform(debug::ContinueBackward{});
        else
            s = rider.perform(debug::Run{});
        if (Interruption::requested()) break;
        if (!stopped_by_a_stop(*s)) {
            ending = s->stop_reason;
            break;
        }
        stops.push_back(json_of(*s));
        if (!words.json) tell(*s);
    }
    bool const interrupted = Interruption::requested();
    if (interrupted) ending = "interrupted at moment " + to_string(s->moment);
    if (words.json) {
        json const line = {{"file", file}, {"stops", stops}, {"ending", ending}};
        print_line(line);
    } else if (!ending.empty()) {
        say("{}{}", stops.empty() ? "nothing stopped: " : "no more stops: ", ending);
    }
    if (interrupted) return status_interrupted;
    return stops.empty() ? status_differs : status_right;
}

}  // namespace sim::cli
