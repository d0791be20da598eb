// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_console.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "kernel/base/assert.hpp"

namespace devices {
namespace {

constexpr std::uint64_t feature_size =
    1ull << 0;  // SIZE: the configuration has columns and rows [virtio-1.2 §5.3.3]
constexpr std::size_t config_columns = 0;  // and rows, 16 bits each [virtio-1.2 §5.3.4]

}  // namespace

base::Result<VirtioConsole*, VirtioError> VirtioConsole::create(void* place, VirtioTransport& transport,
                                                                DmaMemory& memory,
                                                                void (*wake)(void* context), void* context) {
    VirtioSetup setup(transport, memory);
    std::uint64_t const features = TRY(setup.negotiate(feature_size | virtio_feature::event_index));
    VirtioRings const receive = TRY(setup.rings(receive_queue, buffers));
    VirtioRings const transmit = TRY(setup.rings(transmit_queue, buffers));
    DmaBlock const block = TRY(setup.buffers(2 * buffers * buffer_size));
    auto* const console = ::new (place) VirtioConsole(transport, receive, transmit, block);
    console->wake_ = wake;
    console->context_ = context;
    console->read_identity(features);
    TRY(transport.set_handler(on_interrupt, console));
    TRY(setup.enable(receive_queue, console->receive_));
    TRY(setup.enable(transmit_queue, console->transmit_));
    setup.finish();
    return console;
}

VirtioConsole::VirtioConsole(VirtioTransport& transport, VirtioRings const& receive,
                             VirtioRings const& transmit, DmaBlock const& memory)
    : transport_(transport), receive_(receive.make()), transmit_(transmit.make()), memory_(memory) {
    for (std::uint16_t i = transmit_.size(); i-- > 0;) free_[free_count_++] = i;
    transmit_.refuse_interrupts();
}

void VirtioConsole::read_identity(std::uint64_t features) {
    std::array<std::uint8_t, 4> said{};
    if ((features & feature_size) == 0 || !transport_.read_config(config_columns, 2, said)) return;
    size_ = {static_cast<std::uint16_t>(said[0] | said[1] << 8),
             static_cast<std::uint16_t>(said[2] | said[3] << 8)};
}

void VirtioConsole::start() {
    for (std::uint16_t i = 0; i < receive_.size(); ++i) offer(i);
    transport_.set_status(transport_.status() | virtio_status::driver_ok);
    if (receive_.publish()) transport_.notify(receive_queue);
}

void VirtioConsole::on_interrupt(void* self) {
    auto* const console = static_cast<VirtioConsole*>(self);
    console->wake_(console->context_);
}

void VirtioConsole::check() {
    if (!transport_.looked()) failed_ = true;
    if (failed_ || (!receive_.failed() && !transmit_.failed())) return;
    failed_ = true;
    if (receive_.failed())
        report_broken(transport_, "virtio-console", "receive", receive_.fault());
    else
        report_broken(transport_, "virtio-console", "transmit", transmit_.fault());
}

// An empty buffer for the device to fill.
void VirtioConsole::offer(std::uint16_t buffer) {
    Virtqueue::Buffer const part{memory_.physical + buffer * buffer_size, buffer_size, true};
    auto const pushed = receive_.push({&part, 1}, buffer);
    ASSERT(pushed.ok() || pushed.error() == Virtqueue::Error::Failed);
}

void VirtioConsole::reclaim() {
    while (auto const used = transmit_.pop_used()) free_[free_count_++] = used->token;
    check();
}

std::size_t VirtioConsole::write(std::string_view text) {
    reclaim();
    std::size_t taken = 0;
    while (taken < text.size() && free_count_ > 0 && !failed_) {
        std::uint16_t const buffer = free_[--free_count_];
        std::size_t const size = std::min(text.size() - taken, buffer_size);
        std::memcpy(transmit_buffer(buffer), text.data() + taken, size);
        Virtqueue::Buffer const part{memory_.physical + (buffers + buffer) * buffer_size,
                                     static_cast<std::uint32_t>(size), false};
        auto const pushed = transmit_.push({&part, 1}, buffer);
        ASSERT(pushed.ok() || pushed.error() == Virtqueue::Error::Failed);
        taken += size;
    }
    if (transmit_.publish()) transport_.notify(transmit_queue);
    return taken;
}

bool VirtioConsole::all_taken() {
    reclaim();
    return free_count_ == buffers;
}

std::size_t VirtioConsole::read(std::span<char> into) {
    std::size_t count = 0;
    // Each buffer once, whatever the device does meanwhile: it may return them empty.
    unsigned returned = 0;
    while (count < into.size() && returned < buffers && !failed_) {
        if (!reading_) {
            auto const used = receive_.pop_used();
            if (!used) break;
            reading_ = true;
            reading_buffer_ = used->token;
            read_from_ = 0;
            read_to_ = used->written;
        }
        std::size_t const size = std::min(into.size() - count, read_to_ - read_from_);
        std::memcpy(into.data() + count, receive_buffer(reading_buffer_) + read_from_, size);
        count += size;
        read_from_ += size;
        if (read_from_ < read_to_) break;
        reading_ = false;
        offer(reading_buffer_);
        ++returned;
    }
    check();
    if (returned > 0 && receive_.publish()) transport_.notify(receive_queue);
    return count;
}

}  // namespace devices
