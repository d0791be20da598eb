// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk: virtio-blk with one queue. [virtio-1.2 §5.2]
//
// Time. Requests are served one after the other, in the order of the queue.
// Each takes 20 us, and 1 ns for every byte that moves; a flush takes 50 us. A
// request takes effect, in memory and on the disk, at the moment at which it is
// finished. What is written can be read then, and is durable after a flush.
//
// Faults (InputKind::device_fault, one line of text). N counts requests of that
// kind from now, 1 is the next. Each line adds one fault; 16 may wait.
//
//     fail read|write|flush|any N   answered with VIRTIO_BLK_S_IOERR; nothing moves
//     lose write N                  answered as done; nothing reaches the disk
//     tear write N SECTORS          answered as done; only the first sectors reach the disk
//     cut write N [SECTORS]         the power fails in it: so many sectors (0) reach the
//                                   disk, and this and all later requests stay unanswered
//     cut flush N                   the power fails in a flush
//     cut ... forget                and what was written since the last flush is lost before that
//
// Of several that are due in one request a cut happens, or else the one that was
// ordered first; the others are over. What was finished before a cut has been
// answered; what was on its way is gone. A virtio reset by the driver does not lift
// faults; after a cut, nothing does: the disk answers to its registers, and that is all.
#pragma once

#include <array>
#include <deque>

#include "simulator/devices/disk.hpp"
#include "simulator/devices/virtio_device.hpp"

namespace sim::devices {

class VirtioBlk final : public VirtioDevice {
public:
    static constexpr std::uint64_t request_ns = 20'000, flush_ns = 50'000;
    static constexpr std::size_t most_faults = 16;

    VirtioBlk(std::string name, machine::Surroundings&, machine::DiskConfig const&);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override;
    machine::PageOverlay* pages() override { return &disk_.written(); }
    void on_timer(std::uint32_t) override;
    machine::StateNode describe() const override;

    std::uint8_t config_byte(unsigned offset) const override;
    Disk const& disk() const { return disk_; }
    bool read_only() const { return read_only_; }

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        VirtioDevice::fields(self, visit);
        visit("in_flight", self.in_flight_);
        visit("faults", self.faults_);
        visit("power_is_cut", self.power_is_cut_);
        visit("reads", self.reads_);
        visit("writes", self.writes_);
        visit("flushes", self.flushes_);
        visit("errors", self.errors_);
    }

private:
    struct Request {
        Virtqueue::Chain chain;
        std::uint64_t due_ns = 0;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("chain", self.chain);
            visit("due_ns", self.due_ns);
        }
    };
    enum class FaultKind : std::uint8_t { fail, lose, tear, cut };
    enum class Victim : std::uint8_t { read, write, flush, any };
    struct Fault {
        FaultKind kind{};
        Victim victim{};
        std::uint32_t left = 0;  // requests until it happens
        std::uint32_t sectors = 0;
        bool forget = false;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("kind", self.kind);
            visit("victim", self.victim);
            visit("left", self.left);
            visit("sectors", self.sectors);
            visit("forget", self.forget);
        }
    };
    struct Header {
        std::uint32_t type = 0;
        std::uint64_t sector = 0;
    };
    struct Answer {
        std::uint8_t status = 0;
        std::uint32_t written = 0;  // bytes of the driver's memory, without the status
    };

    void on_notify(unsigned queue) override;
    void on_driver_ok() override { on_notify(0); }
    void on_device_reset() override;
    void on_queue_reset(unsigned queue) override;
    bool on_fault(std::vector<std::string> const& words) override;

    void fetch();
    void forget_requests();
    bool admissible(Virtqueue::Chain const&);
    struct Front {
        std::array<std::uint8_t, 16> bytes{};
        std::size_t length = 0;  // so many of them are there
    };
    Front front_of(Virtqueue::Chain const&);
    static std::uint64_t duration(Virtqueue::Chain const&, Front const&);
    void tell_request(Virtqueue::Chain const&, Front const&);
    bool finish(Request const&);
    std::optional<Header> header(Virtqueue::Chain const&);
    // None: the driver broke a rule in mid-request, and fail() was called.
    std::optional<Answer> serve(Virtqueue::Chain const&, Header const&);
    std::optional<Answer> read(Virtqueue::Chain const&, std::uint64_t sector);
    std::optional<Answer> write(Virtqueue::Chain const&, std::uint64_t sector,
                                std::optional<Fault> const& fault);
    std::optional<Answer> discard_or_zero(Virtqueue::Chain const&, bool discard,
                                          std::optional<Fault> const& fault);
    Answer failed(machine::DiskAction, std::uint64_t sector);
    std::optional<Fault> fault_for(Victim);

    Disk disk_;
    bool const read_only_;
    std::deque<Request> in_flight_;
    std::vector<Fault> faults_;
    bool power_is_cut_ = false;
    std::uint64_t reads_ = 0, writes_ = 0, flushes_ = 0, errors_ = 0;
};

}  // namespace sim::devices
