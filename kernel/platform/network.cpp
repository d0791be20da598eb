// SPDX-License-Identifier: MIT
#include "kernel/platform/network.hpp"

#include <algorithm>

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/poller.hpp"
#include "kernel/threads/thread.hpp"

namespace platform {

using base::Instant;

namespace {

// The thread looks at the card this often by itself. Should the card's interrupt get
// lost, there would be no other: it is asked to tell of the next frame, not of each.
// [virtio-1.2 §2.7.7.2]
constexpr auto longest_sleep = base::Duration::seconds(1);
// And this often while the card has no room for frames, or takes none any more: the stack
// wants to send them at once, again and again.
constexpr auto sleep_without_room = base::Duration::milliseconds(100);

}  // namespace

bool Network::start(Card& card, net::Interface& stack, Watches const& watches) {
    // The thread may run before its maker goes on; it shall find a card that has begun.
    threads::MutexGuard guard(lock_);
    card_ = &card;
    stack_ = &stack;
    watches_ = watches;
    auto const thread = threads::create("network", run, this);
    if (!thread) return false;
    threads::detach(thread.value());
    card.start();
    return true;
}

// --- the network thread ------------------------------------------------------

void Network::run(void* self) {
    auto& network = *static_cast<Network*>(self);
    for (bool slept = false;;) {
        Instant sleep_until;
        bool more = false;
        {
            threads::MutexGuard guard(network.lock_);
            if (slept) network.card_->remind();
            more = network.round(Sends::Now);
            sleep_until = network.plan_sleep();
        }
        slept = !more && !network.work_.wait_until(sleep_until);
    }
}

// The card may interrupt whenever nobody makes a round. True: there is more to do than
// one round allows.
bool Network::round(Sends sends) {
    card_->refuse_interrupts();
    Instant const now = platform::now();
    unsigned const received =
        card_->receive(frames_per_round, [&](Card::Received const& frame) { take(frame, now); });
    unsigned const sent = sends == Sends::Now ? send_frames(now) : 0;
    tell_the_ready();
    notice_address();
    // Interrupts first, then a last look: a frame that comes in between is seen by one
    // of the two.
    bool const came = card_->allow_interrupts();
    return came || received == frames_per_round || sent == frames_per_round;
}

void Network::take(Card::Received const& frame, Instant now) {
    PROBE(packet_in, frame.bytes.data(), frame.bytes.size());
    net::RxFrame in;
    in.bytes = frame.bytes;
    if (frame.checksum_verified) in.checksum = net::ChecksumState::Verified;
    if (frame.checksum_partial) in.checksum = net::ChecksumState::Partial;
    in.gso_size = frame.segment_size;
    stack_->on_frame(in, now);
}

// Frames to send, or timers that are due. When it says no, stack_deadline_ is right.
inline bool Network::has_work(Instant now) {
    if (stack_->may_have_frame()) return true;
    stack_deadline_ = stack_->deadline();
    return now >= stack_deadline_;
}

// Mostly there is nothing to send, or one frame, and no timer is due.
unsigned Network::send_frames(Instant now) {
    stack_->tell_time(now);
    unsigned count = 0;
    has_room_ = true;
    while (count < frames_per_round && has_work(now)) {
        if (!card_->has_room()) {
            // The frames wait in the stack, which makes them only when asked.
            has_room_ = card_->wait_for_room();
            if (!has_room_) {
                stack_deadline_ = stack_->deadline();
                break;
            }
        }
        if (!stack_->next_frame(outgoing_, now)) {
            stack_deadline_ = stack_->deadline();  // timers have run
            break;
        }
        send(outgoing_);
        ++count;
    }
    if (count) card_->flush();
    return count;
}

void Network::send(net::TxFrame const& frame) {
    PROBE(packet_out, frame.header.data(), frame.header_length, frame.size());
    std::span<std::uint8_t const> const pieces[] = {frame.headers(), frame.payload[0], frame.payload[1]};
    Card::Offload offload{frame.needs_checksum, frame.checksum_start, frame.checksum_offset};
    if (frame.gso != net::Gso::None) {
        offload.is_ipv6 = frame.gso == net::Gso::Tcp6;
        offload.segment_size = frame.gso_size;
        offload.header_length = frame.header_length;
    }
    card_->transmit(pieces, offload);
}

PART_OF_ITS_CALLER void Network::tell_the_ready() {
    bool others = false;
    while (net::SocketId const socket = stack_->next_ready()) {
        Watch* const watch = find(socket);
        if (watch->poller && watch->generation == socket.generation())
            watch->poller->report(*watch);
        else
            others = true;
    }
    if (others) note_change();
}

void Network::note_change() {
    ++changes_;
    if (waiting_) changed_.notify_all();
}

void Network::notice_address() {
    if (stack_->ipv6() != nullptr) notice_ipv6_addresses(*stack_->ipv6());
    if (stack_->ipv4() == known_address_) return;
    known_address_ = stack_->ipv4();
    if (known_address_.is_configured())
        base::log_info("network: our address is {}/{}", known_address_.address, known_address_.prefix_length);
    else
        base::log_info("network: we have no address any more");
    note_change();
}

void Network::notice_ipv6_addresses(net::nd::Host const& host) {
    if (host.usable_count() == known_ipv6_) return;
    bool const more = host.usable_count() > known_ipv6_;
    known_ipv6_ = host.usable_count();
    if (more)
        for (net::nd::OwnAddress const& own : host.addresses().all())
            if (own.is_usable())
                base::log_info("network: our address is {}/{}", own.address, own.prefix_length);
    note_change();
}

// Timers of connections move with every packet, mostly away from us. An early
// look costs little and a new plan costs a switch to this thread, so the thread
// keeps the earlier time it had in mind.
Instant Network::plan_sleep() {
    Instant const now = platform::now();
    Instant const soonest = has_room_ ? Instant() : now + sleep_without_room;
    Instant const wanted = std::max(std::min(stack_deadline_, now + longest_sleep), soonest);
    bool const keep = sleeps_until_ > now && sleeps_until_ <= wanted;
    if (!keep) sleeps_until_ = wanted;
    return sleeps_until_;
}

// --- for threads that call into the stack --------------------------------------

void Network::flush() {
    unsigned const sent = send_frames(platform::now());
    tell_the_ready();
    if (sent == frames_per_round) work_.set();
    plan_no_later();
}

bool Network::wait_for_frames(threads::Event& event, Instant deadline) {
    bool const card_is_ours = host_ == nullptr;
    if (card_is_ours) host_ = &event;
    lock_.unlock();
    bool const in_time = event.wait_until(deadline);
    lock_.lock();
    if (card_is_ours) host_ = nullptr;
    return in_time;
}

void Network::take_frames() {
    if (round(Sends::Later)) work_.set();
}

// The thread is woken only for a time that is earlier than the one it has in mind, and
// keeps that even if the reason goes away: in traffic it wakes at every delayed ACK's
// time at most, and not with every segment.
void Network::plan_no_later() {
    if (stack_deadline_ >= sleeps_until_) return;
    sleeps_until_ = stack_deadline_;
    work_.set();
}

bool Network::wait_for_change(Instant deadline) {
    std::uint64_t const before = changes_;
    flush();
    if (changes_ != before) return true;  // what left made room
    ++waiting_;
    bool const in_time = changed_.wait_until(lock_, deadline);
    --waiting_;
    return in_time;
}

void Network::watch(net::SocketId socket, Poller& poller, std::uint16_t token) {
    NetworkGuard guard(*this);
    Watch& watch = *find(socket);
    Poller::drop(watch);
    watch = {&poller, token, socket.generation(), {}};
    // It may have become ready before anybody watched.
    poller.report(watch);
}

void Network::forget(net::SocketId socket) {
    Watch& watch = *find(socket);
    Poller::drop(watch);
    watch = {};
    note_change();
}

Watch* Network::find(net::SocketId socket) {
    std::span<Watch> table;
    switch (socket.kind()) {
        case net::SocketId::Kind::Listener:
            table = watches_.listeners;
            break;
        case net::SocketId::Kind::Stream:
            table = watches_.streams;
            break;
        case net::SocketId::Kind::Datagram:
            table = watches_.datagrams;
            break;
        case net::SocketId::Kind::None:
            break;
    }
    ASSERT(socket.index() < table.size());
    return &table[socket.index()];
}

bool Network::wait_for_address(Instant deadline) {
    NetworkGuard guard(*this);
    while (!stack_->ipv4().is_configured() && known_ipv6_ == 0)
        if (!wait_for_change(deadline)) return false;
    return true;
}

bool Network::has_way_to(net::IpAddress peer) const {
    if (peer.is_v4()) return stack_->ipv4().is_configured();
    return stack_->ipv6() != nullptr && stack_->ipv6()->source_for(peer.v6()).ok();
}

bool Network::wait_for_way_to(net::IpAddress peer, Instant deadline) {
    NetworkGuard guard(*this);
    while (!has_way_to(peer))
        if (!wait_for_change(deadline)) return false;
    return true;
}

bool Network::wait_for_ipv6(Instant deadline) {
    NetworkGuard guard(*this);
    net::nd::Host const* const host = stack_->ipv6();
    if (host == nullptr) return false;
    while (!host->addresses().has_beyond_link())
        if (!wait_for_change(deadline)) return false;
    return true;
}

bool Network::wait_until_sent(Instant deadline) {
    // Nobody is told of an acknowledgement on a closed socket, so this one looks.
    constexpr auto look_again = base::Duration::milliseconds(10);
    NetworkGuard guard(*this);
    while (!stack_->tcp().all_acknowledged()) {
        Instant const now = platform::now();
        if (now >= deadline) return false;
        (void)wait_for_change(now + look_again);
    }
    return true;
}

net::Ipv4Configuration Network::address() {
    NetworkGuard guard(*this);
    return stack_->ipv4();
}

}  // namespace platform
