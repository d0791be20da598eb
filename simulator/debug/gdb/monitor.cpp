// SPDX-License-Identifier: GPL-2.0-or-later
//
// The words behind gdb's "monitor".
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/gdb/machine_target.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug::gdb {

using machine::Moment;

class Monitor {
public:
    Monitor(MachineTarget& target, Voice const& voice) : t_(target), voice_(voice) {}

    std::string obey(std::string_view line) {
        std::string_view const name = word(line);
        for (Word const& w : words())
            if (w.name == name) return (this->*w.does)(line);
        if (name.empty()) return help({});
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
            {"seek", "MOMENT", "go to a moment: 123456, 123456.2, 12.5ms, begin, end", &Monitor::seek},
            {"threads", "", "the kernel's threads", &Monitor::threads},
            {"fork", "on|off", "whether a change in the past may begin another future", &Monitor::fork},
        };
        return all;
    }

    // Takes the first word off.
    static std::string_view word(std::string_view& line) {
        std::size_t const begin = std::min(line.find_first_not_of(' '), line.size());
        std::size_t const end = std::min(line.find(' ', begin), line.size());
        std::string_view const w = line.substr(begin, end - begin);
        std::size_t const rest = std::min(line.find_first_not_of(' ', end), line.size());
        line.remove_prefix(rest);
        return w;
    }

    std::string help(std::string_view) {
        std::string text;
        for (Word const& w : words()) {
            std::string const left = fmt::format("{} {}", w.name, w.usage);
            text += fmt::format("monitor {:<28} {}\n", left, w.meaning);
        }
        return text;
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

    std::string threads(std::string_view) {
        std::string text;
        for (ThreadInfo const& t : t_.threads())
            text += fmt::format("{} {:>3}  {:<24} {}\n", t.id == t_.current_thread() ? '*' : ' ', t.id,
                                t.name, t.extra);
        if (!t_.kernel().problem.empty()) text += t_.kernel().problem + "\n";
        if (auto const& problem = t_.kernel().threads_health.problem; !problem.empty())
            text += problem + "\n";
        return text;
    }

    std::string seek(std::string_view rest) {
        std::string_view const text = word(rest);
        machine::Machine& m = t_.machine_;
        std::optional<Moment> to = machine::parse_moment(text);
        if (text == "begin") to = Moment{};
        if (text == "end") to = m.log().edge();
        if (!to) return fmt::format("{} is no moment: want 123456, 123456.2, begin or end", text);
        m.interrupt();
        t_.go_to(*to);
        return when({}) + "tell gdb: maintenance flush register-cache\n";
    }

    std::string fork(std::string_view rest) {
        std::string_view const text = word(rest);
        if (text == "on" || text == "off") t_.may_fork_ = text == "on";
        return t_.may_fork_ ? "a change in the past begins another future\n" : "the past cannot be changed\n";
    }

    MachineTarget& t_;
    Voice const& voice_;
};

std::string MachineTarget::monitor(std::string_view line, Voice const& voice) {
    return Monitor(*this, voice).obey(line);
}

}  // namespace sim::debug::gdb
