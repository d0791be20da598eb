// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_net.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"

namespace devices {
namespace {

// Feature bits of a network device. [virtio-1.2 §5.1.3]
namespace feature {
constexpr std::uint64_t checksum = 1ull << 0;  // CSUM: it fills in checksums of frames we send
constexpr std::uint64_t guest_checksum = 1ull
                                         << 1;  // GUEST_CSUM: we take frames whose checksum is not filled in
constexpr std::uint64_t mtu = 1ull << 3;        // MTU: the configuration says how much the link carries
constexpr std::uint64_t mac = 1ull << 5;        // MAC: and who we are
constexpr std::uint64_t guest_tcp4_segments = 1ull << 7;  // GUEST_TSO4: we take merged TCP segments
constexpr std::uint64_t guest_tcp6_segments = 1ull << 8;  // GUEST_TSO6: the same of IPv6
constexpr std::uint64_t tcp4_segments = 1ull << 11;       // HOST_TSO4: it cuts large TCP segments
constexpr std::uint64_t tcp6_segments = 1ull << 12;       // HOST_TSO6
constexpr std::uint64_t merged_buffers = 1ull << 15;  // MRG_RXBUF: it may spread a frame over several buffers
constexpr std::uint64_t all = checksum | guest_checksum | mtu | mac | guest_tcp4_segments | tcp4_segments |
                              guest_tcp6_segments | tcp6_segments | merged_buffers |
                              virtio_feature::event_index;
// [virtio-1.2 §5.1.3.1]; and we have no buffers that would hold a merged segment alone. What is
// for IPv6 is used beside the same for IPv4 only, as all cards have it.
constexpr FeatureDependence dependences[] = {{tcp4_segments, checksum},
                                             {tcp6_segments, tcp4_segments},
                                             {guest_tcp4_segments, guest_checksum | merged_buffers},
                                             {guest_tcp6_segments, guest_tcp4_segments}};
}  // namespace feature

// Offsets in the configuration. [virtio-1.2 §5.1.4]
constexpr std::size_t config_mac = 0;
constexpr std::size_t config_mtu = 10;

constexpr std::uint16_t smallest_mtu = 68;  // [rfc791 §3.2]; a device may not offer less
constexpr std::uint16_t largest_mtu = 1500;

constexpr std::size_t header_size = sizeof(VirtioNetHeader);

// What the card says that its link carries. Without the feature it says nothing: ours.
std::uint16_t read_mtu(VirtioTransport& transport, std::uint64_t features) {
    std::array<std::uint8_t, 2> field{};
    if (!(features & feature::mtu) || !transport.read_config(config_mtu, 2, field)) return largest_mtu;
    auto const said = static_cast<std::uint16_t>(field[0] | field[1] << 8);
    if (said >= smallest_mtu) return said;
    base::log_warning("virtio-net: ignoring an MTU of {}", said);
    return largest_mtu;
}

}  // namespace

base::Result<VirtioNet*, VirtioError> VirtioNet::create(void* place, VirtioTransport& transport,
                                                        DmaMemory& memory, Options const& options,
                                                        void (*wake)(void* context), void* context) {
    VirtioSetup setup(transport, memory);
    std::uint64_t features = TRY(setup.negotiate(feature::all, feature::dependences));
    // With the feature, buffers must hold what the link carries: ours hold largest_mtu, and a
    // card whose link carries more is used without. [virtio-1.2 §5.1.4.2]
    std::uint16_t const mtu = read_mtu(transport, features);
    if (mtu > largest_mtu) features = TRY(setup.negotiate(features & ~feature::mtu, feature::dependences));
    DmaBlock place_to_merge;
    if (features & feature::guest_tcp4_segments) {
        // A frame that does not fit into all buffers together would wait for ever, and all
        // others behind it. [virtio-1.2 §5.1.6.3.1]
        std::size_t const together = setup.ring_size(receive_queue, options.queue_size) * buffer_size;
        bool const enough = together >= header_size + largest_merged;
        auto const room = enough ? setup.buffers(largest_merged) : base::fail(VirtioError::NoMemory);
        if (enough && !room) base::log_warning("virtio-net: no memory to take segments that the card merges");
        if (room)
            place_to_merge = room.value();
        else  // begin again without; what the device offers now may be something else
            features = TRY(setup.negotiate(features & ~feature::guest_tcp4_segments, feature::dependences));
    }
    auto const allocate_queue = [&](std::uint16_t queue) -> base::Result<QueueMemory, VirtioError> {
        VirtioRings const rings = TRY(setup.rings(queue, options.queue_size));
        return QueueMemory{rings, TRY(setup.buffers(rings.size * buffer_size))};
    };
    QueueMemory const receive = TRY(allocate_queue(receive_queue));
    QueueMemory const transmit = TRY(allocate_queue(transmit_queue));
    auto* const card = ::new (place) VirtioNet(transport, receive, transmit);
    card->read_identity(options, features);
    if (features & feature::mtu) card->mtu_ = mtu;
    if (features & feature::guest_tcp4_segments) {
        auto* const start = reinterpret_cast<std::uint8_t*>(place_to_merge.memory);
        card->gathered_ = {start, largest_merged};
        card->takes_merged_segments_ = true;
        card->takes_merged_ipv6_ = (features & feature::guest_tcp6_segments) != 0;
    }
    card->wake_ = wake;
    card->context_ = context;
    TRY(transport.set_handler(on_interrupt, card));
    TRY(setup.enable(receive_queue, card->receive_));
    TRY(setup.enable(transmit_queue, card->transmit_));
    setup.finish();
    return card;
}

VirtioNet::VirtioNet(VirtioTransport& transport, QueueMemory const& receive, QueueMemory const& transmit)
    : transport_(transport),
      receive_(receive.rings.make()),
      transmit_(transmit.rings.make()),
      receive_buffers_(receive.buffers),
      transmit_buffers_(transmit.buffers) {
    for (std::uint16_t i = transmit.rings.size; i-- > 0;) free_[free_count_++] = i;
    transmit_.refuse_interrupts();
}

void VirtioNet::read_identity(Options const& options, std::uint64_t features) {
    offloads_checksum_ = (features & feature::checksum) != 0;
    // With few buffers, one such frame would keep all others waiting.
    cuts_segments_ = (features & feature::tcp4_segments) != 0 && transmit_.size() >= 4 * most_buffers;
    cuts_ipv6_segments_ = cuts_segments_ && (features & feature::tcp6_segments) != 0;
    understands_checksum_flags_ = (features & feature::guest_checksum) != 0;
    merges_ = (features & feature::merged_buffers) != 0;

    // An address with the lowest bit set names a group, never a card.
    bool const has_mac = (features & feature::mac) && transport_.read_config(config_mac, 1, mac_) &&
                         !(mac_[0] & 1) && mac_ != std::array<std::uint8_t, 6>{};
    if (!has_mac) {
        if (features & feature::mac)
            base::log_warning("virtio-net: the card's address is no address; using our own");
        mac_ = options.own_mac;
    }
}

void VirtioNet::start() {
    fill_receive_queue();
    transport_.set_status(transport_.status() | virtio_status::driver_ok);
    started_ = true;
    show_receive_buffers();
}

void VirtioNet::on_interrupt(void* self) {
    auto* const card = static_cast<VirtioNet*>(self);
    ++card->statistics_.interrupts;
    card->wake_(card->context_);
}

void VirtioNet::check(Virtqueue const& queue, std::string_view which) {
    if (!queue.failed() || failed_) return;
    failed_ = true;
    report_broken(transport_, "virtio-net", which, queue.fault());
}

// --- receiving -------------------------------------------------------------

void VirtioNet::fill_receive_queue() {
    for (std::uint16_t i = 0; i < receive_.size(); ++i) return_buffer(i);
}

void VirtioNet::return_buffer(std::uint16_t buffer) {
    Virtqueue::Buffer const part{receive_buffers_.physical + std::size_t{buffer} * buffer_size, buffer_size,
                                 true};
    // There is a descriptor for every buffer, so only a failed queue refuses.
    auto const pushed = receive_.push_one(part, buffer);
    ASSERT(pushed.ok() || pushed.error() == Virtqueue::Error::Failed);
}

void VirtioNet::show_receive_buffers() {
    if (!receive_.publish()) return;
    ++statistics_.notifications;
    transport_.notify(receive_queue);
}

// A frame without bytes is one to pass over.
bool VirtioNet::next_received(std::uint16_t& buffer, Received& frame) {
    if (!transport_.looked()) failed_ = true;
    if (!receive_.may_have_used()) return false;
    auto const used = failed_ ? std::nullopt : receive_.pop_used();
    if (!used) {
        check(receive_, "receive");
        return false;
    }
    buffer = used->token;
    frame = {};
    std::span<std::uint8_t const> bytes = received_bytes(*used);
    if (bytes.size() < header_size) {
        ++statistics_.bad_frames;
        return true;
    }
    // The device could change the header while we look: look at a copy.
    VirtioNetHeader header;
    std::memcpy(&header, bytes.data(), header_size);
    bytes = bytes.subspan(header_size);
    if (merges_ && header.buffers.value() != 1 && !gather(header.buffers.value(), bytes)) return false;
    if (bytes.empty() || !check_header(header, bytes.size(), frame)) {
        ++statistics_.bad_frames;
        return true;
    }
    frame.bytes = bytes;
    ++statistics_.received;
    statistics_.bytes_received += bytes.size();
    return true;
}

std::span<std::uint8_t const> VirtioNet::received_bytes(Virtqueue::Used const& used) const {
    std::byte const* const start = receive_buffers_.memory + std::size_t{used.token} * buffer_size;
    return {reinterpret_cast<std::uint8_t const*>(start), used.written};
}

// The rest of a frame follows in the next `buffers` - 1 that the device returned: all of
// them are there already. The whole becomes `bytes`; too long a frame becomes an empty
// one. False: the device said what is not so. [virtio-1.2 §5.1.6.4]
bool VirtioNet::gather(std::uint16_t buffers, std::span<std::uint8_t const>& bytes) {
    std::size_t size = 0;
    bool fits = true;
    auto const append = [&](std::span<std::uint8_t const> part) {
        fits = fits && part.size() <= gathered_.size() - size;
        if (!fits) return;
        std::memcpy(gathered_.data() + size, part.data(), part.size());
        size += part.size();
    };
    append(bytes);
    for (unsigned i = 1; i < buffers; ++i) {
        auto const next = receive_.pop_used();
        if (!next) break;
        append(received_bytes(*next));
        return_buffer(next->token);
        if (i + 1 == buffers) {
            bytes = std::span(gathered_).first(fits ? size : 0);
            return true;
        }
    }
    if (!receive_.failed()) receive_.declare_broken(Virtqueue::Fault::FrameIncomplete);
    check(receive_, "receive");
    return false;
}

// What a device says that was not agreed, or cannot be, makes the frame a bad one. Its word
// for the length of the headers is a hint, and not looked at. [virtio-1.2 §5.1.6.4.1]
bool VirtioNet::check_header(VirtioNetHeader const& header, std::size_t frame_size, Received& frame) const {
    bool const merged = header.gso_type == VirtioNetHeader::gso_tcp4   ? takes_merged_segments_
                        : header.gso_type == VirtioNetHeader::gso_tcp6 ? takes_merged_ipv6_
                                                                       : false;
    if (!merged && (header.gso_type != VirtioNetHeader::gso_none || frame_size > largest_frame)) return false;
    if (!understands_checksum_flags_) return true;  // then the flags mean nothing
    bool const partial = header.flags & VirtioNetHeader::flag_needs_checksum;
    if (merged && (!partial || header.gso_size.value() == 0)) return false;
    if (partial) {
        std::size_t const field = std::size_t{header.checksum_start.value()} + header.checksum_offset.value();
        if (field + 2 > frame_size) return false;
        frame.checksum_partial = true;
    } else if (header.flags & VirtioNetHeader::flag_data_valid) {
        frame.checksum_verified = true;
    }
    if (merged) frame.segment_size = header.gso_size.value();
    return true;
}

// --- sending ---------------------------------------------------------------

void VirtioNet::reclaim() {
    if (!transport_.looked()) failed_ = true;
    while (auto const used = transmit_.pop_used())
        for (std::uint16_t buffer = used->token; buffer != none; buffer = next_[buffer])
            free_[free_count_++] = buffer;
    check(transmit_, "transmit");
    if (waiting_for_room_ && free_count_ >= buffers_for_one()) {
        waiting_for_room_ = false;
        transmit_.refuse_interrupts();
    }
}

bool VirtioNet::has_room() {
    if (free_count_ < buffers_for_one()) reclaim();
    return free_count_ >= buffers_for_one() && !failed_;
}

bool VirtioNet::wait_for_room() {
    waiting_for_room_ = true;
    // What was used meanwhile may be too little; then the device is asked for more.
    while (waiting_for_room_ && !failed_ && transmit_.allow_interrupts()) reclaim();
    return has_room();
}

// From the free ones; it goes on where `previous` ends.
std::uint16_t VirtioNet::take_buffer(std::uint16_t previous) {
    ASSERT(free_count_ > 0);
    std::uint16_t const buffer = free_[--free_count_];
    next_[buffer] = none;
    if (previous != none) next_[previous] = buffer;
    return buffer;
}

void VirtioNet::transmit(Pieces pieces, Offload const& offload) {
    ASSERT(!offload.needs_checksum || offloads_checksum_);
    ASSERT(offload.segment_size == 0 ||
           (offload.needs_checksum && (offload.is_ipv6 ? cuts_ipv6_segments_ : cuts_segments_)));
    std::size_t length = 0;
    for (std::span<std::uint8_t const> piece : pieces) length += piece.size();
    ASSERT(length > 0 && length <= (offload.segment_size != 0 ? largest_to_cut : largest_frame));

    VirtioNetHeader header;
    if (offload.needs_checksum) {
        header.flags = VirtioNetHeader::flag_needs_checksum;
        header.checksum_start.set(offload.checksum_start);
        header.checksum_offset.set(offload.checksum_offset);
    }
    if (offload.segment_size != 0) {
        header.gso_type = offload.is_ipv6 ? VirtioNetHeader::gso_tcp6 : VirtioNetHeader::gso_tcp4;
        header.gso_size.set(offload.segment_size);
        header.header_length.set(offload.header_length);
    }
    if (header_size + length <= buffer_size)
        transmit_in_one(header, pieces);
    else
        transmit_in_several(header, pieces);
    ++statistics_.sent;
    statistics_.bytes_sent += length;
}

// The header and the pieces behind it, as nearly always.
void VirtioNet::transmit_in_one(VirtioNetHeader const& header, Pieces pieces) {
    std::uint16_t const buffer = take_buffer(none);
    std::size_t const offset = std::size_t{buffer} * buffer_size;
    std::byte* const start = transmit_buffers_.memory + offset;
    std::memcpy(start, &header, header_size);
    std::byte* at = start + header_size;
    for (std::span<std::uint8_t const> piece : pieces) {
        if (piece.empty()) continue;
        std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    }
    Virtqueue::Buffer const whole{transmit_buffers_.physical + offset, static_cast<std::uint32_t>(at - start),
                                  false};
    auto const pushed = transmit_.push_one(whole, buffer);
    ASSERT(pushed.ok() || pushed.error() == Virtqueue::Error::Failed);
}

// Through as many buffers as it takes.
void VirtioNet::transmit_in_several(VirtioNetHeader const& header, Pieces pieces) {
    std::array<Virtqueue::Buffer, most_buffers> chain;
    std::size_t count = 0, room = 0;
    std::uint16_t first = none, last = none;
    auto const append = [&](void const* data, std::size_t size) {
        auto const* from = static_cast<std::byte const*>(data);
        while (size > 0) {
            if (room == 0) {
                ASSERT(count < most_buffers);
                last = take_buffer(last);
                if (first == none) first = last;
                chain[count++] = {transmit_buffers_.physical + std::size_t{last} * buffer_size, 0, false};
                room = buffer_size;
            }
            std::size_t const part = std::min(size, room);
            std::memcpy(transmit_buffers_.memory + (std::size_t{last} + 1) * buffer_size - room, from, part);
            chain[count - 1].length += static_cast<std::uint32_t>(part);
            room -= part, size -= part, from += part;
        }
    };
    append(&header, header_size);
    for (std::span<std::uint8_t const> piece : pieces) append(piece.data(), piece.size());
    auto const pushed = transmit_.push(std::span(chain).first(count), first);
    ASSERT(pushed.ok() || pushed.error() == Virtqueue::Error::Failed);
}

void VirtioNet::flush() {
    ASSERT(started_);  // nothing may be announced before DRIVER_OK [virtio-1.2 §3.1.1]
    if (!transmit_.publish()) return;
    ++statistics_.notifications;
    transport_.notify(transmit_queue);
}

// A device that asks for the next notification too late, by what it knew of the ring before,
// hears of no later one. QEMU before 9.1 did, when a frame was larger than the room that it
// found at its second look. [virtio-1.2 §2.7.10.1]
void VirtioNet::remind() {
    if (failed_) return;
    statistics_.notifications += 2;
    transport_.notify(receive_queue);
    transport_.notify(transmit_queue);
}

}  // namespace devices
