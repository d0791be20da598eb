// SPDX-License-Identifier: MIT
//
// A virtio device on no bus, and memory that it can reach, for tests of drivers.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "kernel/devices/dma.hpp"
#include "kernel/devices/fake_virtq.hpp"
#include "kernel/devices/virtio_transport.hpp"

namespace devices {

class FakeDma final : public DmaMemory {
public:
    explicit FakeDma(unsigned blocks = 100) : left_(blocks) {}
    ~FakeDma() {
        for (auto const& [memory, size] : blocks_) std::free(memory);
    }
    std::optional<DmaBlock> allocate(std::size_t size, DmaUse) override {
        if (left_ == 0) return std::nullopt;
        --left_;
        auto* const memory =
            static_cast<std::byte*>(std::aligned_alloc(4096, (size + 4095) & ~std::size_t{4095}));
        std::memset(memory, 0xCD, size);
        blocks_[memory] = size;
        return DmaBlock{memory, base::PhysAddr(reinterpret_cast<std::uint64_t>(memory)), size};
    }
    void release(DmaBlock const& block) override {
        blocks_.erase(block.memory);
        std::free(block.memory);
    }
    std::size_t blocks() const { return blocks_.size(); }
    // Is all of that inside one block?
    bool holds(std::uint64_t address, std::size_t size) const {
        for (auto const& [memory, length] : blocks_) {
            auto const start = reinterpret_cast<std::uint64_t>(memory);
            if (address >= start && address - start <= length && size <= length - (address - start))
                return true;
        }
        return false;
    }

private:
    unsigned left_;
    std::map<std::byte*, std::size_t> blocks_;
};

class FakeVirtio final : public VirtioTransport {
public:
    // How the device is made, and how it misbehaves.
    std::uint64_t offered = virtio_feature::version_1 | virtio_feature::event_index;
    std::optional<std::uint64_t> offered_next;  // from the second time on that the driver asks
    std::vector<std::uint8_t> config;
    std::uint16_t limit = 256;
    std::uint16_t queue_count = 2;
    bool refuses_features = false;
    bool hangs_in_reset = false;
    bool has_vectors = true;

    // What the driver did.
    std::uint64_t chosen = 0;
    std::vector<std::uint8_t> statuses;  // every value written
    std::map<std::uint16_t, FakeVirtq> queues;
    std::map<std::uint16_t, unsigned> notifications;
    std::vector<std::pair<std::size_t, unsigned>> config_reads;  // offset and width

    void interrupt() { handler_(context_); }

    std::uint64_t device_features() override {
        return std::exchange(offered, offered_next.value_or(offered));
    }
    void set_driver_features(std::uint64_t features) override {
        // [virtio-1.2 §3.1.1]
        if (status_ & virtio_status::features_ok) throw std::runtime_error("features after FEATURES_OK");
        chosen = features;
    }
    std::uint8_t status() override { return hangs_in_reset ? 0xFF : status_; }
    void set_status(std::uint8_t status) override {
        statuses.push_back(status);
        status_ = status;
        if (refuses_features) status_ &= static_cast<std::uint8_t>(~virtio_status::features_ok);
    }
    std::uint16_t queue_limit(std::uint16_t queue) override { return queue < queue_count ? limit : 0; }
    base::Result<void, VirtioError> set_handler(void (*handler)(void*), void* context) override {
        if (!has_vectors) return base::fail(VirtioError::NoInterrupt);
        handler_ = handler;
        context_ = context;
        return {};
    }
    base::Result<void, VirtioError> enable_queue(std::uint16_t queue, std::uint16_t size,
                                                 Virtqueue::Addresses addresses) override {
        // [virtio-1.2 §4.1.4.3.2, §4.2.2.2]
        if (size == 0 || (size & (size - 1)) != 0) throw std::runtime_error("no power of two");
        if (size > queue_limit(queue)) throw std::runtime_error("a queue larger than the device has");
        queues[queue] = FakeVirtq(addresses, size, (chosen & virtio_feature::event_index) != 0,
                                  (chosen & virtio_feature::indirect) != 0);
        return {};
    }
    void notify(std::uint16_t queue) override { ++notifications[queue]; }
    bool read_config(std::size_t offset, unsigned width, std::span<std::uint8_t> into) override {
        config_reads.emplace_back(offset, width);
        if (offset + into.size() > config.size()) return false;
        std::memcpy(into.data(), config.data() + offset, into.size());
        return true;
    }

private:
    std::uint8_t status_ = 0;
    void (*handler_)(void*) = nullptr;
    void* context_ = nullptr;
};

}  // namespace devices
