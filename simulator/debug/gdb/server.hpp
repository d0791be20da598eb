// SPDX-License-Identifier: GPL-2.0-or-later
//
// One conversation in gdb's remote protocol, from the first byte to the last.
// Knows no socket: bytes go in by receive(), answers come out by `send`. What
// gdb sends is not trusted; what is not understood gets the empty answer that
// the protocol has for it. [gdb-rsp]
//
//     Server server(target, send, poll);
//     while (!server.over()) {
//         server.receive(bytes that came);
//         if (server.moving()) server.advance();
//     }
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "simulator/debug/gdb/packet.hpp"
#include "simulator/debug/gdb/target.hpp"

namespace sim::debug::gdb {

class Server {
public:
    using Send = std::function<void(std::string_view bytes)>;
    // `poll` (may be empty) takes what has arrived into receive(), without
    // waiting. It is called now and then during long work, for Ctrl-C. False:
    // nobody listens any more, and the work is given up.
    Server(Target&, Send, std::function<bool()> poll = {});

    void receive(std::span<std::uint8_t const>);

    // The guest moves: gdb waits for its stop.
    bool moving() const { return moving_; }
    // A slice of it. A Ctrl-C that poll() brings ends it soon.
    void advance();

    enum class End : std::uint8_t {
        none,
        detached,  // the guest goes on by itself
        killed,    // gdb wants the guest gone
        broken,    // this is no gdb
    };
    End end() const { return end_; }
    bool over() const { return end_ != End::none; }

private:
    using Handler = void (Server::*)(std::string_view arguments);
    struct Command {
        std::string_view prefix;
        Handler handler;
        bool whole = false;  // nothing may follow
    };
    static std::span<Command const> commands();

    void obey();
    void packet(std::string const& body);
    void answer(std::string_view body);
    void ok() { answer("OK"); }
    void error(unsigned number);
    void stopped(Stop const&);
    std::string stop_text(Stop const&);
    void resume(Resume);
    void say(std::string_view text);
    bool give_up();

    void why(std::string_view);
    void read_registers(std::string_view);
    void write_one_register(std::string_view);
    void read_one_register(std::string_view);
    void read_memory(std::string_view);
    void write_memory(std::string_view);
    void write_binary(std::string_view);
    void choose_thread(std::string_view);
    void alive(std::string_view);
    void insert(std::string_view);
    void remove(std::string_view);
    void go(std::string_view);
    void step(std::string_view);
    void back(std::string_view);
    void continue_parts(std::string_view);
    void continue_kinds(std::string_view);
    void supported(std::string_view);
    void no_acks(std::string_view);
    void features(std::string_view);
    void thread_document(std::string_view);
    void first_threads(std::string_view);
    void no_more_threads(std::string_view);
    void thread_extra(std::string_view);
    void this_thread(std::string_view);
    void attached(std::string_view);
    void symbols(std::string_view);
    void physical_mode(std::string_view);
    void ask_physical_mode(std::string_view);
    void monitor(std::string_view);
    void detach(std::string_view);
    void kill(std::string_view);
    void kill_process(std::string_view);

    std::optional<StopPoint> stop_point(std::string_view);
    std::optional<Registers> chosen_registers();
    void document(std::string_view text, std::string_view arguments);
    void write(std::uint64_t address, std::span<std::uint8_t const>);

    Target& target_;
    Send send_;
    PacketReader reader_;
    std::string last_;  // as sent, for a nack
    bool acks_ = true;
    unsigned damaged_ = 0;  // in a row
    bool moving_ = false;
    bool physical_ = false;
    ThreadId chosen_ = 0;  // by Hg; 0: the running one
    std::string threads_;  // the document that is being read
    Stop stop_;            // the last, for "?"
    std::function<bool()> poll_;
    bool busy_ = false;  // what arrives now is obeyed later
    End end_ = End::none;
};

}  // namespace sim::debug::gdb
