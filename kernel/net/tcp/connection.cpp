// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/connection.hpp"

#include "kernel/base/checks.hpp"

namespace net::tcp {
namespace {

using base::Duration;
using base::Instant;

constexpr std::uint16_t smallest_mss = 64;  // a peer that says less wants to see us work (CVE-2019-11479)
constexpr std::uint16_t default_mss = 536;  // MUST-15
constexpr std::uint16_t default_mss_v6 = 1220;
constexpr unsigned challenges_allowed = 10;  // in challenge_interval
constexpr auto challenge_interval = Duration::seconds(5);

std::uint32_t floor_to_power_of_two(std::uint32_t n) {
    std::uint32_t result = 1024;
    while (result * 2 <= n && result < 1024 * 1024) result *= 2;
    return result;
}

std::uint32_t max_blocks(Limits const& limits) {
    return limits.buffers != 0 ? limits.buffers : std::uint32_t{limits.connections};
}

}  // namespace

Shared::Shared(Config const& configuration, Allocator& memory, Statistics& counters)
    : config(configuration),
      offers(possible(configuration.offers)),
      statistics(counters),
      receive_blocks(memory, floor_to_power_of_two(configuration.limits.receive_buffer),
                     max_blocks(configuration.limits)),
      send_blocks(memory, floor_to_power_of_two(configuration.limits.send_buffer),
                  max_blocks(configuration.limits), BlockPool::For::Senders) {
    if (!configuration.offers.window_scale) return;
    while (receive_blocks.block_size() >> window_shift > 0xffff) ++window_shift;
}

Connection::Connection(Shared& shared, Endpoint local, Endpoint remote)
    : shared_(shared),
      local_(local),
      remote_(remote),
      v6_(!remote.address.is_v4()),
      sender_(shared.send_blocks, shared.statistics, shared.config.tcp, shared.config.congestion, this),
      receiver_(shared.receive_blocks, shared.statistics, shared.config.tcp, this) {}

void Connection::open_active(SeqNum initial, std::uint32_t clock) {
    timestamps_.set_offset(clock);
    sender_.start(initial);
    enter(State::SynSent);
}

void Connection::open_passive(wire::TcpHeader const& syn, SeqNum initial, std::uint32_t clock, Instant now) {
    passive_ = true;
    timestamps_.set_offset(clock);
    enter(State::SynReceived);
    use_options_of(syn, now);
    sender_.start(initial);
}

// Their SYN came. What it offers and we do, too, is agreed: our own SYN has said so, or
// will. [rfc7323 §2.5, §3.2] [rfc2018 §2]
void Connection::use_options_of(Header const& syn, Instant now) {
    TcpOffers const& ours = shared_.offers;
    window_scale_ = ours.window_scale && syn.window_scale.has_value();
    send_shift_ = window_scale_ ? *syn.window_scale : std::uint8_t{0};
    if (ours.timestamps && syn.timestamps) timestamps_.agree(syn.timestamps->value, now);
    sack_ = ours.sack && syn.sack_permitted;
    if (sack_) sender_.use_selective_acknowledgements();
    bool const is_answer = syn.has(Flag::Ack);
    if (is_answer ? ours.ecn == TcpOffers::Ecn::Ask && Ecn::agrees(syn)
                  : ours.ecn != TcpOffers::Ecn::Never && Ecn::asks(syn)) {
        ecn_.agree();
        sender_.tell_of_reductions();
    }
    receiver_.start(syn.sequence, largest_segment(our_mss()),
                    window_scale_ ? shared_.window_shift : std::uint8_t{0});
    use_segment_size_of(syn);
}

// What our SYN offers: everything, or in an answer what theirs offered.
void Connection::offer_options(Header& syn, Instant now) const {
    TcpOffers const& ours = shared_.offers;
    bool const first = state_ == State::SynSent;
    syn.mss = our_mss();  // MUST-14, SHLD-5, MAY-3
    if (first ? ours.window_scale : window_scale_) syn.window_scale = shared_.window_shift;
    syn.sack_permitted = first ? ours.sack : sack_;
    if (first && ours.timestamps) syn.timestamps = {timestamps_.clock(now), 0};
    // A SYN that is not answered may have been lost because it asked. [rfc3168 §6.1.1.1]
    bool const asks = first && ours.ecn == TcpOffers::Ecn::Ask && sender_.retransmissions() == 0;
    if (asks) syn.flags |= Ecn::both;
    if (!first && ecn_.agreed()) syn.flags |= Flag::Ece;
}

// The payload of the largest segment: every one carries its time stamps. (MUST-16)
std::uint16_t Connection::largest_segment(std::uint16_t mss) const {
    constexpr std::uint16_t timestamps = 12;
    return timestamps_.agreed() ? static_cast<std::uint16_t>(mss - timestamps) : mss;
}

void Connection::use_segment_size_of(Header const& syn) {
    std::uint16_t mss = syn.mss.value_or(v6_ ? default_mss_v6 : default_mss);
    if (mss < smallest_mss) mss = smallest_mss;
    if (mss > our_mss()) mss = our_mss();  // MUST-16: what our own link carries
    mss = full_segment_ = largest_segment(mss);
    Offloads const& device = shared_.config.offloads;
    bool const cuts = (v6_ ? device.tx_tcp6_segments : device.tx_tcp4_segments) &&
                      device.largest_frame > TxFrame::header_capacity;
    sender_.set_segment_size(mss, cuts ? device.largest_frame - TxFrame::header_capacity : 0);
}

void Connection::enter(State state) {
    if (state == state_) return;
    PROBE(tcp_state, this, state_, state);
    state_ = state;
    if (state == State::Established) {
        events_.established = true;
        plan_keep_alive(heard_at_);
        events_.writable = true;
        ++shared_.statistics.connections_opened;
    }
    if (state == State::Closed) events_.closed = true;
}

void Connection::enter_time_wait(Instant now) {
    life_ends_ = now + shared_.config.tcp.time_wait;  // MUST-13
    stop_keep_alive();
    sender_.release();
    enter(State::TimeWait);
}

// The connection ends because of `error`, which the application will see (MUST-12).
void Connection::fail(Error error) {
    error_ = error;
    events_.readable = true;
    events_.writable = true;
    die();
}

// What arrived may still be read.
void Connection::die() {
    sender_.release();
    if (orphan_) receiver_.release();
    life_ends_ = Instant::never();
    stop_keep_alive();
    enter(State::Closed);
}

// ---- to the network ----

bool Connection::next_segment(OutgoingSegment& out, Instant now) {
    out.header.clear_options();
    if (reset_.pending) {
        reset_.pending = false;
        fill_header(out, reset_.sequence, Flag::Rst, now);
        if (reset_.ack) {
            out.header.flags |= Flag::Ack;
            out.header.acknowledgement = receiver_.next_sequence();
        }
        ++shared_.statistics.resets_out;
        return true;
    }
    if (state_ == State::Closed) return false;
    if (orphan_ && state_ == State::FinWait2 && life_ends_ == Instant::never())
        life_ends_ = now + shared_.config.tcp.orphaned_fin_wait_2;

    if (now >= narrow_until_) limit_packets(shared_.config.mtu, now);
    add_blocks(out.header);
    auto const blocks = wire::TcpOptions::size_of_sack(out.header.sack_count);
    Chunk chunk;
    if (state_ != State::TimeWait && sender_.next_chunk(chunk, now, blocks)) {
        std::uint8_t flags = state_ == State::SynSent ? 0 : Flag::Ack;
        if (chunk.syn) flags |= Flag::Syn;
        if (chunk.fin) flags |= Flag::Fin;
        if (chunk.push) flags |= Flag::Psh;
        fill_header(out, sender_.sequence_of(chunk.position), flags, now);
        if (chunk.syn) offer_options(out.header, now);
        point_to_urgent_data(out, chunk.position);
        out.parts[0] = chunk.parts[0];
        out.parts[1] = chunk.parts[1];
        out.segment_size = sender_.payload_room();
        if (ecn_.agreed()) add_congestion_marks(out, chunk);
        return true;
    }
    if (keep_alive_due_) {
        keep_alive_due_ = false;
        // Of something that it has already, so that the peer must answer (SHLD-12).
        fill_header(out, sender_.sequence_of(sender_.max()) - 1, Flag::Ack, now);
        if (ecn_.agreed()) add_congestion_marks(out, Chunk());
        return true;
    }
    if (state_ == State::SynSent || !receiver_.ack_is_due()) return false;
    fill_header(out, sender_.sequence_of(sender_.max()), Flag::Ack, now);
    if (ecn_.agreed()) add_congestion_marks(out, Chunk());
    point_to_urgent_data(out, sender_.max());
    return true;
}

// Behind it (MUST-62), from where the segment begins; what is too far away is told of later.
void Connection::point_to_urgent_data(OutgoingSegment& out, Position begin) const {
    if (sender_.urgent_end() <= begin) return;
    Position const ahead = sender_.urgent_end() - begin;
    out.header.flags |= Flag::Urg;
    out.header.urgent_pointer = static_cast<std::uint16_t>(ahead < 0xffff ? ahead : 0xffff);
}

// New data may be marked by routers. What comes again may not, nor what asks about a closed
// window: nobody would hear of the mark if it were lost, and a forged one would count.
// [rfc3168 §6.1.2, §6.1.5, §6.1.6]
void Connection::add_congestion_marks(OutgoingSegment& out, Chunk const& chunk) {
    if (chunk.syn) return;
    out.header.flags |= ecn_.flags_of_ack();
    if (chunk.again || chunk.length() == 0 || !sender_.is_inside_window(chunk)) return;
    out.traffic_class |= static_cast<std::uint8_t>(EcnField::Capable0);
    if (sender_.take_reduced()) out.header.flags |= Flag::Cwr;
}

// What our ACKs say of segments behind holes, in data segments too (RFC 2018 §4): as many
// blocks as there is room for beside the time stamps, and, where the link carries little,
// beside some data. None on a SYN.
void Connection::add_blocks(Header& header) const {
    if (!sack_ || !sender_.syn_acknowledged() || !receiver_.has_blocks_to_report()) return;
    Range blocks[wire::TcpOptions::most_blocks];
    std::uint8_t most = timestamps_.agreed() ? 3 : wire::TcpOptions::most_blocks;
    while (wire::TcpOptions::size_of_sack(most) >= sender_.segment_size()) --most;
    header.sack_count = receiver_.report_blocks(blocks, most);
    for (std::uint8_t i = 0; i < header.sack_count; ++i)
        header.sack[i] = {receiver_.sequence_of(blocks[i].begin), receiver_.sequence_of(blocks[i].end)};
}

PART_OF_ITS_CALLER void Connection::fill_header(OutgoingSegment& out, SeqNum sequence, std::uint8_t flags,
                                                Instant now) {
    out.header.source = local_.port;
    out.header.destination = remote_.port;
    out.header.sequence = sequence;
    out.header.flags = flags;
    out.header.urgent_pointer = 0;
    if (timestamps_.agreed()) out.header.timestamps = {timestamps_.clock(now), timestamps_.recent()};
    out.parts[0] = Bytes();
    out.parts[1] = Bytes();
    out.segment_size = 0;
    out.time_to_live = settings_.time_to_live;
    out.traffic_class = settings_.traffic_class;
    if ((flags & Flag::Ack) != 0) {
        // Every segment that leaves carries the ACK that was due.
        out.header.acknowledgement = receiver_.next_sequence();
        out.header.window = receiver_.window_to_advertise((flags & Flag::Syn) != 0);
        receiver_.acknowledged();
        return;
    }
    out.header.acknowledgement = SeqNum();
    std::uint32_t const room = (flags & Flag::Syn) != 0 ? receiver_.buffer() : 0;
    out.header.window = static_cast<std::uint16_t>(room < 0xffff ? room : 0xffff);
}

PART_OF_ALL_CALLERS Instant Connection::deadline() const {
    if (state_ == State::Closed) return Instant::never();
    Instant result = life_ends_ < keep_alive_at_ ? life_ends_ : keep_alive_at_;
    if (state_ != State::TimeWait && sender_.deadline() < result) result = sender_.deadline();
    if (state_ != State::SynSent && receiver_.deadline() < result) result = receiver_.deadline();
    return result;
}

void Connection::on_timer(Instant now) {
    if (state_ == State::Closed) return;
    if (now >= life_ends_) return sender_.fin_acknowledged() ? die() : abort();  // it lingered long enough
    receiver_.on_timer(now);
    if (now >= keep_alive_at_ && !keep_alive_is_due(now)) {
        reset_with(sender_.sequence_of(sender_.max()), true);
        return fail(soft_error_);
    }
    if (state_ == State::TimeWait) return;
    bool const was_answered = !sender_.is_unanswered();
    if (!sender_.on_timer(now)) return fail(soft_error_);
    tell_congestion();
    if (was_answered && sender_.is_unanswered()) {  // R1
        events_.no_answer = true;
        report(soft_error_);
    }
}

// For those who plot it: whenever an ACK or the timer has changed something.
PART_OF_ALL_CALLERS void Connection::tell_congestion() {
    std::uint32_t const window = sender_.congestion_window(), threshold = sender_.threshold();
    if (window != told_.window || threshold != told_.threshold) {
        told_.window = window;
        told_.threshold = threshold;
        PROBE(tcp_window, this, window, threshold);
    }
    Duration const smoothed = sender_.round_trip().smoothed(), timeout = sender_.round_trip().timeout();
    if (smoothed == told_.smoothed && timeout == told_.timeout) return;
    told_.smoothed = smoothed;
    told_.timeout = timeout;
    PROBE(tcp_round_trip, this, smoothed.as_nanoseconds(), timeout.as_nanoseconds());
}

// ---- the application ----

base::Result<std::size_t, Error> Connection::send(Bytes data) {
    if (data.empty()) return std::size_t{0};
    TRY(may_send());
    std::size_t const written = sender_.write(data);
    if (written < data.size()) writer_waits_ = true;
    if (written == 0) return base::fail(Error::WouldBlock);
    return written;
}

base::Result<MutableBytes, Error> Connection::reserve() {
    TRY(may_send());
    MutableBytes const place = sender_.reserve();
    if (place.empty()) {
        writer_waits_ = true;
        return base::fail(Error::WouldBlock);
    }
    return place;
}

base::Result<void, Error> Connection::may_send() {
    if (error_ != Error::WouldBlock) return base::fail(error_);
    if (state_ == State::Closed) return base::fail(Error::NotConnected);
    if (sender_.is_finished()) return base::fail(Error::Shutdown);
    if (!is_synchronised(state_)) {
        writer_waits_ = true;
        return base::fail(Error::WouldBlock);
    }
    return {};
}

base::Result<Bytes, Error> Connection::peek() {
    if (receiver_.unread() > 0) return receiver_.peek();
    if (receiver_.at_end()) return Bytes();
    if (error_ != Error::WouldBlock) return base::fail(error_);
    if (state_ == State::Closed) return base::fail(Error::NotConnected);
    return base::fail(Error::WouldBlock);
}

base::Result<void, Error> Connection::shutdown() {
    if (error_ != Error::WouldBlock) return base::fail(error_);
    if (state_ == State::Closed || state_ == State::SynSent) return base::fail(Error::NotConnected);
    finish_sending();
    return {};
}

// CLOSE: our stream ends after what was written. [rfc9293 §3.10.4]
void Connection::finish_sending() {
    if (sender_.is_finished()) return;
    sender_.finish();
    if (state_ == State::Established) enter(State::FinWait1);
    if (state_ == State::CloseWait) enter(State::LastAck);
    // In SYN-RECEIVED the FIN waits until the connection is established.
}

void Connection::close(Instant now) {
    orphan_ = true;
    if (state_ == State::Closed) return;
    if (state_ == State::SynSent) return die();
    bool const is_done = state_ == State::TimeWait;
    // Data that nobody will read: the peer must not believe that it was (SHLD-3).
    if (receiver_.unread() > 0 && !is_done) return abort();
    if (settings_.linger == Duration() && !is_done) return abort();
    receiver_.release();
    finish_sending();
    if (settings_.linger && !sender_.fin_acknowledged()) life_ends_ = now + *settings_.linger;
}

// ABORT. [rfc9293 §3.10.5]
void Connection::abort() {
    orphan_ = true;
    error_ = Error::ConnectionAborted;
    switch (state_) {
        case State::SynReceived:
        case State::Established:
        case State::FinWait1:
        case State::FinWait2:
        case State::CloseWait:
            reset_with(sender_.sequence_of(sender_.max()), true);
            break;
        default:
            break;
    }
    die();
}

void Connection::reset_with(SeqNum sequence, bool ack) { reset_ = {true, ack, sequence}; }

Readiness Connection::readiness() const {
    Readiness result;
    bool const dead = state_ == State::Closed;
    result.failed = error_ != Error::WouldBlock;
    result.troubled = settings_.tell_of_trouble && trouble_ != Error::WouldBlock;
    result.urgent = urgent() > 0;
    result.readable = receiver_.unread() > 0 || receiver_.at_end() || dead;
    result.writable = dead || sender_.is_finished() || (is_synchronised(state_) && sender_.room() > 0);
    result.hung_up = dead || (receiver_.fin_received() && sender_.is_finished());
    return result;
}

// ---- challenge ACKs ----

// An ACK that says where we are, to a segment that does not fit. The peer, if
// it is the peer, will put things right; a stranger learns nothing, because the
// limit is this connection's own. [rfc5961 §7] And two ends that disagree cannot
// answer each other for ever.
void Connection::challenge(Instant now) {
    if (challenges_ == 0 || now - challenges_since_ >= challenge_interval) {
        challenges_since_ = now;
        challenges_ = 0;
    }
    if (challenges_ == challenges_allowed) return shared_.statistics.count(Drop::TcpChallengeLimited);
    ++challenges_;
    ++shared_.statistics.challenge_acks;
    receiver_.acknowledge_now();
}

}  // namespace net::tcp
