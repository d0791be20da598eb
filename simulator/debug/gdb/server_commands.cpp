// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every packet that the server understands. [gdb-rsp §Packets]
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/bytes.hpp"
#include "simulator/debug/gdb/server.hpp"

namespace sim::debug::gdb {

namespace {

constexpr std::size_t max_conditions = 16;

std::string escape_xml(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c >= 32 && c < 127 ? c : '?';
    }
    return out;
}

// A thread's number in a packet: hexadecimal, or -1 for all. 0 stands for any.
std::optional<ThreadId> take_thread(std::string_view& text) {
    if (take(text, "-1")) return 0;
    return take_number(text);
}

}  // namespace

// Longer prefixes first where one begins with another.
std::span<Server::Command const> Server::commands() {
    static constexpr Command all[] = {
        {"qSupported", &Server::supported},
        {"QStartNoAckMode", &Server::no_acks, true},
        {"qXfer:features:read:target.xml:", &Server::features},
        {"qXfer:threads:read::", &Server::thread_document},
        {"qfThreadInfo", &Server::first_threads},
        {"qsThreadInfo", &Server::no_more_threads, true},
        {"qThreadExtraInfo,", &Server::thread_extra},
        {"qAttached", &Server::attached, true},
        {"qSymbol:", &Server::symbols},
        {"Qqemu.PhyMemMode:", &Server::physical_mode},
        {"qqemu.PhyMemMode", &Server::ask_physical_mode, true},
        {"qRcmd,", &Server::monitor},
        {"qC", &Server::this_thread, true},
        {"vCont?", &Server::continue_kinds},
        {"vCont", &Server::continue_parts},
        {"vKill;", &Server::kill_process},
        {"?", &Server::why, true},
        {"g", &Server::read_registers, true},
        {"p", &Server::read_one_register},
        {"P", &Server::write_one_register},
        {"m", &Server::read_memory},
        {"M", &Server::write_memory},
        {"X", &Server::write_binary},
        {"H", &Server::choose_thread},
        {"T", &Server::alive},
        {"Z", &Server::insert},
        {"z", &Server::remove},
        {"c", &Server::go},
        {"s", &Server::step},
        {"b", &Server::back},
        {"D", &Server::detach},
        {"k", &Server::kill, true},
    };
    return all;
}

// ---- What there is ----

void Server::supported(std::string_view) {
    std::string text = fmt::format(
        "PacketSize={:x};QStartNoAckMode+;vContSupported+;qXfer:features:read+;qXfer:threads:read+;"
        "swbreak+;hwbreak+;ConditionalBreakpoints+",
        max_packet);
    if (target_.can_go_back()) text += ";ReverseStep+;ReverseContinue+";
    answer(text);
}

void Server::no_acks(std::string_view) {
    ok();
    acks_ = false;
}

void Server::attached(std::string_view) { answer("1"); }
void Server::symbols(std::string_view) { ok(); }
void Server::why(std::string_view) {
    chosen_ = stop_.thread;
    answer(stop_text(stop_));
}

void Server::document(std::string_view text, std::string_view arguments) {
    auto const offset = take_number(arguments);
    bool const comma = take(arguments, ",");
    auto const length = take_number(arguments);
    if (!offset || !comma || !length) return error(22);
    if (*offset >= text.size()) return answer("l");
    std::string_view const rest = text.substr(*offset);
    std::size_t const most = std::min<std::uint64_t>(*length, max_packet / 2 - 16);
    answer((rest.size() <= most ? "l" : "m") + std::string(rest.substr(0, most)));
}

void Server::features(std::string_view arguments) { document(target_description(), arguments); }

// ---- Threads ----

void Server::thread_document(std::string_view arguments) {
    if (arguments.starts_with("0,") || threads_.empty()) {
        threads_ = "<?xml version=\"1.0\"?>\n<threads>\n";
        for (ThreadInfo const& t : target_.threads())
            threads_ += fmt::format("<thread id=\"{:x}\" name=\"{}\">{}</thread>\n", t.id, escape_xml(t.name),
                                    escape_xml(t.extra));
        threads_ += "</threads>\n";
    }
    document(threads_, arguments);
}

void Server::first_threads(std::string_view) {
    std::string text = "m";
    for (ThreadInfo const& t : target_.threads()) {
        if (text.size() + 18 > max_packet / 2) break;
        text += fmt::format("{}{:x}", text.size() > 1 ? "," : "", t.id);
    }
    answer(text);
}

void Server::no_more_threads(std::string_view) { answer("l"); }

void Server::thread_extra(std::string_view arguments) {
    auto const id = take_number(arguments);
    for (ThreadInfo const& t : target_.threads())
        if (id && t.id == *id)
            return answer(hex(std::string_view(t.extra.empty() ? t.name : t.name + ": " + t.extra)));
    error(3);
}

void Server::this_thread(std::string_view) { answer(fmt::format("QC{:x}", target_.current_thread())); }

void Server::choose_thread(std::string_view arguments) {
    if (arguments.empty()) return error(22);
    char const what = arguments[0];
    arguments.remove_prefix(1);
    auto const id = take_thread(arguments);
    if (!id || !arguments.empty() || (what != 'g' && what != 'c')) return error(22);
    if (*id != 0 && !target_.registers(*id)) return error(3);
    if (what == 'g') chosen_ = *id;  // a choice for moving comes with vCont
    ok();
}

void Server::alive(std::string_view arguments) {
    auto const id = take_number(arguments);
    if (!id || !arguments.empty()) return error(22);
    target_.registers(*id) ? ok() : error(3);
}

// ---- Registers and memory ----

std::optional<Registers> Server::chosen_registers() {
    return target_.registers(chosen_ ? chosen_ : target_.current_thread());
}

void Server::read_registers(std::string_view) {
    auto const registers = chosen_registers();
    if (!registers) return error(3);
    std::string text;
    for (unsigned n = 0; n < register_count(); ++n) {
        auto const r = read_register(*registers, n);
        text += r->known ? hex(r->bytes) : std::string(r->bytes.size() * 2, 'x');
    }
    answer(text);
}

void Server::read_one_register(std::string_view arguments) {
    auto const n = take_number(arguments);
    if (!n || !arguments.empty() || *n >= register_count()) return error(22);
    auto const registers = chosen_registers();
    if (!registers) return error(3);
    auto const r = read_register(*registers, static_cast<unsigned>(*n));
    answer(r->known ? hex(r->bytes) : std::string(r->bytes.size() * 2, 'x'));
}

// "P number=value", of the running thread only.
void Server::write_one_register(std::string_view arguments) {
    auto const n = take_number(arguments);
    bool const equals = take(arguments, "=");
    auto const bytes = unhex(arguments);
    if (!n || !equals || !bytes || bytes->empty() || *n >= register_count()) return error(22);
    if (chosen_ != 0 && chosen_ != target_.current_thread()) return error(1);
    target_.write_register(static_cast<unsigned>(*n), little_endian(*bytes)).empty() ? ok() : error(1);
}

void Server::read_memory(std::string_view arguments) {
    auto const address = take_number(arguments);
    bool const comma = take(arguments, ",");
    auto const length = take_number(arguments);
    if (!address || !comma || !length || !arguments.empty()) return error(22);
    std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(*length, max_packet / 2 - 16));
    std::size_t const n = target_.read(physical_, *address, bytes);
    if (n == 0 && *length != 0) return error(14);
    answer(hex(std::span(bytes).first(n)));
}

void Server::write(std::uint64_t address, std::span<std::uint8_t const> bytes) {
    if (bytes.empty()) return ok();
    std::string const why = target_.write(physical_, address, bytes);
    why.empty() ? ok() : error(1);
}

void Server::write_memory(std::string_view arguments) {
    auto const address = take_number(arguments);
    bool const comma = take(arguments, ",");
    auto const length = take_number(arguments);
    bool const colon = take(arguments, ":");
    auto const bytes = unhex(arguments);
    if (!address || !comma || !length || !colon || !bytes || bytes->size() != *length) return error(22);
    write(*address, *bytes);
}

void Server::write_binary(std::string_view arguments) {
    auto const address = take_number(arguments);
    bool const comma = take(arguments, ",");
    auto const length = take_number(arguments);
    bool const colon = take(arguments, ":");
    if (!address || !comma || !length || !colon || arguments.size() != *length) return error(22);
    write(*address, std::span(reinterpret_cast<std::uint8_t const*>(arguments.data()), arguments.size()));
}

// "maintenance packet Qqemu.PhyMemMode:1", as QEMU has it.
void Server::physical_mode(std::string_view arguments) {
    if (arguments != "0" && arguments != "1") return error(22);
    physical_ = arguments == "1";
    ok();
}
void Server::ask_physical_mode(std::string_view) { answer(physical_ ? "1" : "0"); }

// ---- Stops ----

// "type,address,kind[;Xlength,bytecode]..."
std::optional<StopPoint> Server::stop_point(std::string_view text) {
    auto const type = take_number(text);
    if (!type || *type > 4 || !take(text, ",")) return std::nullopt;
    auto const address = take_number(text);
    if (!address || !take(text, ",")) return std::nullopt;
    auto const length = take_number(text);
    if (!length) return std::nullopt;
    StopPoint point;
    point.kind = static_cast<StopPoint::Kind>(*type);
    point.address = *address;
    point.length = point.watches() ? *length : 1;
    take(text, ";");  // conditions come as ";X3,.." and further ones right behind
    while (take(text, "X")) {
        auto const size = take_number(text);
        if (!size || *size > max_bytecode || !take(text, ",") || text.size() < *size * 2) return std::nullopt;
        auto const code = unhex(text.substr(0, *size * 2));
        if (!code || point.conditions.size() == max_conditions) return std::nullopt;
        text.remove_prefix(*size * 2);
        take(text, ";");
        point.conditions.push_back(*code);
    }
    if (!text.empty()) return std::nullopt;
    return point;
}

void Server::insert(std::string_view arguments) {
    auto const point = stop_point(arguments);
    if (!point) return error(22);
    target_.insert(*point) ? ok() : error(14);
}

void Server::remove(std::string_view arguments) {
    auto const point = stop_point(arguments);
    if (!point) return error(22);
    target_.remove(*point);
    ok();
}

// ---- Moving ----

void Server::continue_kinds(std::string_view) { answer("vCont;c;C;s;S;r"); }

// "c", "s": with an address to jump to, which would be a register written.
void Server::go(std::string_view arguments) {
    if (!arguments.empty()) return error(22);
    resume({Resume::Kind::go});
}
void Server::step(std::string_view arguments) {
    if (!arguments.empty()) return error(22);
    resume({Resume::Kind::step});
}

void Server::back(std::string_view arguments) {
    if (!target_.can_go_back() || (arguments != "c" && arguments != "s")) return answer("");
    resume({arguments == "c" ? Resume::Kind::go_back : Resume::Kind::step_back, chosen_});
}

// ";action[:thread]..." The first action that is more than "go on" counts: there
// is one processor, and its guest decides which thread runs.
void Server::continue_parts(std::string_view text) {
    Resume how;
    bool any = false;
    while (take(text, ";")) {
        Resume part;
        if (text.empty()) return error(22);
        char const what = text[0];
        text.remove_prefix(1);
        switch (what) {
            case 'C':
            case 'S':
                if (!take_number(text)) return error(22);  // a signal: a machine takes none
                part.kind = what == 'S' ? Resume::Kind::step : Resume::Kind::go;
                break;
            case 'c':
                break;
            case 's':
                part.kind = Resume::Kind::step;
                break;
            case 'r': {
                auto const low = take_number(text);
                bool const comma = take(text, ",");
                auto const high = take_number(text);
                if (!low || !comma || !high) return error(22);
                part = {Resume::Kind::step_range, 0, *low, *high};
                break;
            }
            default:
                return error(22);
        }
        if (take(text, ":")) {
            auto const id = take_thread(text);
            if (!id) return error(22);
            if (*id != 0 && !target_.registers(*id)) return error(3);
            part.thread = *id;
        }
        if (!any || how.kind == Resume::Kind::go) how = part;
        any = true;
    }
    if (!any || !text.empty()) return error(22);
    resume(how);
}

void Server::detach(std::string_view) {
    target_.remove_all();
    ok();
    end_ = End::detached;
}

void Server::kill(std::string_view) {
    target_.remove_all();
    end_ = End::killed;
}

void Server::kill_process(std::string_view arguments) {
    ok();
    kill(arguments);
}

// ---- Our own words ----

void Server::monitor(std::string_view arguments) {
    auto const line = unhex(arguments);
    if (!line) return error(22);
    Voice const voice{[this](std::string_view text) { say(text); }, [this] { return give_up(); }};
    std::string text = target_.monitor(std::string(line->begin(), line->end()), voice);
    if (!text.empty() && text.back() != '\n') text += '\n';
    say(text);
    ok();
}

}  // namespace sim::debug::gdb
