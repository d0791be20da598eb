// SPDX-License-Identifier: MIT
//
// Stream sockets that never block. Every call returns at once; what cannot be
// done now fails with WouldBlock, and Interface::next_ready says when to ask
// again. After any call, frames may be waiting: drain Interface::next_frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "kernel/base/checks.hpp"
#include "kernel/base/list.hpp"
#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/arrival.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/packet_queue.hpp"
#include "kernel/net/siphash.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/connection.hpp"
#include "kernel/net/tcp/information.hpp"
#include "kernel/net/tcp/state.hpp"
#include "kernel/net/tcp/syn_cookie.hpp"
#include "kernel/net/tcp/timer_heap.hpp"

namespace net::nd {
class Host;
}

namespace net::tcp {

// A connection in the table, with everything that finds it.
struct Entry : Timer {
    Entry(Shared& shared, Endpoint local, Endpoint remote) : connection(shared, local, remote) {}

    Connection connection;
    std::uint16_t index = 0;
    std::uint16_t listener = none;  // that it waits at: half open, or to be accepted
    bool parked = false;            // cannot send: its next hop's MAC is not known
    base::Instant created;
    Entry* next_in_bucket = nullptr;
    base::ListLink all_link;
    base::ListLink output_link;   // may have something to send, or is parked
    base::ListLink ready_link;    // the application should look
    base::ListLink starved_link;  // it wanted to write, and there was no buffer
    base::ListLink waiting_link;  // at the listener, or in TIME-WAIT with no owner

    static constexpr std::uint16_t none = 0xffff;
};

class Sockets {
public:
    // Accepts connections to `local`; an unspecified address means any of ours.
    // At most `backlog` connections wait to be established or accepted: more
    // SYNs are dropped, and their senders try again.
    // `versions` is then those of IP that are meant.
    [[gnu::cold]] base::Result<SocketId, Error> listen(Endpoint local, std::uint16_t backlog = 256,
                                                       Versions versions = Versions::Both);
    // The oldest established connection of a listener, or WouldBlock.
    base::Result<SocketId, Error> accept(SocketId listener);

    // Starts an active open, from `local`: an address of ours, or any (MUST-43), and a port,
    // or one of our choice. The socket becomes writable when it is established, or failed.
    // AddressInUse: there is such a connection; with `reuse` one in TIME-WAIT is none, if it had
    // time stamps, which tell its late segments from new ones, and a second has passed.
    // [rfc7323 §5.8] [rfc6191 §2]
    base::Result<SocketId, Error> connect(Endpoint remote, Endpoint local = Endpoint(), bool reuse = false);

    // Takes as many bytes as there is room for, at least one, or WouldBlock.
    base::Result<std::size_t, Error> send(SocketId, Bytes);
    // The same without a copy: write into the span, then say how much of it was
    // used, even if nothing. The span may be shorter than the room there is
    // (the buffer wraps).
    base::Result<MutableBytes, Error> reserve(SocketId);
    void commit(SocketId, std::size_t written);

    // Takes what has arrived: at least one byte, 0 for the end of the stream,
    // or WouldBlock. Fewer bytes than `out` holds: there are no more now, and the
    // socket becomes ready again when there is more to know.
    base::Result<std::size_t, Error> receive(SocketId, MutableBytes);
    // The same without a copy: look, then say how much was consumed. An empty
    // span is the end of the stream. The bytes stay put until they are consumed.
    base::Result<Bytes, Error> peek(SocketId);
    void consume(SocketId, std::size_t count);

    // Says that we send no more; the peer can still send. [rfc9293 §3.6]
    base::Result<void, Error> shutdown(SocketId);
    // Gives the socket back; the name is no longer valid. What was sent is
    // still delivered, unless there is unread data, which resets (SHLD-3).
    // A listener's connections that nobody accepted are reset.
    void close(SocketId);
    // Resets the connection and gives the socket back.
    void abort(SocketId);

    // Urgent data, as far as there is room, at least one byte, or WouldBlock. (MUST-30)
    base::Result<std::size_t, Error> send_urgent(SocketId, Bytes);

    // What the application chooses, of a connection or for all that a listener accepts.
    // What is not allowed becomes what comes next to it, as settings() then says.
    void configure(SocketId, Settings const& wanted);
    Settings settings(SocketId) const;
    // One of them: small segments leave at once instead of waiting for an ACK (MUST-17).
    void set_no_delay(SocketId, bool);

    State state(SocketId) const;
    Readiness readiness(SocketId) const;
    // Why the connection failed; WouldBlock if it did not.
    Error error(SocketId) const;
    base::Result<Information, Error> information(SocketId) const;
    // All connections, those too that no socket names any more; those that `out`
    // does not hold are left out. Returns how many it holds.
    std::size_t list(std::span<Information> out) const;

    // ---- for the Interface ----
    Sockets(Config const&, Allocator&, RandomSource&, Statistics&, Ipv4Configuration const& own,
            PacketQueue&);
    [[gnu::cold]] ~Sockets();
    [[nodiscard]] [[gnu::cold]] bool create();

    // Of IPv6, once it is spoken.
    void speak_ipv6(nd::Host const& host) { shared_.ipv6 = &host; }
    void on_segment(Arrival const&, Bytes segment, base::Instant now);
    void on_icmp_error(Endpoint local, Endpoint remote, SeqNum quoted, bool hard, Error error);
    // True if it was about something on its way.
    bool on_too_big(Endpoint local, Endpoint remote, SeqNum quoted, std::uint16_t mtu, base::Instant now);

    void tell_time(base::Instant now) { now_ = now; }
    void run_timers(base::Instant now) {
        tell_time(now);
        if (timers_.deadline() <= now) run_due_timers();
    }
    base::Instant deadline() const { return timers_.deadline(); }

    // The next connection that may have something to send, and what it is. When
    // its next hop is not known, park() it until unpark_all().
    Entry* first_with_output() const { return output_.front(); }
    bool next_segment(Entry&, OutgoingSegment& out, base::Instant now);
    void park(Entry&);
    void unpark_all();
    void on_no_route(Entry&, Error);
    // An address that no longer answers, once: its next hop may not be what it was (MUST-20).
    bool has_doubt() const { return doubt_.has_value(); }
    std::optional<IpAddress> take_doubt() { return std::exchange(doubt_, std::nullopt); }

    bool has_ready() const { return ready_listeners_ > 0 || !ready_.empty() || may_feed(); }
    SocketId next_ready();  // false if there is none

    std::size_t connections() const { return used_; }
    // The peers have everything that was written and every FIN, or are gone.
    bool all_acknowledged() const;
    BlockPool const& receive_blocks() const { return shared_.receive_blocks; }
    BlockPool const& send_blocks() const { return shared_.send_blocks; }

private:
    struct Listener {
        bool used = false;
        bool newly_ready = false;
        std::uint16_t generation = 1;
        std::uint16_t backlog = 0;
        std::uint16_t pending = 0;  // in either list
        Endpoint local;
        Versions versions = Versions::Both;
        Settings settings;
        base::List<Entry, &Entry::waiting_link> half_open;
        base::List<Entry, &Entry::waiting_link> accepting;
    };
    struct Slot {
        Entry* entry = nullptr;
        std::uint16_t generation = 1;
        std::uint16_t next_free = Entry::none;
    };

    // listen.cpp: §3.10.7.1 and §3.10.7.2
    CALLED_SELDOM void in_listen(Listener&, wire::TcpHeader const&, Endpoint local, Endpoint remote,
                                 SeqNum initial, std::uint32_t clock, base::Instant now);
    CALLED_SELDOM void in_closed(wire::TcpHeader const&, std::size_t data_length, Endpoint local,
                                 Endpoint remote);
    Entry* open_half(Listener&, wire::TcpHeader const& syn, Endpoint local, Endpoint remote, SeqNum initial,
                     std::uint32_t clock, base::Instant now);
    bool send_alone(Endpoint local, Endpoint remote, wire::TcpHeader&);
    CALLED_SELDOM void send_reset(Endpoint local, Endpoint remote, SeqNum sequence, bool has_ack,
                                  SeqNum acknowledgement);
    SeqNum initial_sequence(std::uint64_t secret, base::Instant now) const;
    std::uint64_t secret_of(Endpoint local, Endpoint remote) const;

    // cookies.cpp
    CALLED_SELDOM void send_cookie(wire::TcpHeader const& syn, Endpoint local, Endpoint remote,
                                   std::uint32_t clock, base::Instant now);
    CALLED_SELDOM Entry* answered_cookie(Listener&, wire::TcpHeader const&, Endpoint local, Endpoint remote,
                                         base::Instant now);

    // table.cpp
    Entry* find(Endpoint local, Endpoint remote) const;
    Entry* make_entry(Endpoint local, Endpoint remote);
    void unhash(Entry&);
    CALLED_SELDOM void run_due_timers();
    bool settle(Entry&);
    void leave_listener(Entry&);
    CALLED_SELDOM void free_entry(Entry&);
    std::size_t bucket_of(Endpoint local, Endpoint remote) const;
    bool recycle_time_wait();
    Port choose_port(IpAddress local, Endpoint remote);
    base::Result<IpAddress, Error> source_for(IpAddress destination) const;

    Entry* find(SocketId) const;
    // Connections that found no buffer to send from, and now there may be one.
    bool may_feed() const { return !starved_.empty() && shared_.send_blocks.may_have_one(); }
    void note_starved(Entry&);
    Listener* find_listener(SocketId) const;
    Listener* listener_for(Endpoint local) const;
    SocketId id_of(Entry const&) const;
    // Numbers of a new connection begin beyond those of the old one of the same ends (MAY-2).
    static SeqNum beyond(Entry const& before, SeqNum initial);
    void enqueue(Entry& entry) {
        if (!entry.output_link.linked()) output_.push_back(entry);
    }

    Allocator& memory_;
    RandomSource& random_;
    Statistics& statistics_;
    Ipv4Configuration const& own_;
    PacketQueue& packets_;
    Limits const& limits_;
    Shared shared_;
    SipKey sequence_key_;
    SynCookies cookies_;
    std::uint64_t bucket_key_ = 0;
    base::Instant now_;  // as last heard; good enough to start a timer by
    std::optional<IpAddress> doubt_;

    Table<Slot> slots_;
    Table<Entry*> buckets_;
    mutable Table<Listener> listeners_;
    TimerHeap timers_;
    std::size_t used_ = 0;
    std::uint16_t first_free_ = Entry::none;
    unsigned ready_listeners_ = 0;
    base::List<Entry, &Entry::all_link> all_;
    base::List<Entry, &Entry::output_link> output_;
    base::List<Entry, &Entry::output_link> parked_;
    base::List<Entry, &Entry::ready_link> ready_;
    base::List<Entry, &Entry::starved_link> starved_;
    base::List<Entry, &Entry::waiting_link> time_wait_;  // oldest first
};

}  // namespace net::tcp
