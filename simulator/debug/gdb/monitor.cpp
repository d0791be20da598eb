// SPDX-License-Identifier: GPL-2.0-or-later
//
// The words behind gdb's "monitor".
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "simulator/debug/destination.hpp"
#include "simulator/debug/gdb/machine_target.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/debug/words.hpp"

namespace sim::debug::gdb {

using machine::Moment;

namespace {

// What a word answers, for a person and for a program.
struct Reply {
    std::string text;
    nlohmann::ordered_json json;
};
Reply refused(std::string why) { return {why + "\n", {{"problem", why}}}; }

// " --json" at the end of the line; taken off it.
bool take_json(std::string_view& line) {
    constexpr std::string_view option = "--json";
    line = trimmed(line);
    if (!line.ends_with(option)) return false;
    std::string_view const rest = line.substr(0, line.size() - option.size());
    if (!rest.empty() && !rest.ends_with(' ')) return false;
    line = trimmed(rest);
    return true;
}

}  // namespace

class Monitor {
public:
    Monitor(MachineTarget& target, Voice const& voice) : t_(target), voice_(voice) {}

    std::string obey(std::string_view line) {
        bool const json = take_json(line);
        std::string const question(line);
        Reply const reply = answer(line);
        if (!json) return reply.text;
        nlohmann::ordered_json object = {{"moment", to_string(t_.machine_.moment())}, {"question", question}};
        object["answer"] = reply.json;
        // A guest may have put any bytes in: what is no UTF-8 is replaced.
        return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }

private:
    struct Word {
        std::string_view name;
        std::string_view usage;
        std::string_view meaning;
        Reply (Monitor::*does)(std::string_view rest);
    };
    static std::span<Word const> words() {
        static Word const all[] = {
            {"help", "", "this list", &Monitor::help},
            {"when", "", "the moment, the virtual time, where the processor stands", &Monitor::when},
            {"seek", "MOMENT", "go to 123456, 123456.2, 12.5ms, packet:3, fault:1, start, end ...",
             &Monitor::seek},
            {"fork", "on|off", "whether a change in the past may begin another future", &Monitor::fork},
            {"branches", "", "the futures that are kept", &Monitor::branches},
            {"branch", "NAME|NUMBER", "go to another future, where it was left", &Monitor::branch},
            {"drop-branch", "NAME|NUMBER", "forget a future", &Monitor::drop_branch},
        };
        return all;
    }

    Reply answer(std::string_view line) {
        std::string_view const name = take_word(line);
        if (name.empty()) return help({});
        for (Word const& w : words())
            if (w.name == name) return (this->*w.does)(line);
        for (queries::QuestionWord const& q : queries::question_words())
            if (q.name == name) return question(std::string(name) + " " + std::string(line));
        return refused(fmt::format("no such word: {}; see 'monitor help'", name));
    }

    Reply help(std::string_view) {
        Reply r{"", nlohmann::ordered_json::array()};
        auto const add = [&](std::string_view name, std::string_view usage, std::string_view meaning) {
            r.text += fmt::format("monitor {:<40} {}\n", fmt::format("{} {}", name, usage), meaning);
            r.json.push_back({{"word", name}, {"usage", usage}, {"meaning", meaning}});
        };
        for (Word const& w : words()) add(w.name, w.usage, w.meaning);
        for (queries::QuestionWord const& q : queries::question_words()) add(q.name, q.usage, q.meaning);
        r.text += "with --json behind it each answers on one line of JSON\n";
        return r;
    }

    // Long ones say how far they are, and Ctrl-C ends them.
    Reply question(std::string const& text) {
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
        queries::Scene scene{t_.machine_,     t_.symbols_,        t_.reader_,
                             t_.observation_, std::move(control), t_.processor()};
        queries::Answer answer = queries::ask(scene, text);
        t_.observation_.rewind();
        t_.fresh();
        return {std::move(answer.text), std::move(answer.json)};
    }

    Reply when(std::string_view) {
        machine::Machine& m = t_.machine_;
        std::string const where = t_.symbols_->describe(t_.state().rip);
        Reply r{
            fmt::format("moment {} ({}), at {}\n", to_string(m.moment()), format_ns(m.virtual_ns()), where),
            {{"moment", to_string(m.moment())},
             {"virtual_ns", m.virtual_ns()},
             {"at", where},
             {"known_until", to_string(known())},
             {"ended", m.ended().has_value()}}};
        if (m.moment() < known()) r.text += fmt::format("known until {}\n", to_string(known()));
        if (m.ended()) r.text += "the guest has ended\n";
        return r;
    }

    // Beyond is not known yet: gdb's continue goes there, and can be interrupted.
    Moment known() const { return std::max(t_.machine_.log().edge(), t_.machine_.moment()); }

    Reply seek(std::string_view rest) {
        machine::Machine& m = t_.machine_;
        ParsedPlace const parsed = parse_place(rest);
        if (!parsed.place) return refused(parsed.why);
        Destination const to = destination_of(*parsed.place);
        Moment const edge = known();
        if (!to.bookmark.empty())
            return refused("a bookmark is its recording's, and gdb has none: name a moment");
        if (to.is_moment()) {
            if (!to.is_end() && to.moment > edge)
                return refused(fmt::format("nothing is known after {}: use continue", to_string(edge)));
            t_.go_to(std::min(to.moment, edge));
        } else if (to.group) {
            EventView const events = t_.observation_.events().view();
            auto const number = events.nth(*to.group, to.count);
            if (!number)
                return refused(fmt::format("there is no such event until {}: {} of {}", to_string(edge),
                                           events.group(*to.group).end(), name_of(*to.group)));
            t_.go_to(events.all[*number].at);
        } else {
            Moment const here = m.moment();
            t_.go_to({});
            auto const going = go_to_place(m, t_.observation_, to, edge, {voice_.cancelled, {}});
            // At the edge it is still earlier than that.
            bool const beyond = m.virtual_ns() < to.virtual_ns;
            t_.go_to(going == Going::there && !beyond ? m.moment() : here);
            if (going == Going::cancelled) return refused("interrupted: the machine stands where it stood");
            if (beyond)
                return refused(fmt::format("nothing is known after {}: use continue", to_string(edge)));
        }
        return moved();
    }
    // gdb does not know that the machine stands elsewhere.
    Reply moved() {
        Reply r = when({});
        r.text += "tell gdb: maintenance flush register-cache\n";
        return r;
    }

    Reply fork(std::string_view rest) {
        std::string_view const text = take_word(rest);
        if (text == "on" || text == "off") t_.may_fork_ = text == "on";
        return {
            t_.may_fork_ ? "a change in the past begins another future\n" : "the past cannot be changed\n",
            {{"fork", t_.may_fork_}}};
    }

    Reply branches(std::string_view) {
        Reply r{"", nlohmann::ordered_json::array()};
        for (BranchInfo const& b : t_.branches_.list()) {
            r.text +=
                fmt::format("{} {:>2} {}: {}until {}, {} inputs\n", b.active ? '*' : ' ', b.number, b.name,
                            b.parent ? fmt::format("from {} at {}, ", *b.parent, to_string(b.forked_at)) : "",
                            to_string(b.end), b.inputs);
            nlohmann::ordered_json row = {{"number", b.number}, {"name", b.name}, {"active", b.active}};
            if (b.parent) row.update({{"parent", *b.parent}, {"forked_at", to_string(b.forked_at)}});
            row.update({{"end", to_string(b.end)}, {"inputs", b.inputs}});
            r.json.push_back(std::move(row));
        }
        return r;
    }
    Reply branch(std::string_view rest) {
        auto const number = t_.branches_.find(rest);
        if (!number) return refused(fmt::format("there is no branch {}; see 'monitor branches'", rest));
        if (std::string const why = t_.go_to_branch(*number); !why.empty()) return refused(why);
        return moved();
    }
    Reply drop_branch(std::string_view rest) {
        auto const number = t_.branches_.find(rest);
        if (!number) return refused(fmt::format("there is no branch {}; see 'monitor branches'", rest));
        if (std::string const why = t_.branches_.drop(*number); !why.empty()) return refused(why);
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
