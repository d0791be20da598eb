// SPDX-License-Identifier: GPL-2.0-or-later
//
// The words behind gdb's "monitor".
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "simulator/debug/gdb/machine_target.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/debug/words.hpp"

namespace sim::debug::gdb {

using machine::Moment;

class Monitor {
public:
    Monitor(MachineTarget& target, Voice const& voice) : t_(target), voice_(voice) {}

    std::string obey(std::string_view line) {
        std::string_view const name = take_word(line);
        for (Word const& w : words())
            if (w.name == name) return (this->*w.does)(line);
        if (name.empty()) return help({});
        for (queries::QuestionWord const& q : queries::question_words())
            if (q.name == name) return question(std::string(name) + " " + std::string(line));
        return fmt::format("no such word: {}; see 'monitor help'", name);
    }

private:
    struct Word {
        std::string_view name;
        std::string_view usage;
        std::string_view meaning;
        std::string (Monitor::*does)(std::string_view rest);
    };
    static std::span<Word const> words() {
        static Word const all[] = {
            {"help", "", "this list", &Monitor::help},
            {"when", "", "the moment, the virtual time, where the processor stands", &Monitor::when},
            {"seek", "MOMENT", "go to a moment: 123456, 123456.2, start, end", &Monitor::seek},
            {"fork", "on|off", "whether a change in the past may begin another future", &Monitor::fork},
            {"branches", "", "the futures that are kept", &Monitor::branches},
            {"branch", "NAME|NUMBER", "go to another future, where it was left", &Monitor::branch},
            {"drop-branch", "NAME|NUMBER", "forget a future", &Monitor::drop_branch},
        };
        return all;
    }

    std::string help(std::string_view) {
        std::string text;
        for (Word const& w : words()) {
            std::string const left = fmt::format("{} {}", w.name, w.usage);
            text += fmt::format("monitor {:<40} {}\n", left, w.meaning);
        }
        for (queries::QuestionWord const& q : queries::question_words())
            text += fmt::format("monitor {:<40} {}\n", fmt::format("{} {}", q.name, q.usage), q.meaning);
        return text;
    }

    // Long ones say how far they are, and Ctrl-C ends them.
    std::string question(std::string const& text) {
        using Clock = std::chrono::steady_clock;
        auto next = Clock::now() + std::chrono::seconds(2);
        SearchControl control;
        control.cancelled = voice_.cancelled;
        control.progress = [&](double part, Moment at) {
            if (Clock::now() < next) return;
            next = Clock::now() + std::chrono::seconds(2);
            voice_.say(fmt::format("{:3.0f} %, at moment {}\n", part * 100, to_string(at)));
        };
        t_.observation_.rewind();
        queries::Scene scene{t_.machine_, t_.symbols_, t_.reader_, t_.observation_, std::move(control)};
        queries::Answer const answer = queries::ask(scene, text);
        t_.observation_.rewind();
        t_.fresh();
        return answer.text;
    }

    std::string when(std::string_view) {
        machine::Machine& m = t_.machine_;
        std::string text = fmt::format("moment {} ({}), at {}\n", to_string(m.moment()),
                                       format_ns(m.virtual_ns()), t_.symbols_->describe(t_.state().rip));
        Moment const edge = m.log().edge();
        if (m.moment() < edge) text += fmt::format("known until {}\n", to_string(edge));
        if (m.ended()) text += "the guest has ended\n";
        return text;
    }

    std::string seek(std::string_view rest) {
        std::string_view const text = take_word(rest);
        machine::Machine& m = t_.machine_;
        std::optional<Moment> to = machine::parse_moment(text);
        if (text == "start" || text == "begin") to = Moment{};
        if (text == "end") to = m.log().edge();
        if (!to) return fmt::format("{} is no moment: want 123456, 123456.2, start or end\n", text);
        // Beyond is not known yet: gdb's continue goes there, and can be interrupted.
        if (Moment const known = std::max(m.log().edge(), m.moment()); *to > known)
            return fmt::format("nothing is known after {}: use continue\n", to_string(known));
        t_.go_to(*to);
        return when({}) + "tell gdb: maintenance flush register-cache\n";
    }

    std::string fork(std::string_view rest) {
        std::string_view const text = take_word(rest);
        if (text == "on" || text == "off") t_.may_fork_ = text == "on";
        return t_.may_fork_ ? "a change in the past begins another future\n" : "the past cannot be changed\n";
    }

    std::string branches(std::string_view) {
        std::string text;
        for (BranchInfo const& b : t_.branches_.list())
            text +=
                fmt::format("{} {:>2} {}: {}until {}, {} inputs\n", b.active ? '*' : ' ', b.number, b.name,
                            b.parent ? fmt::format("from {} at {}, ", *b.parent, to_string(b.forked_at)) : "",
                            to_string(b.end), b.inputs);
        return text;
    }
    std::string branch(std::string_view rest) {
        auto const number = t_.branches_.find(rest);
        if (!number) return fmt::format("there is no branch {}; see 'monitor branches'\n", rest);
        if (std::string const why = t_.go_to_branch(*number); !why.empty()) return why + "\n";
        return when({}) + "tell gdb: maintenance flush register-cache\n";
    }
    std::string drop_branch(std::string_view rest) {
        auto const number = t_.branches_.find(rest);
        if (!number) return fmt::format("there is no branch {}; see 'monitor branches'\n", rest);
        if (std::string const why = t_.branches_.drop(*number); !why.empty()) return why + "\n";
        t_.parked_.erase(*number);
        return branches({});
    }

    MachineTarget& t_;
    Voice const& voice_;
};

std::string MachineTarget::monitor(std::string_view line, Voice const& voice) {
    return Monitor(*this, voice).obey(line);
}

}  // namespace sim::debug::gdb
