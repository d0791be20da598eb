// SPDX-License-Identifier: MIT
//
// The table of connections: finding, making, freeing, and what has to follow
// after anything happened to one of them.
#include "kernel/base/checks.hpp"
#include "kernel/net/tcp/sockets.hpp"

namespace net::tcp {
namespace {

using base::Instant;

constexpr std::uint16_t first_dynamic_port = 49'152;  // [rfc6335 §6]
constexpr std::uint16_t dynamic_ports = 16'384;

}  // namespace

Sockets::Sockets(Config const& config, Allocator& memory, RandomSource& random, Statistics& statistics,
                 Ipv4Configuration const& own, PacketQueue& packets)
    : memory_(memory),
      random_(random),
      statistics_(statistics),
      own_(own),
      packets_(packets),
      limits_(config.limits),
      shared_(config, memory, statistics) {}

bool Sockets::create() {
    std::size_t const connections = limits_.connections;
    std::size_t buckets = 16;
    while (buckets < connections) buckets *= 2;
    if (!slots_.create(memory_, connections) || !buckets_.create(memory_, buckets) ||
        !listeners_.create(memory_, limits_.listeners) || !timers_.create(memory_, connections))
        return false;
    for (std::size_t i = connections; i > 0; --i) {
        slots_[i - 1].next_free = first_free_;
        first_free_ = static_cast<std::uint16_t>(i - 1);
    }
    sequence_key_ = {random_.next(), random_.next()};
    cookies_.create({random_.next(), random_.next()});
    bucket_key_ = random_.next() | 1;
    return true;
}

Sockets::~Sockets() {
    while (Entry* entry = all_.front()) free_entry(*entry);
}

// Multiplying by a secret odd number: enough that a stranger cannot choose
// addresses that all fall into one bucket.
std::size_t Sockets::bucket_of(Endpoint local, Endpoint remote) const {
    std::uint64_t const ports = std::uint64_t{remote.port.value()} << 16 | local.port.value();
    std::uint64_t hash = (remote.address.low() ^ ports << 29) * bucket_key_;
    hash = (hash ^ hash >> 32 ^ remote.address.high() ^ local.address.low()) * bucket_key_;
    return (hash >> 32) & (buckets_.size() - 1);
}

PART_OF_ALL_CALLERS Entry* Sockets::find(Endpoint local, Endpoint remote) const {
    for (Entry* entry = buckets_[bucket_of(local, remote)]; entry != nullptr; entry = entry->next_in_bucket)
        if (entry->connection.remote() == remote && entry->connection.local() == local) return entry;
    return nullptr;
}

Entry* Sockets::make_entry(Endpoint local, Endpoint remote) {
    if (first_free_ == Entry::none && !recycle_time_wait()) return nullptr;
    Entry* entry = make<Entry>(memory_, shared_, local, remote);
    if (entry == nullptr) return nullptr;
    Slot& slot = slots_[first_free_];
    entry->index = first_free_;
    first_free_ = slot.next_free;
    slot.entry = entry;
    entry->created = now_;
    Entry*& bucket = buckets_[bucket_of(local, remote)];
    entry->next_in_bucket = bucket;
    bucket = entry;
    all_.push_back(*entry);
    ++used_;
    return entry;
}

bool Sockets::recycle_time_wait() {
    Entry* oldest = time_wait_.front();
    if (oldest == nullptr) return false;
    ++statistics_.time_wait_recycled;
    free_entry(*oldest);
    return true;
}

void Sockets::unhash(Entry& entry) {
    Entry** link = &buckets_[bucket_of(entry.connection.local(), entry.connection.remote())];
    while (*link != nullptr && *link != &entry) link = &(*link)->next_in_bucket;
    if (*link == &entry) *link = entry.next_in_bucket;
    entry.next_in_bucket = nullptr;
}

void Sockets::free_entry(Entry& entry) {
    unhash(entry);
    timers_.remove(entry);
    leave_listener(entry);
    all_.remove(entry);
    if (entry.output_link.linked()) output_.remove(entry);
    if (entry.ready_link.linked()) ready_.remove(entry);
    if (entry.starved_link.linked()) starved_.remove(entry);
    if (entry.waiting_link.linked()) time_wait_.remove(entry);
    Slot& slot = slots_[entry.index];
    slot.entry = nullptr;
    ++slot.generation;
    slot.next_free = first_free_;
    first_free_ = entry.index;
    --used_;
    destroy(memory_, &entry);
}

// The connection is no longer its listener's to wait for.
void Sockets::leave_listener(Entry& entry) {
    if (entry.listener == Entry::none) return;
    Listener& listener = listeners_[entry.listener];
    listener.half_open.remove(entry);  // or from `accepting`: removing needs no list
    --listener.pending;
    entry.listener = Entry::none;
}

// Something happened to the connection: tell the application, move the timer,
// look for something to send. False if nobody needs it any more and it is gone.
bool Sockets::settle(Entry& entry) {
    Connection& connection = entry.connection;
    Events const events = connection.take_events();
    bool const unaccepted = entry.listener != Entry::none;

    if (events.closed) {
        unhash(entry);  // its addresses are free for a new connection
        timers_.remove(entry);
    } else {
        timers_.set(entry, connection.deadline());
    }
    if (unaccepted && events.established && !events.closed) {
        Listener& listener = listeners_[entry.listener];
        listener.half_open.remove(entry);
        listener.accepting.push_back(entry);
        if (!listener.newly_ready) ++ready_listeners_;
        listener.newly_ready = true;
    }
    if (events.no_answer) doubt_ = connection.remote().address;
    bool const news = events.readable || events.writable || events.closed || events.news;
    if (news && !unaccepted && !connection.is_orphan() && !entry.ready_link.linked()) ready_.push_back(entry);

    bool const is_dead = connection.state() == State::Closed;
    bool const is_unowned = connection.is_orphan() || unaccepted;
    if (is_dead && is_unowned && !connection.has_reset_to_send()) {
        free_entry(entry);
        return false;
    }
    if (connection.is_orphan() && entry.ready_link.linked()) ready_.remove(entry);
    if (connection.is_orphan() && entry.starved_link.linked()) starved_.remove(entry);
    if (connection.state() == State::TimeWait && connection.is_orphan() && !entry.waiting_link.linked())
        time_wait_.push_back(entry);
    if (!entry.parked && connection.may_have_segment()) enqueue(entry);
    return true;
}

void Sockets::run_due_timers() {
    while (timers_.deadline() <= now_) {
        Entry& entry = static_cast<Entry&>(*timers_.first());
        entry.connection.on_timer(now_);
        settle(entry);
    }
}

// ---- sending ----

// False when the connection has nothing to send after all. Those that had go to
// the end of the line, so that every connection gets its turn.
PART_OF_ALL_CALLERS bool Sockets::next_segment(Entry& entry, OutgoingSegment& out, Instant now) {
    now_ = now;
    output_.remove(entry);
    bool const result = entry.connection.next_segment(out, now);
    if (entry.connection.state() == State::Closed) {
        settle(entry);  // the reset is out, or there was none: free it if it is nobody's
        return result;
    }
    timers_.set(entry, entry.connection.deadline());
    if (result && entry.connection.has_next_segment()) enqueue(entry);
    return result;
}

void Sockets::park(Entry& entry) {
    output_.remove(entry);
    parked_.push_back(entry);
    entry.parked = true;
}

void Sockets::unpark_all() {
    while (Entry* entry = parked_.pop_front()) {
        entry->parked = false;
        enqueue(*entry);
    }
}

// Nobody answers ARP. A connection that is being opened fails; another one
// tries again when its timer runs out.
void Sockets::on_no_route(Entry& entry, Error error) {
    output_.remove(entry);
    entry.connection.on_no_route(error, now_);
    if (settle(entry) && entry.output_link.linked()) output_.remove(entry);
}

// ---- one connection after the other, between the same ends ----

SeqNum Sockets::beyond(Entry const& before, SeqNum initial) {
    Sender const& old = before.connection.sender();
    SeqNum const least = old.sequence_of(old.max()) + 128 * 1024;
    return precedes(initial, least) ? least : initial;
}

bool Connection::may_be_followed(Instant now) const {
    constexpr auto one_tick_at_least = base::Duration::seconds(1);
    return state_ == State::TimeWait && orphan_ && timestamps_.agreed() &&
           now >= life_ends_ - shared_.config.tcp.time_wait + one_tick_at_least;
}

// [rfc6056 §3.3.1]: begin anywhere, take the first that is free.
Port Sockets::choose_port(IpAddress local, Endpoint remote) {
    std::uint64_t const start = random_.next();
    for (unsigned i = 0; i < dynamic_ports; ++i) {
        Port const port(static_cast<std::uint16_t>(first_dynamic_port + (start + i) % dynamic_ports));
        if (find(Endpoint{local, port}, remote) == nullptr) return port;
    }
    return Port();
}

}  // namespace net::tcp
