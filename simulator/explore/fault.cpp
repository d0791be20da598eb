// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "simulator/explore/units.hpp"
#include "simulator/machine/device.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::explore {
namespace {

using Kind = Fault::Kind;

constexpr std::array registers = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8",
                                  "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags"};
constexpr std::uint64_t most_count = 1'000'000;  // of "the n-th"

struct Wrong {
    std::string message;
    std::size_t column;
};

// The words of a line with their columns; every take checks.
class Words {
public:
    explicit Words(std::string_view line) : end_(line.size()) {
        for (std::size_t at = 0; at < line.size();) {
            if (line[at] == ' ') {
                ++at;
                continue;
            }
            std::size_t const next = std::min(line.find(' ', at), line.size());
            words_.push_back({std::string(line.substr(at, next - at)), at});
            at = next;
        }
    }
    bool done() const { return at_ == words_.size(); }
    bool next_is(std::string_view word) const { return !done() && words_[at_].text == word; }
    bool take(std::string_view word) {
        if (!next_is(word)) return false;
        ++at_;
        return true;
    }
    void need(std::string_view word) {
        if (!take(word)) fail(fmt::format("want \"{}\" here", word));
    }
    std::string const& word(std::string_view what) {
        if (done()) fail(fmt::format("want {} here", what));
        return words_[at_++].text;
    }
    std::string peek() const { return done() ? "" : words_[at_].text; }
    std::uint64_t number(std::string_view what, std::uint64_t least, std::uint64_t most) {
        auto const value = parse_number(word(what));
        if (!value || *value < least || *value > most)
            fail_before(most == UINT64_MAX ? fmt::format("want {}", what)
                                           : fmt::format("want {}, {} to {}", what, least, most));
        return *value;
    }
    std::uint64_t duration() {
        auto const ns = parse_duration(word("a duration such as 3ms"));
        if (!ns || *ns == 0 || *ns > machine::Machine::longest_stall_ns)
            fail_before("want a duration such as 3ms, at most an hour");
        return *ns;
    }
    [[noreturn]] void fail(std::string message) const {
        throw Wrong{std::move(message), done() ? end_ : words_[at_].column};
    }
    [[noreturn]] void fail_before(std::string message) const {
        throw Wrong{std::move(message), words_[at_ - 1].column};
    }

private:
    struct Word {
        std::string text;
        std::size_t column;
    };
    std::vector<Word> words_;
    std::size_t at_ = 0, end_;
};

When moment(Words& words) {
    When when;
    std::string const& text = words.word("a moment: a count, a time such as 12ms, or ready");
    if (text == "ready") {
        when.kind = When::Kind::ready;
    } else if (auto const ns = parse_duration(text)) {
        when.kind = When::Kind::time;
        when.ns = *ns;
    } else if (auto const at = machine::parse_moment(text)) {
        when.kind = When::Kind::moment;
        when.moment = *at;
    } else {
        words.fail_before("want a moment: a count, a time such as 12ms, or ready");
    }
    return when;
}

// "lose irq 3 of timer processor 1": the first one unless it is said.
unsigned perhaps_processor(Words& words) {
    if (!words.take("processor")) return 0;
    return static_cast<unsigned>(words.number("a processor", 0, machine::Machine::most_processors - 1));
}

When perhaps_moment(Words& words) { return words.take("at") ? moment(words) : When{}; }

When needed_moment(Words& words) {
    words.need("at");
    return moment(words);
}

// "late irq 2 of timer 5ms".
Fault late(Words& words) {
    Fault fault;
    fault.kind = Kind::late;
    words.need("irq");
    fault.count = words.number("which one", 1, most_count);
    words.need("of");
    fault.number = words.take("timer") ? machine::lost_timer : words.number("timer or a vector", 16, 255);
    fault.processor = perhaps_processor(words);
    fault.ns = words.duration();
    fault.when = perhaps_moment(words);
    return fault;
}

// "lose irq 3 of timer", "lose write 2".
Fault lose(Words& words);

// What the disk understands, word for word (devices/virtio_blk.hpp).
Fault disk(Words& words, std::string verb) {
    Fault fault;
    fault.kind = Kind::disk;
    fault.device = "disk0";
    std::string const what = words.word("write");
    bool const any = verb == "fail";
    bool const cut = verb == "cut";
    if (what != "write" && !(any && (what == "read" || what == "flush" || what == "any")) &&
        !(cut && what == "flush"))
        words.fail_before(any   ? "want read, write, flush, any or allocation"
                          : cut ? "want write or flush"
                                : "want write");
    fault.text = fmt::format("{} {} {}", verb, what, words.number("which one", 1, most_count));
    if (verb == "tear" || (cut && what == "write" && !words.done() && !words.next_is("of") &&
                           !words.next_is("at") && !words.next_is("forget")))
        fault.text += fmt::format(" {}", words.number("how many sectors arrive", 0, most_count));
    if (cut && words.take("forget")) fault.text += " forget";
    if (words.take("of")) fault.device = words.word("a disk such as disk0");
    if (fault.device.size() > 16) words.fail_before("want a disk such as disk0");
    fault.when = perhaps_moment(words);
    return fault;
}

Fault lose(Words& words) {
    if (!words.take("irq")) return disk(words, "lose");
    Fault fault;
    fault.kind = Kind::lose;
    fault.count = words.number("which one", 1, most_count);
    words.need("of");
    fault.number = words.take("timer") ? machine::lost_timer : words.number("timer or a vector", 16, 255);
    fault.processor = perhaps_processor(words);
    fault.when = perhaps_moment(words);
    return fault;
}

Fault fail(Words& words) {
    if (!words.take("allocation")) return disk(words, "fail");
    Fault fault;
    fault.kind = Kind::fail_allocation;
    fault.count = words.number("which one", 1, most_count);
    fault.when = perhaps_moment(words);
    return fault;
}

Fault flip(Words& words) {
    Fault fault;
    std::string const what = words.peek();
    auto const name = std::find(registers.begin(), registers.end(), what);
    bool const is_register = name != registers.end();
    fault.kind = is_register ? Kind::flip_register : Kind::flip_memory;
    if (is_register) {
        fault.number = static_cast<std::uint64_t>(name - registers.begin());
        words.take(what);
    } else {
        fault.number = words.number("an address or a register", 0, UINT64_MAX);
    }
    words.need("bit");
    fault.bit = static_cast<unsigned>(words.number("the bit", 0, is_register ? 63 : 7));
    if (is_register) fault.processor = perhaps_processor(words);
    fault.when = needed_moment(words);
    return fault;
}

Fault link(Words& words, Kind kind) {
    Fault fault;
    fault.kind = kind;
    std::string what = words.word("frame, arp, ip, icmp, udp or tcp");
    if (what == "tcp" && links::is_tcp_word(words.peek())) what += " " + words.word("a flag");
    auto const known = links::frame_kind_named(what);
    if (!known) words.fail_before("want frame, arp, ip, icmp, udp or tcp [syn|synack|ack|fin|rst|data]");
    fault.frames = *known;
    fault.count = words.number("which one", 1, most_count);
    if (kind == Kind::delay) fault.ns = words.duration();
    if (kind == Kind::corrupt && words.take("byte"))
        fault.number = words.number("a byte, counted from the end", 0, 65535);
    if (words.take("in"))
        fault.direction = Fault::Direction::in;
    else if (words.take("out"))
        fault.direction = Fault::Direction::out;
    return fault;
}

Fault parse(Words& words) {
    std::string const verb = words.word("a fault");
    if (verb == "stall") {
        Fault fault;
        fault.ns = words.duration();
        fault.when = needed_moment(words);
        return fault;
    }
    if (verb == "spurious") {
        Fault fault;
        fault.kind = Kind::spurious;
        words.need("irq");
        fault.number = words.number("a vector", 16, 255);
        fault.processor = perhaps_processor(words);
        fault.when = needed_moment(words);
        return fault;
    }
    if (verb == "lose") return lose(words);
    if (verb == "late") return late(words);
    if (verb == "fail") return fail(words);
    if (verb == "flip") return flip(words);
    if (verb == "tear" || verb == "cut") return disk(words, verb);
    if (verb == "drop") return link(words, Kind::drop);
    if (verb == "delay") return link(words, Kind::delay);
    if (verb == "duplicate") return link(words, Kind::duplicate);
    if (verb == "corrupt") return link(words, Kind::corrupt);
    words.fail_before("no fault begins with this word");
}

std::string describe(When const& when) {
    switch (when.kind) {
        case When::Kind::now:
            return "";
        case When::Kind::moment:
            return " at " + to_string(when.moment);
        case When::Kind::time:
            return " at " + duration_text(when.ns);
        case When::Kind::ready:
            return " at ready";
    }
    return "";
}

bool printable(std::string_view line) {
    return std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string_view fault_forms() {
    return "  stall DURATION at MOMENT\n"
           "  spurious irq VECTOR [processor P] at MOMENT\n"
           "  lose irq N of timer|VECTOR [processor P] [at MOMENT]\n"
           "  late irq N of timer|VECTOR [processor P] DURATION [at MOMENT]\n"
           "  flip ADDRESS bit B at MOMENT\n"
           "  flip REGISTER bit B [processor P] at MOMENT\n"
           "  fail allocation N [at MOMENT]\n"
           "  fail read|write|flush|any N [of DISK] [at MOMENT]\n"
           "  lose write N [of DISK] [at MOMENT]\n"
           "  tear write N SECTORS [of DISK] [at MOMENT]\n"
           "  cut write N [SECTORS] [forget] [of DISK] [at MOMENT]\n"
           "  cut flush N [forget] [of DISK] [at MOMENT]\n"
           "  drop FRAMES N [in|out]\n"
           "  delay FRAMES N DURATION [in|out]\n"
           "  duplicate FRAMES N [in|out]\n"
           "  corrupt FRAMES N [byte B] [in|out]\n"
           "  FRAMES: frame, arp, ip, icmp, udp, tcp [syn|synack|ack|fin|rst|data]; MOMENT: a count, 12ms, "
           "ready";
}

std::string FaultError::explain() const {
    return fmt::format("{}\n  {}\n  {:>{}}\nThe forms are:\n{}", message, line, '^', column + 1,
                       fault_forms());
}

ParsedFault parse_fault(std::string_view line) {
    if (line.size() > longest_fault || !printable(line))
        return {
            std::nullopt,
            {fmt::format("a fault is one line of at most {} printable characters", longest_fault), 0, ""}};
    try {
        Words words(line);
        Fault fault = parse(words);
        if (!words.done()) words.fail("nothing more belongs here");
        return {std::move(fault), {}};
    } catch (Wrong const& wrong) {
        return {std::nullopt, {wrong.message, wrong.column, std::string(line)}};
    }
}

bool watches_the_processor(Fault const& fault) {
    return fault.when.kind == When::Kind::ready ||
           (fault.kind == Kind::fail_allocation && fault.when.kind == When::Kind::now);
}

std::string describe(Fault const& fault) {
    std::string const when = describe(fault.when);
    std::string const processor = fault.processor ? fmt::format(" processor {}", fault.processor) : "";
    std::string const source =
        fault.number == machine::lost_timer ? "timer" : fmt::format("{:#x}", fault.number);
    auto const on_link = [&](char const* verb, std::string const& more) {
        char const* const direction = fault.direction == Fault::Direction::in    ? " in"
                                      : fault.direction == Fault::Direction::out ? " out"
                                                                                 : "";
        return fmt::format("{} {} {}{}{}", verb, links::name_of(fault.frames), fault.count, more, direction);
    };
    switch (fault.kind) {
        case Kind::stall:
            return fmt::format("stall {}{}", duration_text(fault.ns), when);
        case Kind::spurious:
            return fmt::format("spurious irq {:#x}{}{}", fault.number, processor, when);
        case Kind::lose:
            return fmt::format("lose irq {} of {}{}{}", fault.count, source, processor, when);
        case Kind::late:
            return fmt::format("late irq {} of {}{} {}{}", fault.count, source, processor,
                               duration_text(fault.ns), when);
        case Kind::flip_memory:
            return fmt::format("flip {:#x} bit {}{}", fault.number, fault.bit, when);
        case Kind::flip_register:
            return fmt::format("flip {} bit {}{}{}", registers[fault.number], fault.bit, processor, when);
        case Kind::fail_allocation:
            return fmt::format("fail allocation {}{}", fault.count, when);
        case Kind::disk:
            return fmt::format("{} of {}{}", fault.text, fault.device, when);
        case Kind::drop:
            return on_link("drop", "");
        case Kind::delay:
            return on_link("delay", " " + duration_text(fault.ns));
        case Kind::duplicate:
            return on_link("duplicate", "");
        case Kind::corrupt:
            return on_link("corrupt", fmt::format(" byte {}", fault.number));
    }
    return "";
}

}  // namespace sim::explore
