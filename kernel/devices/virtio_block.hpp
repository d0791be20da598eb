// SPDX-License-Identifier: MIT
//
// A virtio disk: sectors in, sectors out. [virtio-1.2 §5.2]
//
// A fixed number of requests, each with room for a page of data of its own. A
// request is the caller's until submit(), then the device's until finished()
// names it, then the caller's again until release():
//
//     begin --fill data--> submit .. kick --device--> finished --read data--> release
//
// The three parts of a request (header, data, status) are one chain; with indirect
// descriptors it takes one place in the queue.
//
// Not locked: one thread at a time. Nothing here waits: whoever does, waits with
// a deadline, because a device may never answer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernel/base/endian.hpp"
#include "kernel/base/result.hpp"
#include "kernel/devices/dma.hpp"
#include "kernel/devices/virtio_transport.hpp"
#include "kernel/devices/virtqueue.hpp"

namespace devices {

// The first part of every request. [virtio-1.2 §5.2.6]
struct VirtioBlockHeader {
    base::Le32 type;
    base::Le32 reserved;
    base::Le64 sector;
};
static_assert(sizeof(VirtioBlockHeader) == 16);

class VirtioBlock {
public:
    static constexpr std::uint16_t type = 2;  // [virtio-1.2 §5]
    static constexpr std::size_t sector_size = 512;
    static constexpr std::size_t most_data = 4096;  // of one request
    static constexpr std::uint16_t most_requests = 16;

    enum class Kind : std::uint8_t { read, write, flush };
    enum class Outcome : std::uint8_t {
        ok,
        device_error,  // the device says so
        unsupported,   // the device does not know the request
        nonsense,      // its answer is none of the above
    };
    struct Done {
        std::uint16_t request;
        Outcome outcome;
    };
    struct Statistics {
        std::uint64_t requests = 0;
        std::uint64_t errors = 0;
        std::uint64_t interrupts = 0;
    };

    // Sets the device up; it works after start(). The driver lies at `place`, aligned to
    // 16, and stays as long as the machine runs. `wake` is called in interrupt context.
    static base::Result<VirtioBlock*, VirtioError> create(void* place, VirtioTransport& transport,
                                                          DmaMemory& memory, void (*wake)(void* context),
                                                          void* context);
    void start();

    std::uint64_t sectors() const { return sectors_; }
    bool read_only() const { return read_only_; }
    // Does the device keep written data for a while, so that flush means something?
    bool has_cache() const { return has_cache_; }

    // A free request; nothing when all are in use or the device has failed.
    std::optional<std::uint16_t> begin();
    // Its data: what to write, or what was read.
    std::span<std::byte> data(std::uint16_t request);
    // Whole sectors that the disk has, at most most_data bytes, none for a flush.
    void submit(std::uint16_t request, Kind kind, std::uint64_t sector, std::size_t size);
    // Shows the device what was submitted: once per burst.
    void kick();
    std::optional<Done> finished();
    void release(std::uint16_t request);

    // True: something has finished already.
    [[nodiscard]] bool allow_interrupts() { return !failed_ && queue_.allow_interrupts(); }
    void refuse_interrupts() { queue_.refuse_interrupts(); }

    // The device broke its contract, was reported, and is no longer used.
    bool failed() const { return failed_; }
    // The same, because somebody waited for an answer for too long. Its requests stay the
    // device's for ever: it may still write into them.
    void abandon();
    // For who has waited in silence: a device that says that it needs a reset is no longer
    // used. [virtio-1.2 §2.1.1]
    void look_at_status();
    Statistics const& statistics() const { return statistics_; }

private:
    // In memory that the device reads and writes.
    struct Envelope {
        VirtioBlockHeader header;
        std::uint8_t status;
        std::uint8_t padding[15];
    };
    static_assert(sizeof(Envelope) == 32);
    // What we know of a request, where the device cannot write.
    enum class State : std::uint8_t { free, ours, devices };

    VirtioBlock(VirtioTransport& transport, VirtioRings const& rings, DmaBlock const& envelopes,
                DmaBlock const& data);
    static void on_interrupt(void* self);
    void give_up(std::string_view why);
    bool read_identity(std::uint64_t features);
    Envelope& envelope(std::uint16_t request);

    VirtioTransport& transport_;
    Virtqueue queue_;
    DmaBlock envelopes_, data_;
    std::array<std::uint32_t, most_requests> least_written_{};  // by the device, if all is well
    std::uint16_t places_;                                      // in the queue, that a request takes
    std::array<State, most_requests> states_{};
    std::uint64_t sectors_ = 0;
    bool read_only_ = false, has_cache_ = false, failed_ = false;
    Statistics statistics_;
    void (*wake_)(void*) = nullptr;
    void* context_ = nullptr;
};

}  // namespace devices
