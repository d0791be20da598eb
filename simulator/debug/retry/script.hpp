// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recorded life as a script for another machine: each input with its cue. A
// cue is not a count of instructions, which another build does not share, but
// what the outside had seen of the guest by then: so many frames of this
// connection, so many bytes on the serial line, and then so much virtual time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/retry/frames.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug::retry {

// What the guest has sent on one channel so far: one TCP connection, one UDP peer,
// ARP, a serial line; or a device as a whole.
class Outputs {
public:
    void add(std::uint64_t count, std::uint64_t now_ns) {
        total_ += count;
        times_.push_back({total_, now_ns});
    }
    std::uint64_t total() const { return total_; }
    // When the nth was sent; none: not yet.
    std::optional<std::uint64_t> time_of(std::uint64_t nth) const;

private:
    struct Point {
        std::uint64_t total = 0, ns = 0;
    };
    std::uint64_t total_ = 0;
    std::vector<Point> times_;
};

// The guest's side of one TCP connection. Positions count from its initial
// sequence number, which each build draws anew.
struct Stream {
    std::optional<std::uint32_t> initial;
    std::vector<std::uint32_t> ends;  // of its segments, rising: where the stream had grown to
    std::uint32_t end() const { return ends.empty() ? 0 : ends.back(); }
    // A segment of the guest's.
    void sent(FrameFields const&);
};

struct Cue {
    std::string channel;    // whose outputs are counted
    std::uint64_t nth = 0;  // of them; 0: from the beginning of the machine's life
    std::uint64_t delay_ns = 0;
};

struct ScriptedInput {
    machine::Input input;
    Cue cue;
    std::string queue;  // inputs of one queue keep their order
    FrameFields frame;  // of a frame
    // Of TCP: which connection (see Connection), which of its segments from the
    // remote end, from 1, and what it acknowledges.
    std::optional<std::size_t> connection;
    std::uint64_t segment = 0;
    std::uint32_t acknowledged = 0;  // position in the guest's stream
    bool acknowledged_all = false;   // all that the guest had sent by then
    std::optional<std::size_t> end;  // else: the end of the guest's nth segment, from 0
    // Of UDP: it carries the identifier of the guest's nth datagram to that peer, from 0.
    std::optional<std::size_t> answers;
};

// One TCP connection of the recorded life.
struct Connection {
    std::uint32_t remote = 0;
    std::uint16_t remote_port = 0, guest_port = 0;
    bool by_guest = false;  // the guest began it
    Stream stream;          // as it was at the end
    std::string text() const { return address_text(remote, remote_port); }
};

struct Script {
    std::vector<ScriptedInput> inputs;  // in the recorded order
    std::vector<Connection> connections;
    // Of each UDP peer: the identifiers (DHCP, DNS) of the guest's datagrams, in order, and its ports.
    struct Datagram {
        std::uint32_t identifier = 0;
        std::uint16_t guest_port = 0;
    };
    std::map<std::string, std::vector<Datagram>> datagrams;
    std::uint64_t end_ns = 0;
};

std::string channel_of(FrameFields const&, std::optional<std::size_t> connection);
std::string device_channel(std::string_view device);
// Where an answer's identifier lies in the payload, and how long it is: of DHCP and
// DNS; none of other datagrams.
struct IdentifierPlace {
    std::size_t at = 0, size = 0;
};
std::optional<IdentifierPlace> identifier_of(FrameFields const&);

// Listens to a recorded life that runs again from its first instruction on.
class ScriptMaker final : public machine::MachineObserver {
public:
    explicit ScriptMaker(machine::Machine&);
    ~ScriptMaker() override;
    // After the whole life.
    Script take(std::uint64_t end_ns);

    void on_input(machine::Machine&, machine::Input const&) override;
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;

private:
    std::optional<std::size_t> connection_of(FrameFields const&, bool from_guest);
    void take_segment(ScriptedInput&, FrameFields const&);

    machine::Machine& machine_;
    Script script_;
    std::map<std::string, Outputs> outputs_;
    std::map<std::string, std::size_t> live_connections_;  // by both ends
    std::vector<std::optional<std::uint32_t>> remote_initial_;
    std::vector<std::uint64_t> segments_;
};

}  // namespace sim::debug::retry
