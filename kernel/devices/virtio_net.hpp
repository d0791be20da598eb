// SPDX-License-Identifier: MIT
//
// A virtio network card: frames in, frames out. [virtio-1.2 §5.1]
//
// Two queues. The receive queue is full of empty buffers, which the device
// fills and we give back as soon as the frame was looked at. The transmit queue
// takes a copy of each frame; its buffers come back when somebody asks for one,
// so that sending normally costs no interrupt.
//
//     interrupt: wake the network thread, nothing else
//     thread:    refuse_interrupts, receive and transmit until there is no
//                more to do, allow_interrupts, sleep
//
// Not locked: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

#include "kernel/base/checks.hpp"
#include "kernel/base/endian.hpp"
#include "kernel/base/result.hpp"
#include "kernel/devices/dma.hpp"
#include "kernel/devices/net_card.hpp"
#include "kernel/devices/virtio_transport.hpp"
#include "kernel/devices/virtqueue.hpp"

namespace devices {

// In front of every frame, both ways. [virtio-1.2 §5.1.6]
struct VirtioNetHeader {
    static constexpr std::uint8_t flag_needs_checksum = 1;
    static constexpr std::uint8_t flag_data_valid = 2;
    static constexpr std::uint8_t gso_none = 0;
    static constexpr std::uint8_t gso_tcp4 = 1;
    static constexpr std::uint8_t gso_tcp6 = 4;

    std::uint8_t flags = 0;
    std::uint8_t gso_type = gso_none;
    base::Le16 header_length;
    base::Le16 gso_size;
    base::Le16 checksum_start;
    base::Le16 checksum_offset;
    base::Le16 buffers;  // that the frame takes; without MRG_RXBUF some devices leave it unset
};
static_assert(sizeof(VirtioNetHeader) == 12);

class VirtioNet {
public:
    static constexpr std::uint16_t type = 1;  // [virtio-1.2 §5]
    static constexpr std::uint16_t receive_queue = 0;
    static constexpr std::uint16_t transmit_queue = 1;
    static constexpr std::size_t buffer_size = 2048;
    static constexpr std::size_t largest_frame = devices::largest_frame;
    // One that the device cuts into segments may fill so many buffers.
    static constexpr std::size_t most_buffers = 9;
    static constexpr std::size_t largest_to_cut = most_buffers * buffer_size - sizeof(VirtioNetHeader);
    // A merged TCP segment is a packet like any other: its length has 16 bits, which in IPv6
    // do not count its header.
    static constexpr std::size_t largest_merged = 14 + 40 + 65'535;

    struct Options {
        std::uint16_t queue_size = 256;         // at most; a power of two
        std::array<std::uint8_t, 6> own_mac{};  // used if the device has none that one can use
    };

    using Statistics = CardStatistics;
    using Received = ReceivedFrame;  // in a receive buffer, or where several are put together
    using Offload = FrameOffload;
    using Pieces = FramePieces;

    // Sets the device up and gives it empty buffers; nothing arrives before
    // start(). The driver itself lies at `place`, sizeof(VirtioNet) bytes
    // aligned to 16. `wake` is called in interrupt context. All of it stays as
    // long as the machine runs: there is no way back.
    static base::Result<VirtioNet*, VirtioError> create(void* place, VirtioTransport& transport,
                                                        DmaMemory& memory, Options const& options,
                                                        void (*wake)(void* context), void* context);
    // DRIVER_OK: the device may use the queues.
    void start();

    std::array<std::uint8_t, 6> mac() const { return mac_; }
    std::uint16_t mtu() const { return mtu_; }
    bool fills_in_checksums() const { return offloads_checksum_; }
    bool cuts_segments() const { return cuts_segments_; }
    bool cuts_ipv6_segments() const { return cuts_ipv6_segments_; }
    bool takes_merged_segments() const { return takes_merged_segments_; }
    std::size_t largest_to_send() const { return cuts_segments_ ? largest_to_cut : largest_frame; }

    // Hands up to `budget` frames to `take(Received const&)` and their buffers
    // back to the device. Returns how many there were.
    template <class Take>
    unsigned receive(unsigned budget, Take&& take) {
        unsigned count = 0;
        std::uint16_t buffer = 0;
        Received frame;
        while (count < budget && next_received(buffer, frame)) {
            if (!frame.bytes.empty()) take(frame);
            return_buffer(buffer);
            ++count;
        }
        if (count) show_receive_buffers();
        return count;
    }

    // Is there room for a frame of largest_to_send() bytes? If not, wait_for_room() asks for
    // an interrupt when there is; true: there is already.
    bool has_room();
    CALLED_SELDOM bool wait_for_room();
    // Sends a frame, which lies in pieces and is copied. Precondition: has_room().
    void transmit(Pieces pieces, Offload const& offload);
    // Shows the device what was sent: once per burst.
    void flush();
    // The device shall look at both queues, whether it asked for that or not: some overlook
    // what they were shown, and then wait for ever. For a thread that was not woken in time.
    void remind();

    // True: there is something to receive already.
    [[nodiscard]] bool allow_interrupts() { return !failed_ && receive_.allow_interrupts(); }
    void refuse_interrupts() { receive_.refuse_interrupts(); }

    // The device broke its contract, was reported, and is no longer used.
    bool failed() const { return failed_; }
    Statistics const& statistics() const { return statistics_; }

private:
    // The memory of one queue.
    struct QueueMemory {
        VirtioRings rings;
        DmaBlock buffers;
    };

    VirtioNet(VirtioTransport& transport, QueueMemory const& receive, QueueMemory const& transmit);

    static void on_interrupt(void* self);
    void read_identity(Options const& options, std::uint64_t features);
    void fill_receive_queue();
    bool next_received(std::uint16_t& buffer, Received& frame);
    std::span<std::uint8_t const> received_bytes(Virtqueue::Used const& used) const;
    [[gnu::noinline]] bool gather(std::uint16_t buffers, std::span<std::uint8_t const>& bytes);
    bool check_header(VirtioNetHeader const& header, std::size_t frame_size, Received& frame) const;
    void return_buffer(std::uint16_t buffer);
    void show_receive_buffers();
    std::size_t buffers_for_one() const { return cuts_segments_ ? most_buffers : 1; }
    [[gnu::noinline]] void reclaim();
    std::uint16_t take_buffer(std::uint16_t previous);
    void transmit_in_one(VirtioNetHeader const& header, Pieces pieces);
    [[gnu::noinline]] void transmit_in_several(VirtioNetHeader const& header, Pieces pieces);
    void check(Virtqueue const& queue, std::string_view which);

    VirtioTransport& transport_;
    Virtqueue receive_;
    Virtqueue transmit_;
    DmaBlock receive_buffers_;
    DmaBlock transmit_buffers_;
    // Where a frame is put together that came in several buffers: here, or in memory of its
    // own when segments come merged.
    std::array<std::uint8_t, largest_frame> own_place_;
    std::span<std::uint8_t> gathered_ = own_place_;
    // Transmit buffers that are ours, last in first out: the warm one next.
    std::array<std::uint16_t, Virtqueue::max_size> free_{};
    std::uint16_t free_count_ = 0;
    // The buffer that goes on where this one ends, of a frame that is out.
    static constexpr std::uint16_t none = 0xFFFF;
    std::array<std::uint16_t, Virtqueue::max_size> next_{};
    std::array<std::uint8_t, 6> mac_{};
    std::uint16_t mtu_ = 1500;
    bool offloads_checksum_ = false;
    bool cuts_segments_ = false;
    bool cuts_ipv6_segments_ = false;
    bool understands_checksum_flags_ = false;
    bool merges_ = false;  // a frame may come in several buffers
    bool takes_merged_segments_ = false;
    bool takes_merged_ipv6_ = false;
    bool started_ = false;
    bool waiting_for_room_ = false;
    bool failed_ = false;
    Statistics statistics_;
    void (*wake_)(void*) = nullptr;
    void* context_ = nullptr;
};

}  // namespace devices
