// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_block.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"

namespace devices {
namespace {

// Feature bits of a block device. [virtio-1.2 §5.2.3]
namespace feature {
constexpr std::uint64_t read_only = 1ull << 5;  // RO
constexpr std::uint64_t flush = 1ull << 9;      // FLUSH: written data may wait in a cache until then
}  // namespace feature

constexpr std::size_t config_capacity = 0;  // in sectors, 64 bits [virtio-1.2 §5.2.4]

// Types and answers. [virtio-1.2 §5.2.6]
constexpr std::uint32_t type_in = 0, type_out = 1, type_flush = 4;
constexpr std::uint8_t status_ok = 0, status_error = 1, status_unsupported = 2;
constexpr std::uint8_t status_unanswered = 0xff;

constexpr std::uint16_t the_queue = 0;
constexpr std::uint16_t longest_chain = 3;

}  // namespace

base::Result<VirtioBlock*, VirtioError> VirtioBlock::create(void* place, VirtioTransport& transport,
                                                            DmaMemory& memory, void (*wake)(void* context),
                                                            void* context) {
    VirtioSetup setup(transport, memory);
    std::uint64_t const features = TRY(setup.negotiate(
        feature::read_only | feature::flush | virtio_feature::event_index | virtio_feature::indirect));
    // Without indirect descriptors a request takes three places.
    VirtioRings const rings = TRY(setup.rings(the_queue, 4 * most_requests, longest_chain));
    // No chain may be longer than the queue, not even in a table. [virtio-1.2 §2.7.5.3.1]
    if (rings.size < longest_chain) return base::fail(VirtioError::NoQueue);
    DmaBlock const envelopes = TRY(setup.buffers(most_requests * sizeof(Envelope)));
    DmaBlock const data = TRY(setup.buffers(most_requests * most_data));
    auto* const disk = ::new (place) VirtioBlock(transport, rings, envelopes, data);
    disk->wake_ = wake;
    disk->context_ = context;
    if (!disk->read_identity(features)) return base::fail(VirtioError::BadLayout);
    TRY(transport.set_handler(on_interrupt, disk));
    TRY(setup.enable(the_queue, disk->queue_));
    setup.finish();
    return disk;
}

VirtioBlock::VirtioBlock(VirtioTransport& transport, VirtioRings const& rings, DmaBlock const& envelopes,
                         DmaBlock const& data)
    : transport_(transport),
      queue_(rings.make()),
      envelopes_(envelopes),
      data_(data),
      places_(rings.features.table_size > 0 ? std::uint16_t{1} : longest_chain) {}

bool VirtioBlock::read_identity(std::uint64_t features) {
    std::array<std::uint8_t, 8> capacity{};
    if (!transport_.read_config(config_capacity, 4, capacity)) return false;
    for (unsigned i = 8; i-- > 0;) sectors_ = sectors_ << 8 | capacity[i];
    sectors_ = std::min(sectors_, UINT64_MAX / sector_size);  // a device may say anything
    read_only_ = (features & feature::read_only) != 0;
    has_cache_ = (features & feature::flush) != 0;
    return true;
}

void VirtioBlock::start() { transport_.set_status(transport_.status() | virtio_status::driver_ok); }

void VirtioBlock::on_interrupt(void* self) {
    auto* const disk = static_cast<VirtioBlock*>(self);
    ++disk->statistics_.interrupts;
    disk->wake_(disk->context_);
}

VirtioBlock::Envelope& VirtioBlock::envelope(std::uint16_t request) {
    return reinterpret_cast<Envelope*>(envelopes_.memory)[request];
}

std::optional<std::uint16_t> VirtioBlock::begin() {
    auto const free = std::find(states_.begin(), states_.end(), State::free);
    if (failed_ || free == states_.end()) return std::nullopt;
    // So that submit() always finds room.
    auto const begun = static_cast<unsigned>(std::count(states_.begin(), states_.end(), State::ours));
    if (queue_.free_descriptors() < places_ * (begun + 1)) return std::nullopt;
    *free = State::ours;
    return static_cast<std::uint16_t>(free - states_.begin());
}

std::span<std::byte> VirtioBlock::data(std::uint16_t request) {
    ASSERT(request < most_requests && states_[request] == State::ours);
    return {data_.memory + std::size_t{request} * most_data, most_data};
}

void VirtioBlock::submit(std::uint16_t request, Kind kind, std::uint64_t sector, std::size_t size) {
    ASSERT(request < most_requests && states_[request] == State::ours);
    ASSERT(size % sector_size == 0 && size <= most_data && (size == 0) == (kind == Kind::flush));
    ASSERT(kind == Kind::flush || (sector < sectors_ && size / sector_size <= sectors_ - sector));
    ASSERT(kind != Kind::write || !read_only_);  // [virtio-1.2 §5.2.6.1]

    Envelope& out = envelope(request);
    out.header.type.set(kind == Kind::read ? type_in : kind == Kind::write ? type_out : type_flush);
    out.header.reserved.set(0);
    out.header.sector.set(sector);
    out.status = status_unanswered;
    std::uint64_t const at = request * sizeof(Envelope);
    Virtqueue::Buffer chain[longest_chain];
    std::size_t parts = 0;
    chain[parts++] = {envelopes_.physical + at, sizeof(VirtioBlockHeader), false};
    if (size > 0)
        chain[parts++] = {data_.physical + std::size_t{request} * most_data, static_cast<std::uint32_t>(size),
                          kind == Kind::read};
    chain[parts++] = {envelopes_.physical + at + offsetof(Envelope, status), 1, true};

    states_[request] = State::devices;
    least_written_[request] = static_cast<std::uint32_t>(kind == Kind::read ? size + 1 : 1);
    ++statistics_.requests;
    auto const pushed = queue_.push({chain, parts}, request);
    ASSERT(pushed.ok() || pushed.error() == Virtqueue::Error::Failed);  // begin() has seen to it
}

void VirtioBlock::kick() {
    if (queue_.publish()) transport_.notify(the_queue);
}

std::optional<VirtioBlock::Done> VirtioBlock::finished() {
    if (!transport_.looked()) failed_ = true;
    if (failed_) return std::nullopt;
    auto const used = queue_.pop_used();
    if (!used) {
        if (queue_.failed()) {
            failed_ = true;
            report_broken(transport_, "virtio-blk", "request", queue_.fault());
        }
        return std::nullopt;
    }
    std::uint16_t const request = used->token;
    ASSERT(states_[request] == State::devices);
    states_[request] = State::ours;
    // It must have written the data and the status, or neither means anything.
    // [virtio-1.2 §2.7.8.2]
    bool const complete = used->written >= least_written_[request];
    // Read once: the device could change it while we look.
    std::uint8_t const status = std::atomic_ref(envelope(request).status).load(std::memory_order_relaxed);
    Outcome const outcome = !complete                      ? Outcome::nonsense
                            : status == status_ok          ? Outcome::ok
                            : status == status_error       ? Outcome::device_error
                            : status == status_unsupported ? Outcome::unsupported
                                                           : Outcome::nonsense;
    if (outcome != Outcome::ok) ++statistics_.errors;
    return Done{request, outcome};
}

void VirtioBlock::release(std::uint16_t request) {
    ASSERT(request < most_requests && states_[request] == State::ours);
    states_[request] = State::free;
}

void VirtioBlock::abandon() { give_up("does not answer"); }

void VirtioBlock::look_at_status() {
    if ((transport_.status() & virtio_status::needs_reset) != 0) give_up("needs a reset");
}

void VirtioBlock::give_up(std::string_view why) {
    if (failed_) return;
    failed_ = true;
    base::log_error("virtio-blk: the device {}. It is no longer used.", why);
    transport_.set_status(transport_.status() | virtio_status::failed);
}

}  // namespace devices
