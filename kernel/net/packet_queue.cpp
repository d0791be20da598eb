// SPDX-License-Identifier: MIT
#include "kernel/net/packet_queue.hpp"

#include <new>

namespace net {

PacketQueue::~PacketQueue() {
    while (first_ != nullptr) release(remove_after(nullptr));
}

Packet* PacketQueue::make(std::size_t length) {
    ASSERT(length <= wire::Ipv4Header::largest_packet - wire::Ipv4Header::size);
    if (!has_room(length)) {
        statistics_.count(Drop::OutputQueueFull);
        return nullptr;
    }
    void* place = memory_.allocate(sizeof(Packet) + length, alignof(Packet));
    if (place == nullptr) {
        statistics_.count(Drop::OutputNoMemory);
        return nullptr;
    }
    Packet* packet = ::new (place) Packet();
    packet->length = static_cast<std::uint32_t>(length);
    ++packets_;
    octets_ += length;
    return packet;
}

void PacketQueue::push(Packet* packet) {
    packet->next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = packet;
    last_ = packet;
}

Packet* PacketQueue::remove_after(Packet* previous) {
    Packet*& link = previous == nullptr ? first_ : previous->next;
    Packet* packet = link;
    link = packet->next;
    if (last_ == packet) last_ = previous;
    return packet;
}

void PacketQueue::release(Packet* packet) {
    if (packet == nullptr) return;
    --packets_;
    octets_ -= packet->length;
    memory_.release(packet, sizeof(Packet) + packet->length);
}

}  // namespace net
