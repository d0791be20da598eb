// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/remote.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::attach {

using debug::gdb::hex;
using debug::gdb::take;
using debug::gdb::take_number;
using debug::gdb::unhex;

namespace {

constexpr std::size_t most_processors = 64, longest_name = 39, most_description = 256 * 1024,
                      most_monitor = 1024 * 1024;
// Of QEMU's single steps: on; no interrupts meanwhile; no time passes. As QEMU begins.
constexpr unsigned step_on = 1, step_undisturbed = 7;

bool is_error(std::string_view answer) { return answer.empty() || answer.front() == 'E'; }

}  // namespace

std::optional<StopNotice> parse_stop_notice(std::string_view packet) {
    if (packet.size() < 3) return std::nullopt;
    char const kind = packet.front();
    if (kind != 'T' && kind != 'S' && kind != 'W' && kind != 'X') return std::nullopt;
    auto const code = unhex(packet.substr(1, 2));
    if (!code) return std::nullopt;
    StopNotice notice;
    notice.kind = kind == 'W' || kind == 'X' ? StopNotice::Kind::exited : StopNotice::Kind::signal;
    notice.code = code->front();
    std::string_view rest = packet.substr(3);
    while (kind == 'T' && !rest.empty()) {
        std::string_view pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (take(pair, "thread:"))
            notice.processor = pair;
        else if (take(pair, "watch:") || take(pair, "rwatch:") || take(pair, "awatch:"))
            notice.watched = take_number(pair);
    }
    return notice;
}

Remote::Remote(Connection connection, bool runs_on) : connection_(std::move(connection)), runs_on_(runs_on) {
    try {
        introduce();
    } catch (Lost const&) {
        go_without_a_word();
        throw;
    }
}

Remote::~Remote() { go_without_a_word(); }

void Remote::introduce() {
    std::string const features = ask("qSupported:multiprocess+;vContSupported+;xmlRegisters=i386");
    constexpr std::size_t least_packet = 256;
    std::size_t packet = 0;
    if (std::size_t const at = features.find("PacketSize="); at != std::string::npos) {
        std::string_view rest = std::string_view(features).substr(at + 11);
        packet = take_number(rest).value_or(0);
    }
    if (packet < least_packet) throw Lost("this is no gdb server that we know");
    // Two digits a byte.
    longest_read_ = std::min(packet, debug::gdb::max_packet) / 2;
    if (auto const notice = parse_stop_notice(ask("?")); !notice || notice->kind == StopNotice::Kind::exited)
        throw Lost("there is no machine that could be looked at");
    std::string list = ask("qfThreadInfo");
    while (list.starts_with('m')) {
        std::string_view rest = std::string_view(list).substr(1);
        if (rest.empty()) throw Lost("it names no processor");
        while (!rest.empty()) {
            std::string_view const one = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
            if (processors_.size() >= most_processors) throw Lost("it has too many processors");
            if (one.empty() || one.size() > longest_name) throw Lost("a processor has no name that we know");
            processors_.emplace_back(one);
        }
        list = ask("qsThreadInfo");
    }
    if (processors_.empty()) throw Lost("it names no processor");
    if (ask("vCont?").find(";s") == std::string::npos) throw Lost("it cannot step");
    if (ask("Qqemu.PhyMemMode:1") != "OK")
        throw Lost("it does not read physical memory: want QEMU 4.1 or later");
}

// News of the stop that our coming caused may arrive before the answer.
std::string Remote::ask(std::string_view body) {
    connection_.send(body);
    constexpr unsigned most_notices = 8;
    for (unsigned i = 0; i < most_notices; ++i) {
        std::string answer = connection_.answer();
        auto notice = body == "?" ? std::nullopt : parse_stop_notice(answer);
        if (!notice) return answer;
        if (notice->kind == StopNotice::Kind::exited) {
            taken_leave_ = true;
            throw Lost("QEMU has ended");
        }
    }
    throw Lost("it does not answer what it is asked");
}

std::vector<std::uint8_t> Remote::registers(std::string_view processor) {
    ask(fmt::format("Hg{}", processor));
    std::string answer = ask("g");
    std::ranges::replace(answer, 'x', '0');  // a register that it does not know
    auto bytes = unhex(answer);
    if (!bytes || bytes->empty()) throw Lost("it gives no registers");
    return std::move(*bytes);
}

std::string Remote::description(std::string_view file) {
    std::string text;
    constexpr std::size_t piece = 0x400;
    while (text.size() < most_description) {
        std::string const answer =
            ask(fmt::format("qXfer:features:read:{}:{:x},{:x}", file, text.size(), piece));
        if (is_error(answer) || (answer.front() != 'l' && answer.front() != 'm')) return {};
        text += std::string_view(answer).substr(1);
        if (answer.front() == 'l') return text;
        if (answer.size() == 1) return {};
    }
    return {};
}

bool Remote::read(std::uint64_t physical, std::span<std::uint8_t> into) {
    while (!into.empty()) {
        std::size_t const some = std::min(into.size(), longest_read_);
        auto const bytes = unhex(ask(fmt::format("m{:x},{:x}", physical, some)));
        if (!bytes || bytes->size() != some) return false;
        std::ranges::copy(*bytes, into.begin());
        into = into.subspan(some);
        physical += some;
    }
    return true;
}

bool Remote::write(std::uint64_t physical, std::span<std::uint8_t const> bytes) {
    while (!bytes.empty()) {
        std::size_t const some = std::min(bytes.size(), longest_read_ / 2);
        if (ask(fmt::format("M{:x},{:x}:{}", physical, some, hex(bytes.first(some)))) != "OK") return false;
        bytes = bytes.subspan(some);
        physical += some;
    }
    return true;
}

std::string Remote::monitor(std::string_view line) {
    std::string text;
    std::string answer = ask(fmt::format("qRcmd,{}", hex(line)));
    while (answer.starts_with('O') && answer != "OK") {
        auto const piece = unhex(std::string_view(answer).substr(1));
        if (!piece || piece->empty() || text.size() + piece->size() > most_monitor)
            throw Lost("its monitor talks nonsense");
        text.append(piece->begin(), piece->end());
        answer = connection_.answer();
    }
    return is_error(answer) ? std::string() : text;
}

bool Remote::watch(Watch what, std::uint64_t address, std::uint64_t length, bool on) {
    return ask(fmt::format("{}{},{:x},{:x}", on ? 'Z' : 'z', static_cast<unsigned>(what), address, length)) ==
           "OK";
}

void Remote::resume() {
    connection_.send("vCont;c");
    running_ = true;
}

void Remote::step(std::string_view processor, bool awake) {
    if (awake != steps_awake_) {
        ask(fmt::format("Qqemu.sstep={:x}", awake ? step_on : step_undisturbed));
        steps_awake_ = awake;
    }
    connection_.send(fmt::format("vCont;s:{}{}", processor, awake ? ";c" : ""));
    running_ = true;
}

std::optional<StopNotice> Remote::wait(Duration most) {
    using Clock = std::chrono::steady_clock;
    auto const until = Clock::now() + most;
    for (;;) {
        auto const left = std::chrono::ceil<Duration>(until - Clock::now());
        auto const packet = connection_.receive(std::max(left, Duration(0)));
        if (!packet) return std::nullopt;
        if (auto notice = parse_stop_notice(*packet)) {
            running_ = false;
            taken_leave_ |= notice->kind == StopNotice::Kind::exited;
            return notice;
        }
        // Else what a program prints, or noise.
        if (Clock::now() > until) return std::nullopt;
    }
}

void Remote::stand_still() {
    if (!running_) return;
    interrupt();
    wait(patience());
}

// As it was before us, but for standing still.
void Remote::leave_standing() {
    taken_leave_ = true;
    stand_still();
    if (steps_awake_) ask(fmt::format("Qqemu.sstep={:x}", step_undisturbed));
    ask("Qqemu.PhyMemMode:0");
}

void Remote::detach() {
    leave_standing();
    // With several processes its number is wanted: that of the first processor, "p01.01".
    std::string_view first = processors_.empty() ? std::string_view() : processors_.front();
    if (take(first, "p"))
        ask(fmt::format("D;{}", first.substr(0, first.find('.'))));
    else
        ask("D");
}

void Remote::kill() {
    taken_leave_ = true;
    stand_still();
    connection_.send("k");
    // It goes without a word.
    try {
        connection_.receive(patience());
    } catch (Lost const&) {
    }
}

void Remote::go_without_a_word() {
    if (taken_leave_) return;
    constexpr Duration longest = std::chrono::seconds(1);
    connection_.set_patience(std::min(patience(), longest));
    try {
        if (runs_on_)
            detach();
        else
            leave_standing();
    } catch (Lost const&) {
        // It is gone itself, or no gdb server.
    }
}

}  // namespace sim::attach
