// SPDX-License-Identifier: MIT
//
// The application's calls.
#include "kernel/net/tcp/sockets.hpp"

#include <cstring>

#include "kernel/base/checks.hpp"
#include "kernel/net/nd/host.hpp"

namespace net::tcp {

// Of other listeners only: connections have their own entries, and do not matter (MUST-41,
// MUST-42).
base::Result<SocketId, Error> Sockets::listen(Endpoint local, std::uint16_t backlog, Versions versions) {
    if (local.port.is_any()) return base::fail(Error::InvalidAddress);
    bool const is_one_v6 = !local.address.is_v4() && !local.address.is_unspecified();
    if (local.address.is_v4()) versions = Versions::OnlyV4;  // 0.0.0.0 too
    if (is_one_v6) versions = Versions::OnlyV6;
    for (Listener& other : listeners_) {
        bool const overlaps = overlap(other.versions, versions) &&
                              (other.local.address == local.address || other.local.address.is_unspecified() ||
                               local.address.is_unspecified());
        if (other.used && other.local.port == local.port && overlaps) return base::fail(Error::AddressInUse);
    }
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        Listener& listener = listeners_[i];
        if (listener.used) continue;
        listener.used = true;
        listener.local = local;
        listener.versions = versions;
        listener.settings = Settings();
        listener.backlog = backlog > 0 ? backlog : 1;
        return SocketId(SocketId::Kind::Listener, static_cast<std::uint16_t>(i), listener.generation);
    }
    return base::fail(Error::NoMemory);
}

base::Result<SocketId, Error> Sockets::accept(SocketId id) {
    Listener* listener = find_listener(id);
    if (listener == nullptr) return base::fail(Error::InvalidSocket);
    Entry* entry = listener->accepting.front();
    if (entry == nullptr) return base::fail(Error::WouldBlock);
    leave_listener(*entry);
    if (entry->connection.readiness().readable) ready_.push_back(*entry);  // it did not wait for us
    return id_of(*entry);
}

base::Result<SocketId, Error> Sockets::connect(Endpoint remote, Endpoint local, bool reuse) {
    if (remote.port.is_any()) return base::fail(Error::InvalidAddress);
    IpAddress const source = TRY(source_for(remote.address));
    // Of several addresses of IPv6 any that is ours will do. (MUST-43 to MUST-45)
    bool const is_ours =
        local.address == source || (!remote.address.is_v4() && shared_.ipv6->is_ours(local.address.v6()));
    if (!local.address.is_unspecified() && !is_ours) return base::fail(Error::InvalidAddress);
    if (local.address.is_unspecified()) local.address = source;
    if (local.port.is_any()) local.port = choose_port(local.address, remote);
    if (local.port.is_any()) return base::fail(Error::AddressInUse);
    std::uint64_t const secret = secret_of(local, remote);
    SeqNum initial = initial_sequence(secret, now_);
    if (Entry* const old = find(local, remote)) {
        if (!reuse || !old->connection.may_be_followed(now_)) return base::fail(Error::AddressInUse);
        initial = beyond(*old, initial);
        free_entry(*old);
    }
    Entry* entry = make_entry(local, remote);
    if (entry == nullptr) return base::fail(Error::NoMemory);
    entry->connection.open_active(initial, static_cast<std::uint32_t>(secret >> 32));
    settle(*entry);
    return id_of(*entry);
}

// MUST-46: neither everybody nor nobody. And not ourselves: there is no loopback.
base::Result<IpAddress, Error> Sockets::source_for(IpAddress remote) const {
    if (!remote.is_v4()) {
        if (!remote.v6().is_unicast()) return base::fail(Error::InvalidAddress);
        if (shared_.ipv6 == nullptr) return base::fail(Error::NetworkUnreachable);
        if (shared_.ipv6->is_ours(remote.v6())) return base::fail(Error::InvalidAddress);
        return IpAddress(TRY(shared_.ipv6->source_for(remote.v6())));
    }
    if (!remote.v4().is_unicast()) return base::fail(Error::InvalidAddress);
    if (!own_.is_configured()) return base::fail(Error::NetworkUnreachable);
    if (own_.is_subnet_broadcast(remote.v4()) || remote.v4() == own_.address)
        return base::fail(Error::InvalidAddress);
    if (!own_.on_link(remote.v4()) && own_.gateway.is_unspecified())
        return base::fail(Error::NetworkUnreachable);
    return IpAddress(own_.address);
}

base::Result<std::size_t, Error> Sockets::send(SocketId id, Bytes data) {
    Entry* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    auto result = entry->connection.send(data);
    if (result.ok())
        enqueue(*entry);
    else
        note_starved(*entry);
    return result;
}

base::Result<MutableBytes, Error> Sockets::reserve(SocketId id) {
    Entry* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    auto result = entry->connection.reserve();
    if (!result.ok()) note_starved(*entry);
    return result;
}

// Its own acknowledgements will not tell it that there is a buffer again: another
// connection's do.
void Sockets::note_starved(Entry& entry) {
    bool const waits = is_synchronised(entry.connection.state()) && entry.connection.sender().lacks_buffer();
    if (waits && !entry.starved_link.linked()) starved_.push_back(entry);
}

void Sockets::commit(SocketId id, std::size_t written) {
    Entry* entry = find(id);
    if (entry == nullptr) return;
    entry->connection.commit(written);
    enqueue(*entry);
}

PART_OF_ALL_CALLERS base::Result<std::size_t, Error> Sockets::receive(SocketId id, MutableBytes out) {
    Entry* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    Connection& connection = entry->connection;
    std::size_t total = 0;
    while (total < out.size()) {
        Bytes piece = TRY(connection.peek());
        if (piece.empty()) return total;  // the end of the stream
        if (piece.size() > out.size() - total) piece = piece.first(out.size() - total);
        std::memcpy(out.data() + total, piece.data(), piece.size());
        connection.consume(piece.size());
        total += piece.size();
        if (connection.receiver().unread() == 0) break;
    }
    if (connection.receiver().ack_is_due()) enqueue(*entry);  // the window opened
    // Who gets less than asked for waits for news: that the stream has ended is news.
    if (connection.has_ended() && !entry->ready_link.linked()) ready_.push_back(*entry);
    return total;
}

base::Result<Bytes, Error> Sockets::peek(SocketId id) {
    Entry* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    return entry->connection.peek();
}

void Sockets::consume(SocketId id, std::size_t count) {
    Entry* entry = find(id);
    if (entry == nullptr) return;
    entry->connection.consume(count);
    if (entry->connection.receiver().ack_is_due()) enqueue(*entry);  // the window opened
}

base::Result<void, Error> Sockets::shutdown(SocketId id) {
    Entry* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    auto result = entry->connection.shutdown();
    settle(*entry);
    return result;
}

void Sockets::close(SocketId id) {
    if (Entry* entry = find(id)) {
        entry->connection.close(now_);
        settle(*entry);
        return;
    }
    Listener* listener = find_listener(id);
    if (listener == nullptr) return;
    while (Entry* entry =
               listener->accepting.empty() ? listener->half_open.front() : listener->accepting.front()) {
        leave_listener(*entry);
        entry->connection.abort();
        settle(*entry);
    }
    if (listener->newly_ready) --ready_listeners_;
    listener->newly_ready = false;
    listener->used = false;
    ++listener->generation;
}

void Sockets::abort(SocketId id) {
    Entry* entry = find(id);
    if (entry == nullptr) return;
    entry->connection.abort();
    settle(*entry);
}

base::Result<std::size_t, Error> Sockets::send_urgent(SocketId id, Bytes data) {
    Entry* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    auto result = entry->connection.send_urgent(data);
    if (result.ok()) enqueue(*entry);
    return result;
}

void Sockets::configure(SocketId id, Settings const& wanted) {
    Settings const settings = wanted.allowed();
    if (Listener* listener = find_listener(id)) listener->settings = settings;
    Entry* entry = find(id);
    if (entry == nullptr) return;
    entry->connection.configure(settings, now_);
    if (is_synchronised(entry->connection.state()))
        entry->connection.consume(0);  // perhaps the window opened
    settle(*entry);
    // Perhaps there is more room to write.
    if (entry->connection.readiness().writable && !entry->ready_link.linked()) ready_.push_back(*entry);
    enqueue(*entry);
}

Settings Sockets::settings(SocketId id) const {
    Settings result;
    if (Listener const* listener = find_listener(id)) result = listener->settings;
    if (Entry const* entry = find(id)) result = entry->connection.settings();
    std::uint32_t const send = shared_.send_blocks.block_size(),
                        receive = shared_.receive_blocks.block_size();
    if (result.send_buffer > send) result.send_buffer = send;
    if (result.receive_buffer > receive) result.receive_buffer = receive;
    return result;
}

void Sockets::set_no_delay(SocketId id, bool on) {
    Settings chosen = settings(id);
    chosen.no_delay = on;
    configure(id, chosen);
}

State Sockets::state(SocketId id) const {
    if (find_listener(id) != nullptr) return State::Listen;
    Entry const* entry = find(id);
    return entry == nullptr ? State::Closed : entry->connection.state();
}

Readiness Sockets::readiness(SocketId id) const {
    Readiness result;
    if (Listener const* listener = find_listener(id)) {
        result.readable = !listener->accepting.empty();
        return result;
    }
    Entry const* entry = find(id);
    return entry == nullptr ? result : entry->connection.readiness();
}

Error Sockets::error(SocketId id) const {
    Entry const* entry = find(id);
    return entry == nullptr ? Error::InvalidSocket : entry->connection.error();
}

namespace {

// Of a stream up to there; the SYN stands before it and the FIN behind.
std::uint64_t octets_before(Position position, Position end) {
    return position < 1 ? 0 : (position < end ? position : end) - 1;
}

Information information_of(Connection const& connection) {
    Information result;
    result.state = connection.state();
    result.local = connection.local();
    result.remote = connection.remote();
    result.unread = connection.receiver().unread();
    result.unacknowledged = connection.sender().unacknowledged();
    result.congestion_window = connection.sender().congestion_window();
    result.threshold = connection.sender().threshold();
    result.recovering = connection.sender().is_recovering();
    result.send_window = connection.sender().window();
    result.receive_window = connection.receiver().window();
    result.segment_size = connection.sender().segment_size();
    result.smoothed_rtt = connection.sender().round_trip().smoothed();
    result.retransmission_timeout = connection.sender().round_trip().timeout();
    result.rtt_variation = connection.sender().round_trip().variation();
    result.retransmissions = connection.sender().retransmissions();
    result.bytes_sent = octets_before(connection.sender().max(), connection.sender().end());
    result.bytes_acknowledged = octets_before(connection.sender().una(), connection.sender().end());
    result.bytes_received = octets_before(connection.receiver().next(), connection.receiver().next()) -
                            (connection.receiver().fin_received() ? 1 : 0);
    result.send_buffer = connection.sender().buffer();
    result.receive_buffer = connection.receiver().buffer();
    result.urgent = connection.urgent();
    result.trouble = connection.trouble();
    result.timestamps = connection.uses_timestamps();
    result.sack = connection.uses_sack();
    result.ecn = connection.uses_ecn();
    result.send_shift = connection.send_shift();
    return result;
}

}  // namespace

base::Result<Information, Error> Sockets::information(SocketId id) const {
    Entry const* entry = find(id);
    if (entry == nullptr) return base::fail(Error::InvalidSocket);
    return information_of(entry->connection);
}

std::size_t Sockets::list(std::span<Information> out) const {
    std::size_t count = 0;
    for (Entry const* entry = all_.front(); entry != nullptr && count < out.size();
         entry = all_.after(*entry))
        out[count++] = information_of(entry->connection);
    return count;
}

bool Sockets::all_acknowledged() const {
    for (Entry const* entry = all_.front(); entry != nullptr; entry = all_.after(*entry)) {
        Sender const& sender = entry->connection.sender();
        State const state = entry->connection.state();
        if (state == State::Closed || state == State::TimeWait) continue;
        if (sender.unacknowledged() > 0 || (sender.is_finished() && !sender.fin_acknowledged())) return false;
    }
    return true;
}

SocketId Sockets::next_ready() {
    if (ready_listeners_ > 0) {
        for (std::size_t i = 0; i < listeners_.size(); ++i) {
            Listener& listener = listeners_[i];
            if (!listener.newly_ready) continue;
            listener.newly_ready = false;
            --ready_listeners_;
            return SocketId(SocketId::Kind::Listener, static_cast<std::uint16_t>(i), listener.generation);
        }
    }
    Entry const* entry = ready_.pop_front();
    // All of them are told, for the first one may not want it any more.
    if (entry == nullptr && may_feed()) entry = starved_.pop_front();
    return entry == nullptr ? SocketId() : id_of(*entry);
}

SocketId Sockets::id_of(Entry const& entry) const {
    return SocketId(SocketId::Kind::Stream, entry.index, slots_[entry.index].generation);
}

// A socket that was closed has no name any more, though its connection lives on.
Entry* Sockets::find(SocketId id) const {
    if (id.kind() != SocketId::Kind::Stream || id.index() >= slots_.size()) return nullptr;
    Slot const& slot = slots_[id.index()];
    bool const valid = slot.entry != nullptr && slot.generation == id.generation();
    return valid && !slot.entry->connection.is_orphan() ? slot.entry : nullptr;
}

Sockets::Listener* Sockets::find_listener(SocketId id) const {
    if (id.kind() != SocketId::Kind::Listener || id.index() >= listeners_.size()) return nullptr;
    Listener& listener = listeners_[id.index()];
    return listener.used && listener.generation == id.generation() ? &listener : nullptr;
}

}  // namespace net::tcp
