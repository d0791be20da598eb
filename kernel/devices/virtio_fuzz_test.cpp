// SPDX-License-Identifier: MIT
//
// A device that does whatever comes to its mind, against every driver: it takes
// chains or not, returns them, others, none or too many, scribbles over its
// rings and over the memory that it may write, and lies about features, sizes
// and configuration. The drivers must neither touch memory that is not theirs
// (the sanitizers watch) nor assert, and once they have given up they stay so.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "kernel/devices/fake_virtio.hpp"
#include "kernel/devices/virtio_block.hpp"
#include "kernel/devices/virtio_console.hpp"
#include "kernel/devices/virtio_entropy.hpp"
#include "kernel/devices/virtio_net.hpp"

namespace devices {
namespace {

class MadDevice {
public:
    explicit MadDevice(unsigned seed) : random_(seed) {
        device.offered = draw() << 32 | draw();
        if (below(8) != 0) device.offered |= virtio_feature::version_1;
        device.config.resize(below(64));
        for (auto& byte : device.config) byte = static_cast<std::uint8_t>(below(256));
        device.limit = static_cast<std::uint16_t>(below(3) == 0 ? below(65536) : 1u << below(10));
        device.queue_count = static_cast<std::uint16_t>(below(4));
    }
    std::uint64_t draw() { return random_(); }
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

    // Something happens.
    void act() {
        if (device.queues.empty()) return;
        auto at = device.queues.begin();
        std::advance(at, below(static_cast<std::uint32_t>(device.queues.size())));
        FakeVirtq& queue = at->second;
        switch (below(12)) {  // (it points no table to nowhere: it would follow that itself)
            case 0:
                if (below(40) == 0) queue.scribble(static_cast<std::uint8_t>(below(256) & ~4u));
                break;
            case 1:
                queue.scribble_descriptors(static_cast<std::uint8_t>(below(256) & ~4u));
                break;
            case 2:
                if (below(30) == 0) queue.use(below(20), below(5000));
                break;
            case 3:
                if (below(60) == 0) queue.step_used_index(static_cast<std::uint16_t>(below(65536)));
                break;
            case 4:
                queue.want_notifications(below(2) != 0);
                break;
            default:
                serve(queue);
        }
        if (below(3) == 0) device.interrupt();
    }

    FakeVirtio device;
    FakeDma const* memory = nullptr;  // what it can reach

private:
    void serve(FakeVirtq& queue) {
        std::optional<FakeVirtq::Chain> chain;
        try {
            chain = queue.take();
        } catch (std::runtime_error const&) {  // its own scribbling
            return;
        }
        if (!chain || below(20) == 0) return;
        std::uint32_t room = 0;
        for (auto const& part : chain->parts) {
            if (!part.writable) continue;
            // Only what is really memory: it may have scribbled over the descriptor.
            if (!reaches(part)) return;
            auto* const bytes = FakeVirtq::at(base::PhysAddr(part.address));
            for (std::uint32_t i = 0; i < std::min(part.length, 20u); ++i) bytes[i] = std::byte(below(256));
            room += part.length;
        }
        std::uint32_t const length = below(20) == 0 ? below(6000) : below(room + 1);
        queue.use(chain->head, length);
    }
    bool reaches(FakeVirtq::Part const& part) const { return memory->holds(part.address, part.length); }

    std::mt19937_64 random_;
};

template <class Driver>
struct Place {
    alignas(16) std::byte bytes[sizeof(Driver)];
};
void ignore(void*) {}

// Once a driver has given a device up, it stays so.
class GivenUp {
public:
    void expect_no_way_back(bool failed) {
        EXPECT_TRUE(failed || !failed_) << "a failed device stays failed";
        failed_ = failed;
    }

private:
    bool failed_ = false;
};

// Returns whether the driver took the device.
bool drive_block(MadDevice& mad, FakeDma& dma) {
    auto const place = std::make_unique<Place<VirtioBlock>>();
    auto const made = VirtioBlock::create(place->bytes, mad.device, dma, ignore, nullptr);
    if (!made) return false;
    VirtioBlock& disk = *made.value();
    disk.start();
    GivenUp given_up;
    for (unsigned step = 0; step < 300; ++step) {
        if (auto const request = mad.below(2) ? disk.begin() : std::nullopt) {
            std::uint64_t const sectors = std::min<std::uint64_t>(disk.sectors(), 8);
            auto kind = static_cast<VirtioBlock::Kind>(mad.below(3));
            if (disk.read_only() && kind == VirtioBlock::Kind::write) kind = VirtioBlock::Kind::read;
            if (sectors == 0) kind = VirtioBlock::Kind::flush;
            std::size_t const size = kind == VirtioBlock::Kind::flush ? 0 : 512 * (1 + mad.below(sectors));
            disk.submit(*request, kind, 0, size);
            disk.kick();
        }
        mad.act();
        (void)disk.allow_interrupts();
        while (auto const done = disk.finished()) disk.release(done->request);
        given_up.expect_no_way_back(disk.failed());
    }
    return true;
}

bool drive_entropy(MadDevice& mad, FakeDma& dma) {
    auto const place = std::make_unique<Place<VirtioEntropy>>();
    auto const made = VirtioEntropy::create(place->bytes, mad.device, dma, ignore, nullptr);
    if (!made) return false;
    made.value()->start();
    GivenUp given_up;
    for (unsigned step = 0; step < 300; ++step) {
        std::byte into[40];
        made.value()->ask();
        mad.act();
        EXPECT_LE(made.value()->take({into, mad.below(41)}), 40u);
        given_up.expect_no_way_back(made.value()->failed());
    }
    return true;
}

bool drive_console(MadDevice& mad, FakeDma& dma) {
    auto const place = std::make_unique<Place<VirtioConsole>>();
    auto const made = VirtioConsole::create(place->bytes, mad.device, dma, ignore, nullptr);
    if (!made) return false;
    made.value()->start();
    GivenUp given_up;
    for (unsigned step = 0; step < 300; ++step) {
        char text[300] = "text";
        mad.act();
        EXPECT_LE(made.value()->read({text, mad.below(300)}), 300u);
        (void)made.value()->write({text, mad.below(300)});
        (void)made.value()->allow_interrupts();
        given_up.expect_no_way_back(made.value()->failed());
    }
    return true;
}

bool drive_net(MadDevice& mad, FakeDma& dma) {
    auto const place = std::make_unique<Place<VirtioNet>>();
    auto const made = VirtioNet::create(
        place->bytes, mad.device, dma,
        {static_cast<std::uint16_t>(mad.below(2) ? 8 : 64), {2, 0, 0, 0, 0, 1}}, ignore, nullptr);
    if (!made) return false;
    VirtioNet& card = *made.value();
    card.start();
    GivenUp given_up;
    for (unsigned step = 0; step < 300; ++step) {
        mad.act();
        card.receive(1 + mad.below(4), [&](VirtioNet::Received const& frame) {
            EXPECT_LE(frame.bytes.size(),
                      frame.segment_size != 0 ? VirtioNet::largest_merged : VirtioNet::largest_frame);
            EXPECT_TRUE(frame.segment_size == 0 || card.takes_merged_segments());
            unsigned sum = 0;
            for (auto const byte : frame.bytes) sum += byte;  // all of it is there
            (void)sum;
        });
        static constexpr std::array<std::uint8_t, VirtioNet::largest_to_cut> frame{};
        std::span<std::uint8_t const> const piece =
            std::span(frame).first(1 + mad.below(static_cast<std::uint32_t>(card.largest_to_send())));
        VirtioNet::Offload offload;
        if (piece.size() > VirtioNet::largest_frame) offload = {true, 34, 16, 1460, 54};
        bool const has_room = card.has_room();
        if (has_room) card.transmit({&piece, 1}, offload);
        card.flush();
        if (!has_room) (void)card.wait_for_room();
        given_up.expect_no_way_back(card.failed());
        EXPECT_TRUE(!card.failed() || !card.has_room());
    }
    return true;
}

class VirtioFuzz : public testing::TestWithParam<bool (*)(MadDevice&, FakeDma&)> {};

TEST_P(VirtioFuzz, a_mad_device_harms_nobody_but_itself) {
    unsigned driven = 0;
    for (unsigned seed = 1; seed <= 2'000; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        MadDevice mad(seed);
        FakeDma dma(mad.below(10) == 0 ? mad.below(4) : 100);
        mad.memory = &dma;
        driven += GetParam()(mad, dma) ? 1 : 0;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(driven, 300u) << "most set-ups are refused, but not all";
}

std::string driver_name(testing::TestParamInfo<bool (*)(MadDevice&, FakeDma&)> const& each) {
    return std::array{"block", "console", "entropy", "net"}[each.index];
}
INSTANTIATE_TEST_SUITE_P(Drivers, VirtioFuzz,
                         testing::Values(drive_block, drive_console, drive_entropy, drive_net), driver_name);

}  // namespace
}  // namespace devices
