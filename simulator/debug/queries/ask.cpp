// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/ask.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/expression.hpp"
#include "simulator/debug/queries/report.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/debug/words.hpp"

namespace sim::debug::queries {

namespace {

constexpr unsigned most_links = 32;
constexpr std::size_t most_events = 200;
constexpr std::uint64_t most_followed = 8;

struct Wrong {
    std::string text;
};

// "--chain 5" anywhere in the line; taken out of it.
std::optional<std::uint64_t> take_option(std::string& line, std::string_view name) {
    std::size_t const at = line.find(name);
    if (at == std::string::npos) return std::nullopt;
    std::string_view rest = std::string_view(line).substr(at + name.size());
    std::string const value(take_word(rest));
    std::string const tail(rest);
    line = line.substr(0, at) + tail;
    while (line.ends_with(' ')) line.pop_back();
    auto const n = parse_number(value);
    if (!n) throw Wrong{fmt::format("{} wants a number", name)};
    return n;
}

// A place in memory as a person names it: an address, "phys:0x1000", an
// expression; of an object its own place and size.
struct Place {
    AddressSpace space = AddressSpace::virtual_;
    std::uint64_t address = 0;
    std::uint64_t length = 8;
    std::uint32_t type = 0;  // of the object there; 0: none, or unknown
};
Place place(Scene const& scene, std::string_view text) {
    if (text.empty()) throw Wrong{"where? An address, phys:ADDRESS or an object's name"};
    Place p;
    if (text.starts_with("phys:")) {
        auto const n = parse_number(text.substr(5));
        if (!n) throw Wrong{fmt::format("{} is no physical address", text)};
        return {AddressSpace::physical, *n, 8};
    }
    if (auto const n = parse_number(text)) return {AddressSpace::virtual_, *n, 8};
    auto const compiled = Expression::compile(text, scene.symbols);
    if (!compiled) throw Wrong{compiled.error.explain()};
    Value const v = compiled.expression->evaluate(scene.cpu().state(), scene.memory());
    if (!v) throw Wrong{fmt::format("{}: {}", text, v.problem)};
    if (v.address) {
        p.space = v.physical ? AddressSpace::physical : AddressSpace::virtual_;
        p.address = *v.address;
        std::uint64_t const size = v.type ? scene.symbols->types().size_of(v.type) : v.size;
        p.type = v.type;
        p.length = std::clamp<std::uint64_t>(size ? size : v.size, 1, max_written_range);
        return p;
    }
    p.address = v.number;
    return p;
}

template <class Result>
Answer answer(Result const& r, Symbols const& symbols) {
    Answer a;
    a.understood = true;
    a.text = text_of(r, symbols);
    a.json = json_of(r, symbols);
    if constexpr (requires { r.cancelled; }) a.cancelled = r.cancelled;
    return a;
}

Answer plain(std::string text, nlohmann::json json) {
    return {true, false, std::move(text), std::move(json)};
}

Answer ask_last_write(Scene& scene, std::string_view rest) {
    std::string line(rest);
    std::uint64_t const links = take_option(line, "--chain").value_or(1);
    // "PLACE LENGTH": the last word is a length when something stands before it.
    std::optional<std::uint64_t> length;
    if (auto const space = line.rfind(' '); space != std::string::npos)
        if ((length = parse_number(std::string_view(line).substr(space + 1)))) line.resize(space);
    Place const p = place(scene, line);
    Resolved const r = resolve(scene, p.space, p.address, length.value_or(p.length));
    if (!r.problem.empty()) throw Wrong{r.problem};
    unsigned const most = static_cast<unsigned>(std::clamp<std::uint64_t>(links, 1, most_links));
    return answer(last_write(scene, r.range, most), *scene.symbols);
}

Answer ask_why_mapped(Scene& scene, std::string_view rest) {
    Place const p = place(scene, rest);
    if (p.space == AddressSpace::physical)
        throw Wrong{"a physical address is not mapped: ask for a virtual one"};
    return answer(why_mapped(scene, p.address), *scene.symbols);
}

Answer ask_frame(Scene& scene, std::string_view rest) {
    Place const p = place(scene, rest);
    auto const physical =
        p.space == AddressSpace::physical ? std::optional(p.address) : scene.memory().translate(p.address);
    if (!physical)
        throw Wrong{fmt::format("{:#x} is not mapped; phys:ADDRESS asks for a physical one", p.address)};
    return answer(frame_history(scene, *physical / 4096), *scene.symbols);
}

// A name is one of a lock that is held, or an object's that is a lock. Anything else is
// looked for in the past first: what is no lock may be called as one is, "network".
Answer ask_lock(Scene& scene, std::string_view rest) {
    if (auto const address = parse_number(rest)) return answer(lock_history(scene, *address), *scene.symbols);
    if (auto const held = lock_held(scene, rest)) return answer(lock_history(scene, *held), *scene.symbols);
    std::optional<Place> there;
    std::string why;
    try {
        there = place(scene, rest);
    } catch (Wrong const& wrong) {
        why = wrong.text;
    }
    if (!there || !is_lock(scene, there->type)) {
        if (auto const named = lock_taken(scene, rest))
            return answer(lock_history(scene, *named), *scene.symbols);
        if (scene.cancelled()) return {true, true, "cancelled\n", {{"problem", "cancelled"}}};
    }
    if (there) return answer(lock_history(scene, there->address), *scene.symbols);
    throw Wrong{fmt::format("no lock of that name was taken before this moment; {}", why)};
}

Answer ask_packet(Scene& scene, std::string_view rest) {
    auto const n = parse_number(take_word(rest));
    if (!n) throw Wrong{"which packet? Counted from 1, as in packet:3"};
    return answer(packet_touch(scene, *n), *scene.symbols);
}

Answer ask_first_true(Scene& scene, std::string_view rest) {
    auto const compiled = Expression::compile(rest, scene.symbols);
    if (!compiled) throw Wrong{compiled.error.explain()};
    return answer(first_true(scene, *compiled.expression), *scene.symbols);
}

Answer ask_accesses(Scene& scene, std::string_view rest) {
    auto const n = rest.empty() ? std::optional(instructions_counted) : parse_number(rest);
    if (!n || *n == 0 || *n > most_instructions_counted)
        throw Wrong{fmt::format("how many instructions? 1 to {}", most_instructions_counted)};
    return answer(accesses(scene, *n), *scene.symbols);
}

Answer ask_print(Scene& scene, std::string_view rest) {
    std::string line(rest);
    std::uint64_t const follow = take_option(line, "--follow").value_or(0);
    auto const compiled = Expression::compile(line, scene.symbols);
    if (!compiled) throw Wrong{compiled.error.explain()};
    engine::CpuState const cpu = scene.cpu().state();
    GuestMemory const memory = scene.memory();
    Value const v = compiled.expression->evaluate(cpu, memory);
    if (!v) throw Wrong{fmt::format("{}: {}", line, v.problem)};
    ValueTree const tree = compiled.expression->tree(
        v, memory, {.follow = static_cast<unsigned>(std::min(follow, most_followed))});
    nlohmann::json json = {{"expression", line}};
    json.update(json_of(tree));
    return plain(fmt::format("{} = {}", line, many_lines(tree)), std::move(json));
}

KernelView kernel_now(Scene& scene, KernelList lists) {
    return scene.kernel.read(lists, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
}

Answer ask_threads(Scene& scene, std::string_view) {
    KernelView const k = kernel_now(scene, KernelList::threads);
    std::string text;
    nlohmann::json rows = nlohmann::json::array();
    for (Thread const& t : k.threads) {
        text += fmt::format("{} {:>3}  {:<24} {}\n", t.address == k.current_thread ? '*' : ' ', t.id, t.name,
                            t.state);
        rows.push_back({{"id", t.id}, {"name", t.name}, {"state", t.state}, {"running", t.running}});
    }
    std::string const problem = k.problem.empty() ? k.threads_health.problem : k.problem;
    if (!problem.empty()) text += problem + "\n";
    return plain(std::move(text), {{"threads", rows}, {"problem", problem}});
}

Answer ask_locks(Scene& scene, std::string_view) {
    KernelView const k = kernel_now(scene, KernelList::locks | KernelList::threads);
    std::string text;
    nlohmann::json rows = nlohmann::json::array();
    auto name = [&](std::uint64_t thread) {
        Thread const* t = k.thread(thread);
        return t ? t->name : fmt::format("{:#x}", thread);
    };
    for (Lock const& l : k.locks) {
        nlohmann::json waiters = nlohmann::json::array();
        text += fmt::format("{:#x}  {:<20} held by {}", l.address, l.name, name(l.owner));
        for (std::uint64_t w : l.waiters) {
            text += fmt::format(", {} waits", name(w));
            waiters.push_back(name(w));
        }
        text += '\n';
        rows.push_back({{"address", fmt::format("{:#x}", l.address)},
                        {"name", l.name},
                        {"owner", name(l.owner)},
                        {"waiters", waiters}});
    }
    std::string const problem = k.problem.empty() ? k.locks_health.problem : k.problem;
    if (!problem.empty())
        text += problem + "\n";
    else if (k.locks.empty())
        text += "no lock is held\n";
    return plain(std::move(text), {{"locks", rows}, {"problem", problem}});
}

Answer ask_events(Scene& scene, std::string_view rest) {
    std::uint64_t const most = parse_number(take_word(rest)).value_or(20);
    EventView const events = scene.events();
    std::uint64_t const end = events.first_at_or_after(scene.machine.moment());
    std::uint64_t const count = std::min<std::uint64_t>({most, most_events, end - events.all.begin()});
    std::string text;
    nlohmann::json rows = nlohmann::json::array();
    for (std::uint64_t n = end - count; n < end; ++n) {
        Event const& e = events.all[n];
        text += fmt::format("{:>12}  {}\n", to_string(e.at), describe(n, events));
        rows.push_back({{"moment", to_string(e.at)},
                        {"virtual_ns", e.virtual_ns},
                        {"kind", name_of(e.kind)},
                        {"text", describe(n, events)}});
    }
    if (count == 0) text = "no events yet\n";
    return plain(std::move(text), {{"events", rows}});
}

// In the order of question_words().
constexpr Answer (*answers[])(Scene&, std::string_view rest) = {
    ask_last_write,
    ask_why_mapped,
    ask_frame,
    ask_lock,
    ask_packet,
    ask_first_true,
    ask_accesses,
    ask_print,
    ask_threads,
    ask_locks,
    ask_events,
};
static_assert(std::size(answers) == std::size(all_question_words));

}  // namespace

Answer ask(Scene& scene, std::string_view question) {
    std::string_view const name = take_word(question);
    while (question.ends_with(' ')) question.remove_suffix(1);
    for (std::size_t i = 0; i < std::size(answers); ++i) {
        if (all_question_words[i].name != name) continue;
        try {
            return answers[i](scene, question);
        } catch (Wrong const& wrong) {
            return {false, false, wrong.text, {{"problem", wrong.text}}};
        }
    }
    std::string names;
    for (QuestionWord const& w : question_words())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", w.name);
    std::string const text = fmt::format("no such question: {}; there are {}", name, names);
    return {false, false, text, {{"problem", text}}};
}

AnswerText ask_in_words(Scene& scene, std::string_view question) {
    Answer answer = ask(scene, question);
    // A guest's names may be any bytes.
    return {answer.understood, answer.cancelled, std::move(answer.text),
            answer.json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)};
}

}  // namespace sim::debug::queries
