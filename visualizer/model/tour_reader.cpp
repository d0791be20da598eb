// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "simulator/debug/place.hpp"
#include "simulator/debug/stop_text.hpp"
#include "simulator/debug/words.hpp"
#include "simulator/links/fault_lines.hpp"
#include "simulator/links/properties.hpp"
#include "visualizer/model/command_line.hpp"
#include "visualizer/model/views.hpp"

namespace viz::model {

using sim::debug::parse_number;
using sim::debug::take_word;
using sim::debug::trimmed;

namespace {

struct Refused {
    std::string what;
};

template <class... A>
[[noreturn]] void refuse(fmt::format_string<A...> format, A&&... a) {
    throw Refused{fmt::format(format, std::forward<A>(a)...)};
}

// Printed on a screen: whole UTF-8, no control characters.
bool printable(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7F) return false;
        std::size_t const more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : 4;
        if (more == 4 || i + more >= text.size()) return false;
        for (std::size_t k = 1; k <= more; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
        i += more + 1;
    }
    return true;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 40 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string text_of(std::string_view keyword, std::string_view text) {
    if (text.empty()) refuse("{} says nothing; write its text behind it", keyword);
    if (text.size() > TourLimits::text_bytes)
        refuse("{} has {} bytes, and nobody reads more than {} at once; make two steps of it", keyword,
               text.size(), TourLimits::text_bytes);
    return std::string(text);
}

std::uint64_t number_of(std::string_view keyword, std::string_view text, std::uint64_t least,
                        std::uint64_t most) {
    auto const number = parse_number(text);
    if (!number || *number < least || *number > most)
        refuse("{} \"{}\": want a number from {} to {}", keyword, text, least, most);
    return *number;
}

// "LEFT => RIGHT"
std::pair<std::string_view, std::string_view> arrow(std::string_view text) {
    constexpr std::string_view sign = " => ";
    std::size_t const at = text.find(sign);
    if (at == std::string_view::npos) return {trimmed(text), {}};
    return {trimmed(text.substr(0, at)), trimmed(text.substr(at + sign.size()))};
}

CommandInfo const* command_named(std::string_view name) {
    for (CommandInfo const& c : all_commands())
        if (c.name == name) return &c;
    return nullptr;
}

// As much of a command's line as can be judged without a machine.
void check_command(std::string const& line) {
    std::string_view rest = line;
    std::string_view const name = take_word(rest);
    CommandInfo const* const command = command_named(name);
    if (!command)
        refuse(
            "\"{}\" is neither a word of tours (say, note, predict, choice, reveal, wait, run, try, end, "
            "expect, "
            "goto, layout, alone, highlight) nor a command; the line mode's help lists the commands",
            name);
    if (!allowed_in_tours(command->id))
        refuse("{} is no part of a tour: it would leave it, or write files; take it out", name);
    switch (command->takes) {
        case Takes::nothing:
        case Takes::number:
        case Takes::view:
        case Takes::perspective:
        case Takes::unit: {
            Model const none;
            auto const argument = parse_argument(*command, rest, none);
            if (auto const* why = std::get_if<std::string>(&argument)) refuse("{}: {}", name, *why);
            break;
        }
        default:
            if (command->needs_argument() && rest.empty())
                refuse("{} {}: {} What it is about is missing", name, command->usage, command->help);
    }
    if (command->id == CommandId::add_stop)
        if (auto const stop = sim::debug::parse_stop(rest); auto const* why = std::get_if<std::string>(&stop))
            refuse("{}: {}", name, *why);
}

class Reader {
public:
    std::variant<TourPtr, TourError> read(std::string_view text) {
        try {
            if (text.size() > TourLimits::file_bytes)
                refuse("a tour of {} bytes is too long: at most {}; make two of it", text.size(),
                       TourLimits::file_bytes);
            lines(text);
            finish();
        } catch (Refused const& refused) {
            return TourError{at_, refused.what};
        }
        return std::make_shared<Tour const>(std::move(tour_));
    }

private:
    // A line that begins with a blank goes on with the one before.
    void lines(std::string_view text) {
        std::string whole;
        unsigned number = 0, begin = 0;
        auto const done = [&] {
            at_ = begin;
            if (!whole.empty()) line(std::exchange(whole, {}));
        };
        while (!text.empty()) {
            std::size_t const end = std::min(text.find('\n'), text.size());
            std::string_view one = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            ++number;
            if (one.ends_with('\r')) one.remove_suffix(1);
            at_ = number;
            if (one.size() > TourLimits::line_bytes)
                refuse("a line of {} bytes; at most {}", one.size(), TourLimits::line_bytes);
            if (!printable(one)) refuse("a character that cannot be shown; want UTF-8 with blanks, no tabs");
            bool const goes_on = one.starts_with(' ');
            std::string_view const content = trimmed(one);
            if (content.empty() || content.starts_with('#')) {
                // An empty line and a remark end what could go on.
                if (!goes_on || content.empty()) done();
                continue;
            }
            if (goes_on) {
                if (whole.empty())
                    refuse("a line that begins with a blank goes on with the one before, and there is none");
                whole += ' ';
                whole += content;
                if (whole.size() > 2 * TourLimits::line_bytes) refuse("this goes on for too long");
                continue;
            }
            done();
            begin = number;
            whole = content;
        }
        done();
        at_ = 0;
    }

    void line(std::string const& whole) {
        std::string_view rest = whole;
        std::string_view const word = take_word(rest);
        if (tour_.name.empty() && word != "tour")
            refuse("a tour begins with \"tour NAME\", not with \"{}\"", word);
        if (word == "step") return begin_step(rest);
        if (tour_.steps.empty()) return head(word, rest);
        action(word, rest, whole);
    }

    void once(bool already, std::string_view word) {
        if (already) refuse("a second \"{}\"; there is one in a tour", word);
    }

    void head(std::string_view word, std::string_view rest) {
        TourMachine& m = tour_.machine;
        if (word == "tour") {
            once(!tour_.name.empty(), word);
            if (!is_name(rest))
                refuse("\"{}\" is no name of a tour: want small letters, digits, - and _", rest);
            tour_.name = rest;
        } else if (word == "title") {
            once(!tour_.title.empty(), word);
            tour_.title = text_of(word, rest);
        } else if (word == "about") {
            once(!tour_.about.empty(), word);
            tour_.about = text_of(word, rest);
        } else if (word == "minutes") {
            tour_.minutes = static_cast<unsigned>(number_of(word, rest, 1, 600));
        } else if (word == "machine") {
            once(!m.application.empty(), word);
            m.application = application(word, rest);
            m.append = rest;
        } else if (word == "memory") {
            m.memory_mib = number_of(word, rest, 1, 4096);
        } else if (word == "seed") {
            m.seed = number_of(word, rest, 0, UINT64_MAX);
        } else if (word == "peer") {
            once(!m.peer.empty(), word);
            std::string const name = application(word, rest);
            m.peer.push_back({name, std::string(rest)});
        } else if (word == "link") {
            once(!m.link.empty(), word);
            checked(word, rest, [&] { sim::links::parse_properties(rest); });
            m.link = rest;
        } else if (word == "fault") {
            if (m.faults.size() >= TourLimits::faults) refuse("more than {} faults", TourLimits::faults);
            checked(word, rest, [&] {
                auto const fault = sim::links::parse_fault_line(rest);
                for (std::string const& name : {fault.from, fault.to, fault.between_a, fault.between_b})
                    if (!name.empty() && name != "machine" && name != "peer")
                        refuse("fault \"{}\": \"{}\" is neither machine nor peer", rest, name);
            });
            m.faults.emplace_back(rest);
        } else if (word == "until") {
            auto const ns = sim::machine::parse_duration(rest);
            constexpr std::uint64_t most = 600'000'000'000;
            if (!ns || *ns == 0 || *ns > most)
                refuse("until \"{}\": want a virtual time such as 200ms, at most 600s", rest);
            m.until_ns = *ns;
        } else {
            refuse(
                "\"{}\" is no word of a tour's head: want title, about, minutes, machine, memory, seed, "
                "peer, "
                "link, fault, until, then \"step TITLE\"",
                word);
        }
    }

    static std::string application(std::string_view word, std::string_view& rest) {
        std::string_view const name = take_word(rest);
        if (!is_name(name)) refuse("{} \"{}\" is no application's name, such as http", word, name);
        return std::string(name);
    }

    template <class F>
    static void checked(std::string_view word, std::string_view, F const& parse) {
        try {
            parse();
        } catch (std::exception const& error) {
            refuse("{}: {}", word, error.what());
        }
    }

    void begin_step(std::string_view title) {
        if (tour_.title.empty()) refuse("before its first step a tour says \"title ...\"");
        if (tour_.machine.application.empty())
            refuse("before its first step a tour says whose life it shows: \"machine APPLICATION\"");
        if (tour_.machine.peer.empty() && !(tour_.machine.link.empty() && tour_.machine.faults.empty()))
            refuse(
                "link and fault are about the cable to a peer, and there is none: add \"peer APPLICATION\"");
        end_step();
        if (tour_.steps.size() >= TourLimits::steps) refuse("more than {} steps", TourLimits::steps);
        tour_.steps.push_back({text_of("step", title), {}, at_});
    }

    void end_step() {
        if (tour_.steps.empty()) return;
        unsigned const here = std::exchange(at_, tour_.steps.back().line);
        if (choosing_) end_choices();
        if (predicted_)
            refuse("step \"{}\" asks and never answers; add \"reveal ...\"", tour_.steps.back().title);
        if (trying_)
            refuse("step \"{}\" begins a try without its end; add \"end try\"", tour_.steps.back().title);
        auto const& actions = tour_.steps.back().actions;
        bool const speaks = std::ranges::any_of(actions, [](TourAction const& a) {
            return std::holds_alternative<TourSay>(a.what) || std::holds_alternative<TourPredict>(a.what) ||
                   std::holds_alternative<TourWait>(a.what) || std::holds_alternative<TourTry>(a.what);
        });
        if (!speaks)
            refuse("step \"{}\" says nothing to the learner; add \"say ...\"", tour_.steps.back().title);
        at_ = here;
    }

    void end_choices() {
        choosing_ = false;
        auto const& predict = std::get<TourPredict>(tour_.steps.back().actions.back().what);
        if (predict.choices.size() < 2)
            refuse("a prediction wants at least two choices; add \"choice CHECK => TEXT\"");
    }

    template <class A>
    void add(A action) {
        auto& actions = tour_.steps.back().actions;
        if (actions.size() >= TourLimits::actions)
            refuse("a step of more than {} lines; make two of it", TourLimits::actions);
        actions.push_back({std::move(action), at_});
    }

    void action(std::string_view word, std::string_view rest, std::string const& whole) {
        if (word == "choice") return choice(rest);
        if (choosing_) end_choices();
        if (word == "say") return add(TourSay{text_of(word, rest)});
        if (word == "note") return add(TourNote{text_of(word, rest)});
        if (word == "predict") {
            auto const& before = tour_.steps.back().actions;
            if (std::ranges::any_of(
                    before, [](TourAction const& a) { return std::holds_alternative<TourPredict>(a.what); }))
                refuse("a second question in one step; begin another step");
            choosing_ = predicted_ = true;
            return add(TourPredict{text_of(word, rest), {}});
        }
        if (word == "reveal") {
            if (!predicted_) refuse("reveal answers nothing; put \"predict ...\" before it");
            predicted_ = false;
            return add(TourReveal{text_of(word, rest)});
        }
        if (word == "expect") return add(TourExpect{check(rest)});
        if (word == "run") return run(rest);
        if (word == "wait") {
            auto const [command, text] = arrow(rest);
            std::string const line = table_line(command);
            check_command(line);
            return add(TourWait{std::string(command), std::string(text)});
        }
        if (word == "try") {
            auto const [name, text] = arrow(rest);
            if (!is_name(name))
                refuse("\"{}\" is no name of a try: want small letters, digits, - and _", name);
            if (trying_) refuse("a try within a try; add \"end try\" first");
            trying_ = true;
            return add(TourTry{std::string(name), text_of("try NAME =>", text)});
        }
        if (word == "end") {
            if (rest != "try" || !trying_)
                refuse("\"{}\" ends nothing; want \"end try\" after \"try NAME\"", whole);
            trying_ = false;
            return add(TourTryEnd{});
        }
        check_command(table_line(whole));
        add(TourDo{whole});
    }

    void choice(std::string_view rest) {
        if (!choosing_) refuse("a choice of nothing; put \"predict ...\" right before it");
        auto& predict = std::get<TourPredict>(tour_.steps.back().actions.back().what);
        if (predict.choices.size() >= TourLimits::choices)
            refuse("more than {} choices; nobody keeps so many in mind", TourLimits::choices);
        auto const [right_if, text] = arrow(rest);
        if (text.empty())
            refuse("choice \"{}\": want \"choice CHECK => TEXT\"; it is right if the check holds", rest);
        predict.choices.push_back({check(right_if), text_of("choice", text)});
    }

    void run(std::string_view rest) {
        std::string_view const how = take_word(rest);
        if (how == "for") return add(TourRunFor{number_of("run for", rest, 1, 1'000'000'000)});
        if (how != "until" || rest.empty())
            refuse(
                "run \"{}\": want \"run until PLACE\", \"run until when CONDITION\" or \"run for "
                "INSTRUCTIONS\"",
                how);
        std::string_view words = rest;
        std::string_view const first = take_word(words);
        bool const stop = std::ranges::any_of(sim::debug::stop_words(),
                                              [&](auto const& known) { return known.name == first; });
        if (stop) {
            auto const parsed = sim::debug::parse_stop(rest);
            if (auto const* why = std::get_if<std::string>(&parsed)) refuse("run until: {}", *why);
        } else if (auto const place = sim::debug::parse_place(rest); !place.place) {
            refuse("run until: {}", place.why);
        }
        add(TourRunUntil{std::string(rest), stop});
    }

    static TourCheck check(std::string_view text) {
        auto parsed = parse_check(text);
        if (auto const* why = std::get_if<std::string>(&parsed)) refuse("{}", *why);
        return std::get<TourCheck>(std::move(parsed));
    }

    void finish() {
        if (tour_.name.empty()) refuse("an empty tour; it begins with \"tour NAME\"");
        if (tour_.steps.empty()) refuse("a tour without steps; add \"step TITLE\"");
        end_step();
    }

    Tour tour_;
    unsigned at_ = 0;
    bool choosing_ = false, predicted_ = false, trying_ = false;
};

}  // namespace

std::string explain(TourError const& error, std::string_view file) {
    return error.line ? fmt::format("{}:{}: {}", file, error.line, error.what)
                      : fmt::format("{}: {}", file, error.what);
}

std::variant<TourPtr, TourError> read_tour(std::string_view text) { return Reader().read(text); }

std::variant<TourCheck, std::string> parse_check(std::string_view given) {
    std::string_view const text = trimmed(given);
    if (text.empty())
        return std::string("a check of nothing: want an expression, VIEW shows TEXT, or at PLACE");
    std::string_view rest = text;
    std::string_view const first = take_word(rest);
    std::string_view more = rest;
    std::string_view const second = take_word(more);
    if (first == "at" && !rest.empty()) {
        if (auto const place = sim::debug::parse_place(rest); !place.place) return "at: " + place.why;
        return TourCheck{TourCheck::Kind::at, "", std::string(rest)};
    }
    if (second == "shows" || second == "hides") {
        auto const view = text_view_named(first);
        if (!view) return fmt::format("\"{}\" is no view with a text; --print lists them", first);
        if (more.empty()) return fmt::format("{} {} what? Write the text behind it", first, second);
        return TourCheck{second == "shows" ? TourCheck::Kind::shows : TourCheck::Kind::hides,
                         std::string(*view), std::string(more)};
    }
    if (text.size() > TourLimits::text_bytes) return std::string("an expression that is too long");
    return TourCheck{TourCheck::Kind::expression, "", std::string(text)};
}

bool allowed_in_tours(CommandId id) {
    if (prompted_by(id)) return false;
    if (info(id).group == "Tour") return false;
    switch (id) {
        case CommandId::palette:
        case CommandId::help:
        case CommandId::quit:
        case CommandId::type_argument:
        case CommandId::save_picture:
        case CommandId::save_branch:
        case CommandId::fork:  // "try" does, and cleans up
        case CommandId::drop_branch:
        case CommandId::history_back:
        case CommandId::history_forward:
        case CommandId::larger:
        case CommandId::smaller:
        case CommandId::normal_size:
        case CommandId::projector:
        case CommandId::next_theme:
        case CommandId::theme:
        case CommandId::maximise:  // of the pane under a pointer
        case CommandId::next_row:  // of wherever somebody stands
        case CommandId::previous_row:
        case CommandId::next_pane:
        case CommandId::previous_pane:
        case CommandId::next_tab:
        case CommandId::previous_tab:
        case CommandId::reset_layout:
            return false;
        default:
            return true;
    }
}

std::string table_line(std::string_view line) {
    std::string_view rest = line;
    std::string_view const word = take_word(rest);
    constexpr std::pair<std::string_view, std::string_view> own[] = {
        {"goto", "go.place"}, {"layout", "perspective"}, {"alone", "view.alone"}, {"highlight", "select"}};
    for (auto const& [mine, command] : own)
        if (word == mine) return rest.empty() ? std::string(command) : fmt::format("{} {}", command, rest);
    return std::string(line);
}

bool bound_to_build(std::string_view text) {
    auto const parsed = sim::debug::parse_place(text);
    if (!parsed.place) return false;
    using Kind = sim::debug::Place::Kind;
    if (parsed.place->kind == Kind::time) return true;
    return parsed.place->kind == Kind::moment && parsed.place->moment != sim::machine::Moment{};
}

}  // namespace viz::model
