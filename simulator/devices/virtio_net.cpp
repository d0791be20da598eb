// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_net.hpp"

#include <algorithm>

#include "simulator/devices/describe.hpp"
#include "simulator/devices/tcp_segments.hpp"

namespace sim::devices {
namespace {

// [virtio-1.2 §5.1.3]
constexpr std::uint64_t feature_csum = 1ull << 0, feature_guest_csum = 1ull << 1, feature_mac = 1ull << 5,
                        feature_guest_tso4 = 1ull << 7, feature_host_tso4 = 1ull << 11,
                        feature_mergeable = 1ull << 15, feature_status = 1ull << 16;
constexpr std::uint64_t net_features = feature_csum | feature_guest_csum | feature_mac | feature_guest_tso4 |
                                       feature_host_tso4 | feature_mergeable | feature_status |
                                       virtio_feature::indirect | virtio_feature::event_index |
                                       virtio_feature::ring_reset;

// The header before every packet, both ways. [virtio-1.2 §5.1.6]
//   flags, gso_type, hdr_len:16, gso_size:16, csum_start:16, csum_offset:16, num_buffers:16
// Drivers from before version 1 have the last field only with merging.
constexpr std::uint8_t flag_needs_csum = 1, gso_none = 0, gso_tcp4 = 1;
constexpr std::size_t num_buffers_offset = 10;
constexpr std::size_t smallest_frame = 14;
constexpr std::size_t link_carries = 14 + 1500;  // without a VLAN tag

constexpr unsigned config_size = 8;  // MAC, status
constexpr std::uint16_t status_link_up = 1;

std::uint16_t le16(std::span<std::uint8_t const> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

void put_le16(std::span<std::uint8_t> bytes, std::size_t at, std::size_t value) {
    bytes[at] = static_cast<std::uint8_t>(value);
    bytes[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

// A larger frame than the link carries goes to the driver as segments that were merged. The
// link does not say how long they were: as long as it carries. [virtio-1.2 §5.1.6.4.1]
// False: it is none.
bool describe_as_merged(std::span<std::uint8_t> header, std::span<std::uint8_t> frame) {
    auto const places = leave_checksum_open(frame);
    if (!places) return false;
    header[0] = flag_needs_csum, header[1] = gso_tcp4;
    put_le16(header, 2, places->payload);
    put_le16(header, 4, link_carries - places->payload);
    put_le16(header, 6, places->header);
    put_le16(header, 8, 16);
    return true;
}

}  // namespace

VirtioNet::VirtioNet(std::string name, machine::Surroundings& board, MacAddress mac)
    : VirtioDevice(std::move(name), board, 1, net_features, 2, config_size), mac_(mac) {
    VirtioNet::reset();
}

void VirtioNet::reset() {
    link_up_ = true;
    VirtioDevice::reset();
}

// The cable is not the driver's.
void VirtioNet::on_device_reset() {
    waiting_.clear();
    received_ = sent_ = dropped_ = 0;
}

std::uint8_t VirtioNet::config_byte(unsigned offset) const {
    if (offset < 6) return mac_[offset];
    return offset == 6 && link_up_ ? status_link_up : 0;
}

void VirtioNet::on_driver_ok() { want_notification(receive_queue, false); }

void VirtioNet::on_notify(unsigned index) { index == transmit_queue ? transmit() : receive(); }

std::size_t VirtioNet::header_bytes() const { return legacy() && !has(feature_mergeable) ? 10 : 12; }

// --- Out ---

void VirtioNet::transmit() {
    Virtqueue::Chain chain;
    // At most as many as the queue holds: a driver that refills faster than we
    // send would keep us here for ever.
    for (unsigned n = 0; n < Virtqueue::max_size; ++n) {
        if (take(transmit_queue, chain) != Virtqueue::Taken::chain) break;
        if (!chain.writable.empty()) return fail("transmit queue: a writable buffer");
        std::uint64_t const bytes = chain.readable_bytes();
        std::size_t const header = header_bytes();
        if (bytes < header) return fail("transmit queue: a packet shorter than its header");
        if (bytes - header > (has(feature_host_tso4) ? largest_to_cut : largest_frame)) {
            board_.report(name(),
                          fmt::format("a frame of {} bytes to send: too long, dropped", bytes - header));
            ++dropped_;
        } else {
            std::vector<std::uint8_t> packet(bytes);
            if (!gather(chain, 0, packet)) return;
            send(std::move(packet));
        }
        if (!give_back(transmit_queue, chain.head, 0)) return;
    }
    publish(transmit_queue);
    want_notification(transmit_queue, true);
}

void VirtioNet::send(std::vector<std::uint8_t> packet) {
    std::span const frame = std::span(packet).subspan(header_bytes());
    std::uint8_t const flags = packet[0], gso_type = packet[1];
    auto const drop = [&](char const* why) {
        board_.report(name(), fmt::format("a frame to send was dropped: {}", why));
        ++dropped_;
    };
    if (frame.size() < smallest_frame) return drop("shorter than an Ethernet header");
    if (gso_type != gso_none) {
        // The driver must ask for checksums, too. [virtio-1.2 §5.1.6.2.1]
        bool const possible = gso_type == gso_tcp4 && has(feature_host_tso4) && (flags & flag_needs_csum);
        if (!possible) return drop("it asks for segmentation, which was not negotiated");
        Segments const cut = cut_tcp4(frame, le16(packet, 4));
        if (cut.frames.empty()) return drop(cut.error.data());
        for (auto const& segment : cut.frames) put_on_the_wire(segment);
        return;
    }
    if (frame.size() > largest_frame) return drop("too long, and not to be cut");
    if (flags & flag_needs_csum) {
        if (!has(feature_csum)) return drop("it asks for a checksum, which was not negotiated");
        if (!complete_checksum(frame, le16(packet, 6), le16(packet, 8)))
            return drop("its checksum lies outside");
    }
    put_on_the_wire(frame);
}

void VirtioNet::put_on_the_wire(std::span<std::uint8_t const> frame) {
    ++sent_;
    if (link_up_) board_.output(*this, machine::OutputKind::frame, frame);
}

// --- In ---

void VirtioNet::on_input(machine::InputKind kind, std::span<std::uint8_t const> bytes) {
    if (kind == machine::InputKind::device_fault) return VirtioDevice::on_input(kind, bytes);
    if (kind == machine::InputKind::link_state && bytes.size() == 1) {
        link_up_ = bytes[0] != 0;
        if (has(feature_status)) config_changed();
        return;
    }
    if (kind != machine::InputKind::frame) return;
    if (!running() || !link_up_ || waiting_.size() >= card_memory_frames || !takes(bytes)) {
        ++dropped_;
        return;
    }
    waiting_.emplace_back(bytes.begin(), bytes.end());
    receive();
}

// From the link: frames, and larger ones that are TCP segments in one piece, if the driver
// takes such. Nothing is merged here.
bool VirtioNet::takes(std::span<std::uint8_t const> frame) const {
    if (frame.size() <= largest_frame) return frame.size() >= smallest_frame;
    if (frame.size() > largest_to_cut || !has(feature_guest_tso4)) return false;
    std::vector<std::uint8_t> copy(header_bytes());
    copy.insert(copy.end(), frame.begin(), frame.end());
    return describe_as_merged(copy, std::span(copy).subspan(header_bytes()));
}

// Moves frames from the card's memory into the driver's buffers.
void VirtioNet::receive() {
    while (!waiting_.empty() && deliver(waiting_.front())) {
        waiting_.pop_front();
        ++received_;
    }
    publish(receive_queue);
    if (waiting_.empty()) return want_notification(receive_queue, false);
    // The driver shall tell us when it has buffers again.
    want_notification(receive_queue, true);
}

// One frame into one chain, or into several when buffers may be merged. False:
// it stays where it is.
bool VirtioNet::deliver(std::vector<std::uint8_t> const& frame) {
    std::vector<std::uint8_t> packet(header_bytes());
    packet.insert(packet.end(), frame.begin(), frame.end());
    if (frame.size() > largest_frame) describe_as_merged(packet, std::span(packet).subspan(header_bytes()));

    std::vector<Virtqueue::Chain> chains;
    std::uint64_t room = 0;
    while (room < packet.size()) {
        if (!chains.empty() && !has(feature_mergeable)) break;
        Virtqueue::Chain chain;
        auto const taken = take(receive_queue, chain);
        if (taken == Virtqueue::Taken::broken) return false;
        if (taken == Virtqueue::Taken::nothing) {
            queue(receive_queue).untake(static_cast<std::uint16_t>(chains.size()));
            return false;
        }
        if (!chain.readable.empty() || chain.writable_bytes() == 0) {
            fail("receive queue: a buffer that cannot be written");
            return false;
        }
        room += chain.writable_bytes();
        chains.push_back(std::move(chain));
    }
    if (room < packet.size()) {
        fail(fmt::format(
            "receive queue: {} bytes of buffer for a packet of {}, and merging was not negotiated", room,
            packet.size()));
        return false;
    }
    if (header_bytes() > num_buffers_offset) put_le16(packet, num_buffers_offset, chains.size());

    std::size_t at = 0;
    for (Virtqueue::Chain const& chain : chains) {
        auto const part =
            std::span(packet).subspan(at, std::min<std::size_t>(chain.writable_bytes(), packet.size() - at));
        if (!scatter(chain, 0, part)) return false;
        at += part.size();
        if (!give_back(receive_queue, chain.head, static_cast<std::uint32_t>(part.size()))) return false;
    }
    return true;
}

machine::StateNode VirtioNet::describe() const {
    machine::StateNode node = VirtioDevice::describe();
    auto& c = node.children;
    c.push_back({"MAC", fmt::format("{:02x}", fmt::join(mac_, ":")), "", {}});
    c.push_back({"link", link_up_ ? "up" : "down", "", {}});
    c.push_back(number("received", received_, "frames given to the driver"));
    c.push_back(number("sent", sent_, "frames from the driver"));
    c.push_back(number("waiting", waiting_.size(), "frames with no buffer yet"));
    c.push_back(number("dropped", dropped_));
    return node;
}

}  // namespace sim::devices
