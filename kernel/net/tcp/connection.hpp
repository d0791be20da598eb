// SPDX-License-Identifier: MIT
//
// One connection: the state machine of RFC 9293, with a Sender and a Receiver.
//
//   connection.cpp       opening, the application's calls, timers, segments to send
//   choices.cpp          what an application may choose
//   segment_arrives.cpp  §3.10.7: what a segment does, step by step
//   path.cpp             what routers say of the way
//   halves.hpp           the two directions, each without knowledge of states
//
// It knows no sockets and no table. What its owner has to act on is collected
// in events.
#pragma once

#include "kernel/base/checks.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/net/nd/host.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/ecn.hpp"
#include "kernel/net/tcp/halves.hpp"
#include "kernel/net/tcp/settings.hpp"
#include "kernel/net/tcp/state.hpp"
#include "kernel/net/tcp/timestamps.hpp"
#include "kernel/net/wire/tcp.hpp"

namespace net::tcp {

// A segment to send, complete but for the checksum. next_segment sets every field.
struct OutgoingSegment {
    wire::TcpHeader header;
    Bytes parts[2];
    std::uint16_t segment_size = 0;  // the payload may be longer: the device cuts it
    std::uint8_t time_to_live = 64;
    std::uint8_t traffic_class = 0;
};

// What all connections of an interface share.
struct Shared {
    Shared(Config const& config, Allocator& memory, Statistics& counters);

    Config const& config;
    TcpOffers const offers;
    Statistics& statistics;
    BlockPool receive_blocks;
    BlockPool send_blocks;
    std::uint8_t window_shift = 0;   // what makes our largest window fit into 16 bits
    nd::Host const* ipv6 = nullptr;  // null: it is not spoken
    // What a packet of the link leaves for a segment to or from this peer; of the link a router
    // may have said that it carries less than the card. (MUST-67, SHLD-6) [rfc4861 §6.3.4]
    std::uint16_t our_mss(IpAddress peer) const {
        return static_cast<std::uint16_t>(peer.is_v4() ? config.mtu - 40 : ipv6->routers().link_mtu() - 60);
    }
};

struct Events {
    bool established = false;
    bool readable = false;
    bool writable = false;
    bool closed = false;     // the state is CLOSED now
    bool news = false;       // something else that the application wants to know
    bool no_answer = false;  // R1: perhaps the next hop is not what it was (MUST-20)
};

class Connection {
public:
    Connection(Shared& shared, Endpoint local, Endpoint remote);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // ---- opening [rfc9293 §3.10.1] ----
    // `clock`: where our time stamps begin.
    void open_active(SeqNum initial, std::uint32_t clock);
    // The SYN that a listener got. [rfc9293 §3.10.7.2, third]
    void open_passive(wire::TcpHeader const& syn, SeqNum initial, std::uint32_t clock, base::Instant now);

    // The SYN,ACK left long ago, without a connection: it was a cookie.
    void assume_answered() {
        sender_.assume_syn_sent();
        receiver_.window_to_advertise(true);
        receiver_.acknowledged();
    }

    // ---- from the network ----
    // `field`: what the routers on its way left in the IP header. What does not count in the
    // segment is taken off it.
    void on_segment(wire::TcpHeader&, Bytes data, base::Instant now, EcnField field = EcnField::NotCapable);
    // A router or the peer's host could not deliver what we sent. [rfc9293 §3.9.2.2]
    void on_unreachable(SeqNum quoted, bool hard, Error error);
    // Our packets are too large for some link on the way. [rfc1191]
    bool on_too_big(SeqNum quoted, std::uint16_t mtu, base::Instant now);
    // Nothing larger leaves, for ten minutes: then the path may have changed for the better,
    // as far as the `mtu` that is said then allows. [rfc1191 §6.3] [rfc8201 §5.3]
    void limit_packets(std::uint16_t mtu, base::Instant now);
    // Nobody on the link answers for the next hop.
    void on_no_route(Error error, base::Instant now);

    // ---- to the network ----
    bool next_segment(OutgoingSegment& out, base::Instant now);
    // False: next_segment() would do nothing at all.
    bool may_have_segment() const {
        if (reset_.pending) return true;
        if (state_ == State::Closed) return false;
        bool const is_left_alone = orphan_ && state_ == State::FinWait2;  // the last wait begins
        return receiver_.ack_is_due() || sender_.has_work() || is_left_alone || keep_alive_due_;
    }
    // After a segment: is there another one at once?
    bool has_next_segment() const {
        return reset_.pending || receiver_.ack_is_due() || sender_.has_next_chunk();
    }
    base::Instant deadline() const;
    void on_timer(base::Instant now);

    // ---- the application [rfc9293 §3.10.2 to §3.10.5] ----
    base::Result<std::size_t, Error> send(Bytes);
    base::Result<MutableBytes, Error> reserve();
    void commit(std::size_t written) { sender_.commit(written); }
    base::Result<Bytes, Error> peek();
    void consume(std::size_t count) { receiver_.consume(count); }
    // Nothing will ever be read again, whatever is still unread.
    bool has_ended() const { return receiver_.fin_received() || state_ == State::Closed; }
    base::Result<void, Error> shutdown();
    void close(base::Instant now);
    void abort();
    // Urgent data, of any length (MUST-31): the peer is told of its end at once, whatever the
    // window, by an ACK if the data itself has to wait. Some of it may not fit; then the rest
    // is to be sent the same way.
    base::Result<std::size_t, Error> send_urgent(Bytes);
    void configure(Settings const& allowed, base::Instant now);
    Settings const& settings() const { return settings_; }

    // ---- for the owner, and those who look ----
    State state() const { return state_; }
    Endpoint const& local() const { return local_; }
    Endpoint const& remote() const { return remote_; }
    // Whether the headers before our segments are those of IPv6: 20 octets more.
    bool is_v6() const { return v6_; }
    bool is_passive() const { return passive_; }
    bool is_orphan() const { return orphan_; }
    bool uses_timestamps() const { return timestamps_.agreed(); }
    bool uses_sack() const { return sack_; }
    bool uses_ecn() const { return ecn_.agreed(); }
    std::uint8_t send_shift() const { return send_shift_; }
    Error error() const { return error_; }  // WouldBlock: none
    // What is wrong and may pass; WouldBlock: nothing.
    Error trouble() const { return trouble_; }
    // Octets up to the end of the urgent data, those before it included (MUST-33).
    std::uint32_t urgent() const {
        Position const read = receiver_.next() - receiver_.unread();
        return urgent_end_ > read ? static_cast<std::uint32_t>(urgent_end_ - read) : 0;
    }
    Readiness readiness() const;
    Sender const& sender() const { return sender_; }
    Receiver const& receiver() const { return receiver_; }
    bool has_reset_to_send() const { return reset_.pending; }
    Events take_events() {
        Events const result = events_;
        events_ = Events();
        return result;
    }
    // A SYN that may begin a new connection in the place of this one. (MAY-2)
    bool gives_way_to(wire::TcpHeader const& syn) const;
    // We may begin a new one between the same ends.
    bool may_be_followed(base::Instant now) const;

private:
    using Header = wire::TcpHeader;
    using Flag = wire::TcpFlags;

    // §3.10.7.3, and the numbered steps of §3.10.7.4. A step that returns false
    // has dealt with the segment.
    CALLED_SELDOM void in_syn_sent(Header const&, Bytes data, base::Instant now);
    void check_and_process(Header const&, std::int64_t begin, Bytes data, base::Instant now);
    bool check_timestamp(Header const&, base::Instant now);
    bool check_sequence(Header const&, std::int64_t begin, Bytes& data, bool& fin, base::Instant now);
    bool check_reset(Header const&, std::int64_t begin, base::Instant now);
    bool check_syn(Header const&, base::Instant now);
    bool check_ack(Header const&, std::int64_t begin, bool bare, base::Instant now);
    CALLED_SELDOM bool check_ack_in_syn_received(Header const&, std::int64_t begin, std::int64_t ack,
                                                 base::Instant now);
    [[gnu::noinline]] void acknowledge_with_blocks(Header const&, Acknowledgement&, base::Instant now);
    CALLED_SELDOM bool after_our_fin(base::Instant now);
    void process_text(std::int64_t begin, Bytes data, bool fin, base::Instant now);
    CALLED_SELDOM void on_fin(base::Instant now);

    base::Result<void, Error> may_send();
    void enter(State state);
    CALLED_SELDOM void enter_time_wait(base::Instant now);
    CALLED_SELDOM void fail(Error error);
    CALLED_SELDOM void die();
    CALLED_SELDOM void use_options_of(Header const& syn, base::Instant now);
    void use_segment_size_of(Header const& syn);
    // What a packet of this size leaves, IP and TCP headers without options taken off.
    std::uint16_t mss_of(std::uint16_t mtu) const {
        return static_cast<std::uint16_t>(mtu - (v6_ ? 60 : 40));
    }
    std::uint16_t our_mss() const { return shared_.our_mss(remote_.address); }
    std::uint16_t largest_segment(std::uint16_t peers_mss) const;
    std::uint32_t window_of(Header const& segment) const {
        return std::uint32_t{segment.window} << send_shift_;
    }
    CALLED_SELDOM void challenge(base::Instant now);
    void check_urgent(Header const&, std::int64_t begin);
    void check_congestion(Header const&, bool has_data);
    void add_congestion_marks(OutgoingSegment& out, Chunk const& chunk);
    void report(Error trouble);
    void plan_keep_alive(base::Instant now);
    void stop_keep_alive();
    CALLED_SELDOM bool keep_alive_is_due(base::Instant now);
    void reset_with(SeqNum sequence, bool ack);
    CALLED_SELDOM void finish_sending();
    void fill_header(OutgoingSegment& out, SeqNum sequence, std::uint8_t flags, base::Instant now);
    CALLED_SELDOM void offer_options(Header& syn, base::Instant now) const;
    void add_blocks(Header& header) const;
    void point_to_urgent_data(OutgoingSegment& out, Position begin) const;
    void tell_congestion();
    bool quotes_data_in_flight(SeqNum quoted) const;

    Shared& shared_;
    Endpoint local_;
    Endpoint remote_;
    State state_ = State::Closed;
    bool v6_ = false;
    bool passive_ = false;       // began in LISTEN (MUST-11)
    bool orphan_ = false;        // the application closed: nobody reads any more
    bool writer_waits_ = false;  // the application found no room
    Error error_ = Error::WouldBlock;
    Error soft_error_ = Error::TimedOut;  // what to say if we give up: the last thing a router said
    Events events_;
    Sender sender_;
    Receiver receiver_;
    // What the probes said last: they speak of changes only.
    struct Told {
        std::uint32_t window = 0, threshold = 0;
        base::Duration smoothed, timeout = RoundTripEstimator::initial;
    } told_;

    // What both SYNs had.
    Timestamps timestamps_;
    bool sack_ = false;
    Ecn ecn_;
    EcnField field_ = EcnField::NotCapable;  // of the segment that is being looked at
    std::uint16_t full_segment_ = 0;         // where the path is as wide as the link
    base::Instant narrow_until_ = base::Instant::never();
    std::uint8_t send_shift_ = 0;  // Snd.Wind.Shift: how the peer scales its window
    bool window_scale_ = false;

    Settings settings_;
    Error trouble_ = Error::WouldBlock;
    Position urgent_end_ = 0;  // behind the urgent data that the peer told of; 0: of none
    base::Instant heard_at_;   // when the last segment came
    base::Instant keep_alive_at_ = base::Instant::never();
    std::uint8_t keep_alive_asked_ = 0;  // and not answered
    bool keep_alive_due_ = false;

    base::Instant life_ends_ = base::Instant::never();  // TIME-WAIT, and FIN-WAIT-2 of an orphan

    struct Reset {
        bool pending = false;
        bool ack = false;
        SeqNum sequence;
    };
    Reset reset_;

    // Challenge ACKs in the current five seconds. [rfc5961 §7]
    base::Instant challenges_since_;
    unsigned challenges_ = 0;
};

}  // namespace net::tcp
