// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_blk.hpp"

#include <algorithm>
#include <array>

#include "simulator/devices/describe.hpp"
#include "simulator/devices/fault.hpp"

namespace sim::devices {
namespace {

// [virtio-1.2 §5.2.3]
constexpr std::uint64_t feature_seg_max = 1ull << 2, feature_read_only = 1ull << 5,
                        feature_block_size = 1ull << 6, feature_flush = 1ull << 9,
                        feature_discard = 1ull << 13, feature_write_zeroes = 1ull << 14;

std::uint64_t features_of(bool read_only) {
    std::uint64_t const common = feature_seg_max | feature_block_size | feature_flush |
                                 virtio_feature::indirect | virtio_feature::event_index |
                                 virtio_feature::ring_reset;
    return common | (read_only ? feature_read_only : feature_discard | feature_write_zeroes);
}

// [virtio-1.2 §5.2.6]
enum : std::uint32_t {
    type_in = 0,
    type_out = 1,
    type_flush = 4,
    type_get_id = 8,
    type_discard = 11,
    type_write_zeroes = 13,
};
enum : std::uint8_t { status_ok = 0, status_error = 1, status_unsupported = 2 };
constexpr std::size_t header_bytes = 16, type_bytes = 4, id_bytes = 20, segment_bytes = 16;

// Configuration. [virtio-1.2 §5.2.4]
constexpr unsigned config_size = 60;
constexpr std::uint32_t seg_max = Virtqueue::max_size - 2;  // beside header and status
constexpr std::uint32_t most_range_sectors = 1u << 16, most_segments = 32;

std::uint64_t le(std::span<std::uint8_t const> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
}

}  // namespace

VirtioBlk::VirtioBlk(std::string name, machine::Surroundings& board, machine::DiskConfig const& config)
    : VirtioDevice(std::move(name), board, 2, features_of(config.read_only), 1, config_size),
      disk_(config.blob),
      read_only_(config.read_only) {
    VirtioBlk::reset();
}

void VirtioBlk::reset() {
    faults_.clear();
    power_is_cut_ = false;
    disk_.written() = machine::PageOverlay(disk_.written().pages());
    VirtioDevice::reset();
}

void VirtioBlk::on_device_reset() {
    forget_requests();
    reads_ = writes_ = flushes_ = errors_ = 0;
}

void VirtioBlk::on_queue_reset(unsigned) { forget_requests(); }

// Those on their way: neither their buffers nor the disk are touched any more.
// [virtio-1.2 §2.4, §2.6.1]
void VirtioBlk::forget_requests() {
    if (in_flight_.empty()) return;
    in_flight_.clear();
    board_.disarm(*this, 0);
}

void VirtioBlk::load(machine::StateReader& reader) {
    fields(*this, reader);
    check_loaded();
    bool const right = in_flight_.size() <= Virtqueue::max_size && faults_.size() <= most_faults &&
                       std::all_of(faults_.begin(), faults_.end(), [](Fault const& f) {
                           return f.kind <= FaultKind::cut && f.victim <= Victim::any && f.left != 0;
                       });
    if (!right) throw machine::StateError(name() + ": impossible requests or faults");
}

std::uint8_t VirtioBlk::config_byte(unsigned offset) const {
    auto const field = [&](unsigned start, unsigned size, std::uint64_t value) -> std::uint8_t {
        return offset >= start && offset < start + size
                   ? static_cast<std::uint8_t>(value >> (8 * (offset - start)))
                   : std::uint8_t{0};
    };
    std::uint64_t const range = read_only_ ? 0 : most_range_sectors,
                        segments = read_only_ ? 0 : most_segments;
    return static_cast<std::uint8_t>(field(0, 8, disk_.sectors()) | field(12, 4, seg_max) |
                                     field(20, 4, Disk::sector_bytes) | field(34, 2, 1) |
                                     field(36, 4, range) | field(40, 4, segments) | field(44, 4, 1) |
                                     field(48, 4, range) | field(52, 4, segments));
}

// --- From the queue ---

void VirtioBlk::on_notify(unsigned) { fetch(); }

// Takes what is offered, as much as the queue can hold.
void VirtioBlk::fetch() {
    if (power_is_cut_) return;
    Virtqueue::Chain chain;
    while (in_flight_.size() < queue(0).size) {
        if (take(0, chain) != Virtqueue::Taken::chain) break;
        if (!admissible(chain)) return;
        std::uint64_t const begin = in_flight_.empty() ? board_.now() : in_flight_.back().due_ns;
        Front const front = front_of(chain);
        std::uint64_t const due = begin + duration(chain, front);
        tell_request(chain, front);
        in_flight_.push_back({std::move(chain), due});
        chain = {};
    }
    want_notification(0, true);
    if (!in_flight_.empty()) board_.arm(*this, 0, in_flight_.front().due_ns);
}

// A request that cannot even be answered breaks the contract.
bool VirtioBlk::admissible(Virtqueue::Chain const& chain) {
    if (chain.readable_bytes() < header_bytes) return fail("a request shorter than its header"), false;
    if (chain.writable_bytes() == 0) return fail("a request with no place for its status"), false;
    return true;
}

// Of its header what can be read. Where it is no RAM, finish() tells.
VirtioBlk::Front VirtioBlk::front_of(Virtqueue::Chain const& chain) {
    Front front;
    for (auto const& piece : chain.readable)
        for (std::uint32_t b = 0; b < piece.length && front.length < front.bytes.size(); ++b, ++front.length)
            if (!board_.read_memory(piece.address + b, {&front.bytes[front.length], 1})) return front;
    return front;
}

std::uint64_t VirtioBlk::duration(Virtqueue::Chain const& chain, Front const& front) {
    if (front.length < type_bytes) return request_ns;
    if (le(std::span(front.bytes).first(type_bytes)) == type_flush) return flush_ns;
    return request_ns + chain.readable_bytes() - header_bytes + chain.writable_bytes() - 1;
}

// For who watches.
void VirtioBlk::tell_request(Virtqueue::Chain const& chain, Front const& front) {
    if (front.length < front.bytes.size()) return;
    std::span const bytes(front.bytes);
    std::uint64_t const type = le(bytes.first(type_bytes)), sector = le(bytes.subspan(8));
    using enum machine::DiskAction;
    std::uint64_t const out = chain.readable_bytes() - header_bytes, in = chain.writable_bytes() - 1;
    switch (type) {
        case type_in:
            return board_.disk_access(*this, {read, false, false, sector, in});
        case type_out:
            return board_.disk_access(*this, {write, false, false, sector, out});
        case type_flush:
            return board_.disk_access(*this, {flush, false, false, 0, 0});
        default:
            return;  // what is discarded is told when it is done
    }
}

void VirtioBlk::on_timer(std::uint32_t) {
    while (!in_flight_.empty() && in_flight_.front().due_ns <= board_.now()) {
        Request const request = std::move(in_flight_.front());
        in_flight_.pop_front();
        if (!running() || power_is_cut_ || !finish(request)) {
            in_flight_.clear();
            return publish(0);  // those before it
        }
    }
    publish(0);
    fetch();
}

// False: no answer, and none for those behind.
bool VirtioBlk::finish(Request const& request) {
    Virtqueue::Chain const& chain = request.chain;
    auto const what = header(chain);
    if (!what) return false;
    auto const answer = serve(chain, *what);
    if (!answer || power_is_cut_) return false;
    if (answer->status != status_ok) ++errors_;
    std::uint8_t const status[] = {answer->status};
    return scatter(chain, chain.writable_bytes() - 1, status) &&
           give_back(0, chain.head, answer->written + 1);
}

std::optional<VirtioBlk::Header> VirtioBlk::header(Virtqueue::Chain const& chain) {
    std::array<std::uint8_t, header_bytes> bytes;
    if (!gather(chain, 0, bytes)) return std::nullopt;
    return Header{static_cast<std::uint32_t>(le(std::span(bytes).first(4))), le(std::span(bytes).subspan(8))};
}

// --- One request ---

std::optional<VirtioBlk::Answer> VirtioBlk::serve(Virtqueue::Chain const& chain, Header const& what) {
    switch (what.type) {
        case type_in: {
            ++reads_;
            if (fault_for(Victim::read)) return failed(machine::DiskAction::read, what.sector);
            return read(chain, what.sector);
        }
        case type_out: {
            ++writes_;
            auto const fault = fault_for(Victim::write);
            if (fault && fault->kind == FaultKind::fail)
                return failed(machine::DiskAction::write, what.sector);
            return write(chain, what.sector, fault);
        }
        case type_flush: {
            ++flushes_;
            if (fault_for(Victim::flush)) return failed(machine::DiskAction::flush, 0);
            disk_.flush();
            board_.disk_access(*this, {machine::DiskAction::flush, true, false, 0, 0});
            return Answer{status_ok, 0};
        }
        case type_get_id: {
            std::array<std::uint8_t, id_bytes> id{};
            std::string const text = "vivarium-" + name();
            std::copy_n(text.begin(), std::min(text.size(), id.size()), id.begin());
            auto const length = std::min<std::uint64_t>(chain.writable_bytes() - 1, id.size());
            if (!scatter(chain, 0, std::span(id).first(length))) return std::nullopt;
            return Answer{status_ok, static_cast<std::uint32_t>(length)};
        }
        case type_discard:
        case type_write_zeroes: {
            bool const discard = what.type == type_discard;
            if (read_only_) return Answer{status_error, 0};
            if (!has(discard ? feature_discard : feature_write_zeroes)) return Answer{status_unsupported, 0};
            ++writes_;
            auto const fault = fault_for(Victim::write);
            if (fault && fault->kind == FaultKind::fail) return Answer{status_error, 0};
            return discard_or_zero(chain, discard, fault);
        }
        default:
            board_.report(name(), fmt::format("a request of type {}: unsupported", what.type));
            return Answer{status_unsupported, 0};
    }
}

std::optional<VirtioBlk::Answer> VirtioBlk::read(Virtqueue::Chain const& chain, std::uint64_t sector) {
    std::uint64_t const bytes = chain.writable_bytes() - 1;
    std::uint64_t const sectors = bytes / Disk::sector_bytes;
    if (bytes % Disk::sector_bytes != 0 || !disk_.holds(sector, sectors))
        return failed(machine::DiskAction::read, sector);
    std::array<std::uint8_t, machine::page_bytes> piece;
    for (std::uint64_t done = 0; done < bytes;) {
        auto const part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), bytes - done));
        disk_.read(sector + done / Disk::sector_bytes, part);
        if (!scatter(chain, done, part)) return std::nullopt;
        done += part.size();
    }
    board_.disk_access(*this, {machine::DiskAction::read, true, false, sector, bytes});
    return Answer{status_ok, static_cast<std::uint32_t>(bytes)};
}

std::optional<VirtioBlk::Answer> VirtioBlk::write(Virtqueue::Chain const& chain, std::uint64_t sector,
                                                  std::optional<Fault> const& fault) {
    std::uint64_t const bytes = chain.readable_bytes() - header_bytes;
    std::uint64_t const sectors = bytes / Disk::sector_bytes;
    if (read_only_ || bytes % Disk::sector_bytes != 0 || !disk_.holds(sector, sectors))
        return failed(machine::DiskAction::write, sector);
    std::uint64_t arrives = bytes;
    if (fault)
        arrives = fault->kind == FaultKind::lose
                      ? 0
                      : std::min<std::uint64_t>(bytes, std::uint64_t{fault->sectors} * Disk::sector_bytes);
    std::array<std::uint8_t, machine::page_bytes> piece;
    for (std::uint64_t done = 0; done < arrives;) {
        auto const part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), arrives - done));
        if (!gather(chain, header_bytes + done, part)) return std::nullopt;
        disk_.write(sector + done / Disk::sector_bytes, part);
        done += part.size();
    }
    board_.disk_access(*this, {machine::DiskAction::write, true, false, sector, arrives});
    return Answer{status_ok, 0};
}

VirtioBlk::Answer VirtioBlk::failed(machine::DiskAction action, std::uint64_t sector) {
    board_.disk_access(*this, {action, true, true, sector, 0});
    return Answer{status_error, 0};
}

// Discarded sectors read as zeros. All segments are looked at before any takes
// effect. [virtio-1.2 §5.2.6.2]
std::optional<VirtioBlk::Answer> VirtioBlk::discard_or_zero(Virtqueue::Chain const& chain, bool discard,
                                                            std::optional<Fault> const& fault) {
    std::uint64_t const bytes = chain.readable_bytes() - header_bytes;
    if (bytes == 0 || bytes % segment_bytes != 0 || bytes / segment_bytes > most_segments)
        return Answer{status_error, 0};
    std::vector<std::uint8_t> segments(bytes);
    if (!gather(chain, header_bytes, segments)) return std::nullopt;
    auto const segment = [&](std::size_t at) { return std::span(segments).subspan(at, segment_bytes); };
    for (std::size_t at = 0; at < bytes; at += segment_bytes) {
        std::uint64_t const sector = le(segment(at).first(8)), count = le(segment(at).subspan(8, 4)),
                            flags = le(segment(at).subspan(12, 4));
        // Bit 0 is "unmap", and not for a discard.
        if (flags & ~(discard ? 0ull : 1ull)) return Answer{status_unsupported, 0};
        if (count > most_range_sectors || !disk_.holds(sector, count)) return Answer{status_error, 0};
    }
    std::uint64_t left = fault ? (fault->kind == FaultKind::lose ? 0 : fault->sectors) : UINT64_MAX;
    for (std::size_t at = 0; at < bytes; at += segment_bytes) {
        std::uint64_t const count = std::min(left, le(segment(at).subspan(8, 4)));
        disk_.zero(le(segment(at).first(8)), count);
        board_.disk_access(*this, {machine::DiskAction::write, true, false, le(segment(at).first(8)),
                                   count * Disk::sector_bytes});
        left -= count;
    }
    return Answer{status_ok, 0};
}

// --- Faults ---

// The fault that strikes this request, if one does. All that wait for its kind
// come one nearer. A cut goes before all others; else the first ordered is the one.
std::optional<VirtioBlk::Fault> VirtioBlk::fault_for(Victim victim) {
    std::optional<Fault> strikes;
    for (Fault& fault : faults_) {
        if (fault.victim != victim && fault.victim != Victim::any) continue;
        if (--fault.left == 0 &&
            (!strikes || (fault.kind == FaultKind::cut && strikes->kind != FaultKind::cut)))
            strikes = fault;
    }
    std::erase_if(faults_, [](Fault const& fault) { return fault.left == 0; });
    if (strikes && strikes->kind == FaultKind::cut) {
        power_is_cut_ = true;
        if (strikes->forget) disk_.forget();
        board_.report(name(), "the power of the disk is cut, as ordered");
    }
    return strikes;
}

bool VirtioBlk::on_fault(std::vector<std::string> const& line) {
    std::vector<std::string> words = line;
    bool const forget = !words.empty() && words.front() == "cut" && words.back() == "forget";
    if (forget) words.pop_back();
    if (words.size() < 3 || words.size() > 4 || faults_.size() == most_faults) return false;
    constexpr std::string_view kinds[] = {"fail", "lose", "tear", "cut"};
    constexpr std::string_view victims[] = {"read", "write", "flush", "any"};
    auto const kind = std::find(std::begin(kinds), std::end(kinds), words[0]) - std::begin(kinds);
    auto const victim = std::find(std::begin(victims), std::end(victims), words[1]) - std::begin(victims);
    auto const n = fault_number(words[2]);
    auto const sectors = words.size() == 4 ? fault_number(words[3]) : std::optional<std::uint32_t>(0);
    if (kind == std::ssize(kinds) || victim == std::ssize(victims) || !n || *n == 0 || !sectors) return false;
    Fault const fault{static_cast<FaultKind>(kind), static_cast<Victim>(victim), *n, *sectors, forget};
    bool const needs_sectors = fault.kind == FaultKind::tear;
    bool const may_have_sectors = needs_sectors || fault.kind == FaultKind::cut;
    bool const cut_in_flush = fault.kind == FaultKind::cut && fault.victim == Victim::flush;
    if (fault.kind != FaultKind::fail && fault.victim != Victim::write && !cut_in_flush) return false;
    if (cut_in_flush && words.size() == 4) return false;
    if ((needs_sectors && words.size() != 4) || (!may_have_sectors && words.size() == 4)) return false;
    faults_.push_back(fault);
    return true;
}

machine::StateNode VirtioBlk::describe() const {
    machine::StateNode node = VirtioDevice::describe();
    auto& c = node.children;
    c.push_back(number("capacity", disk_.sectors(), "sectors of 512 bytes"));
    c.push_back({"kind", read_only_ ? "read-only" : "writable", "", {}});
    c.push_back(number("written pages", disk_.pages_written(), "of 4096 bytes, kept in the machine"));
    c.push_back(number("not flushed", disk_.pages_not_flushed(), "pages that a power cut might take"));
    c.push_back(number("in flight", in_flight_.size(), "requests taken and not finished"));
    c.push_back(number("reads", reads_));
    c.push_back(number("writes", writes_, "with discards and zeroes"));
    c.push_back(number("flushes", flushes_));
    c.push_back(number("errors", errors_, "requests answered with an error"));
    c.push_back(
        number("faults", faults_.size(), power_is_cut_ ? "the power is cut" : "ordered, yet to come"));
    return node;
}

}  // namespace sim::devices
