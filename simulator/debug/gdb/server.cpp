// SPDX-License-Identifier: GPL-2.0-or-later
//
// The conversation: packets in, answers out. What each command does is in
// server_commands.cpp.
#include "simulator/debug/gdb/server.hpp"

#include <fmt/format.h>

namespace sim::debug::gdb {

namespace {
// A line that garbles so many packets in a row is no line.
constexpr unsigned max_damaged = 32;
constexpr std::size_t max_waiting = 4096;
}  // namespace

Server::Server(Target& target, Send send, std::function<bool()> poll)
    : target_(target), send_(std::move(send)), poll_(std::move(poll)) {
    stop_.thread = target_.current_thread();
}

void Server::receive(std::span<std::uint8_t const> bytes) {
    reader_.feed(bytes);
    if (reader_.waiting() > max_waiting) end_ = End::broken;
    if (!busy_) obey();
}

void Server::obey() {
    busy_ = true;
    while (!over()) {
        auto const item = reader_.next();
        if (!item) break;
        switch (item->kind) {
            case PacketReader::Kind::packet:
                damaged_ = 0;
                if (acks_) send_("+");
                packet(item->body);
                break;
            case PacketReader::Kind::damaged:
                if (++damaged_ > max_damaged) end_ = End::broken;
                if (acks_) send_("-");
                break;
            case PacketReader::Kind::too_long:
                if (acks_) send_("+");
                error(7);
                break;
            case PacketReader::Kind::interrupt:
                if (moving_) stopped(target_.interrupt());
                break;
            case PacketReader::Kind::ack:
                break;
            case PacketReader::Kind::nack:
                if (++damaged_ > max_damaged) end_ = End::broken;
                if (acks_ && !last_.empty()) send_(last_);
                break;
        }
    }
    busy_ = false;
}

void Server::answer(std::string_view body) {
    last_ = frame_packet(body);
    send_(last_);
}

// The numbers are errno's where one fits.
void Server::error(unsigned number) { answer(fmt::format("E{:02x}", number)); }

void Server::packet(std::string const& body) {
    std::string_view const text = body;
    if (moving_) {  // the protocol allows nothing but Ctrl-C now
        stopped(target_.interrupt());
        if (over()) return;
    }
    for (Command const& c : commands())
        if (c.whole ? text == c.prefix : text.starts_with(c.prefix))
            return (this->*c.handler)(text.substr(c.prefix.size()));
    answer("");
}

void Server::say(std::string_view text) {
    // In pieces: each must fit a packet.
    constexpr std::size_t most = max_packet / 2 - 16;
    for (std::size_t at = 0; at < text.size(); at += most)
        send_(frame_packet("O" + hex(text.substr(at, most))));
}

bool Server::give_up() { return (poll_ && !poll_()) || over() || reader_.interrupt_waiting(); }

void Server::resume(Resume how) {
    target_.resume(how);
    moving_ = true;
}

void Server::advance() {
    if (!moving_) return;
    busy_ = true;
    auto const stop = target_.advance([this] { return give_up(); });
    if (stop && moving_) stopped(*stop);
    busy_ = false;
    obey();
}

void Server::stopped(Stop const& stop) {
    moving_ = false;
    stop_ = stop;
    chosen_ = stop.thread;  // so gdb has it
    if (!stop.text.empty()) say(stop.text + "\n");
    answer(stop_text(stop));
}

std::string Server::stop_text(Stop const& stop) {
    std::string text = stop.cause == Stop::Cause::interrupted ? "T02" : "T05";
    switch (stop.cause) {
        case Stop::Cause::interrupted:
        case Stop::Cause::stepped:
            break;
        case Stop::Cause::breakpoint:
            text += stop.kind == StopPoint::Kind::hardware ? "hwbreak:;" : "swbreak:;";
            break;
        case Stop::Cause::watchpoint:
            text += fmt::format("{}:{:x};",
                                stop.kind == StopPoint::Kind::write  ? "watch"
                                : stop.kind == StopPoint::Kind::read ? "rwatch"
                                                                     : "awatch",
                                stop.address);
            break;
        case Stop::Cause::history_begin:
            text += "replaylog:begin;";
            break;
        case Stop::Cause::history_end:
            text += "replaylog:end;";
            break;
    }
    // What gdb would ask next.
    if (auto const registers = target_.registers(stop.thread))
        for (unsigned n : {number_of_rbp, number_of_rsp, number_of_rip})
            if (auto const r = read_register(*registers, n); r && r->known)
                text += fmt::format("{:02x}:{};", n, hex(r->bytes));
    return text + fmt::format("thread:{:x};", stop.thread);
}

}  // namespace sim::debug::gdb
