// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/frame_faults.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/frames.hpp"

namespace sim::explore {
namespace {

using fakes::Bytes;
Bytes segment(std::uint8_t flags, std::size_t payload = 0) { return fakes::tcp_frame(flags, payload); }
constexpr std::uint8_t fin = fakes::tcp_fin, syn = fakes::tcp_syn, ack = fakes::tcp_ack;

// An outside that gives what it is told to give.
struct Script final : machine::Outside {
    std::vector<Bytes> to_give, taken;
    links::FrameFates* fates = nullptr;  // it tells, too
    void resume(std::uint64_t) override {}
    void poll(std::uint64_t, std::vector<machine::Arrival>& arrived) override {
        for (Bytes& frame : to_give) {
            if (fates) fates->arrived.push_back("from afar");
            arrived.push_back({"net0", machine::InputKind::frame, std::move(frame)});
        }
        to_give.clear();
    }
    std::optional<std::uint64_t> wait(std::uint64_t, std::optional<std::uint64_t> deadline) override {
        return deadline;
    }
    void output(std::uint64_t, std::string_view, machine::OutputKind,
                std::span<std::uint8_t const> bytes) override {
        taken.emplace_back(bytes.begin(), bytes.end());
    }
};

struct Rig {
    Script outside;
    std::vector<std::string> told;
    FrameFaults faults;
    explicit Rig(std::string const& line)
        : faults(outside, {*parse_fault(line).fault}, [this](std::string text) { told.push_back(text); }) {}
    std::vector<Bytes> poll(std::uint64_t now, std::vector<Bytes> give = {}) {
        outside.to_give = std::move(give);
        std::vector<machine::Arrival> arrived;
        faults.poll(now, arrived);
        std::vector<Bytes> frames;
        for (auto& arrival : arrived) frames.push_back(arrival.bytes);
        return frames;
    }
};

TEST(FrameFaults, the_second_syn_is_dropped_and_nothing_else) {
    Rig rig("drop tcp syn 2");
    EXPECT_EQ(rig.poll(0, {segment(syn), segment(ack)}).size(), 2u);
    EXPECT_EQ(rig.poll(1, {segment(ack), segment(syn)}), (std::vector<Bytes>{segment(ack)}));
    EXPECT_EQ(rig.poll(2, {segment(syn)}).size(), 1u);
    EXPECT_EQ(rig.told.size(), 1u);
}

TEST(FrameFaults, a_delayed_frame_comes_at_its_time_and_wakes_a_sleeping_guest) {
    Rig rig("delay frame 1 5us in");
    EXPECT_TRUE(rig.poll(1000, {segment(syn)}).empty());
    EXPECT_EQ(rig.faults.wait(1000, std::nullopt), 6000u);
    EXPECT_EQ(rig.faults.wait(1000, 2000), 2000u);
    EXPECT_TRUE(rig.poll(5999).empty());
    EXPECT_EQ(rig.poll(6000), (std::vector<Bytes>{segment(syn)}));
    EXPECT_EQ(rig.faults.wait(6000, std::nullopt), std::nullopt);
}

TEST(FrameFaults, a_frame_is_doubled_or_changed_on_its_way_out) {
    Rig twice("duplicate tcp 1 out");
    Bytes const frame = segment(ack, 4);
    EXPECT_EQ(twice.poll(0, {segment(syn)}).size(), 1u) << "a frame in is not counted";
    twice.faults.output(0, "net0", machine::OutputKind::frame, frame);
    EXPECT_EQ(twice.outside.taken, (std::vector<Bytes>{frame, frame}));
    Rig changed("corrupt frame 1 byte 2");
    changed.faults.output(0, "net0", machine::OutputKind::frame, frame);
    ASSERT_EQ(changed.outside.taken.size(), 1u);
    Bytes wanted = frame;
    wanted[wanted.size() - 3] ^= 1;
    EXPECT_EQ(changed.outside.taken[0], wanted);
}

TEST(FrameFaults, what_they_do_is_told_beside_each_frame) {
    links::FrameFates fates;
    Rig late("delay frame 2 5us in");
    late.faults.tell(&fates);
    late.outside.fates = &fates;
    EXPECT_EQ(late.poll(0, {segment(syn), segment(ack)}).size(), 1u);
    EXPECT_EQ(fates.arrived, (std::deque<std::string>{"from afar"}));
    late.outside.fates = nullptr;
    EXPECT_EQ(late.poll(5000, {segment(ack)}).size(), 2u);  // and nobody has taken the first yet
    EXPECT_EQ(fates.arrived,
              (std::deque<std::string>{"from afar", "", "from afar, fault delay frame 2 5us in"}));

    Rig lost("drop tcp syn 1 in");
    lost.faults.tell(&fates);
    EXPECT_TRUE(lost.poll(7, {segment(syn)}).empty());
    ASSERT_EQ(fates.lost.size(), 1u);
    EXPECT_EQ(fates.lost[0].at_ns, 7u);
    EXPECT_EQ(fates.lost[0].frame, segment(syn));
    EXPECT_EQ(fates.lost[0].fate, "fault drop tcp syn 1 in");

    Rig twice("duplicate tcp 2 out");
    twice.faults.tell(&fates);
    twice.faults.output(0, "net0", machine::OutputKind::frame, segment(ack));
    EXPECT_EQ(fates.sent, "");
    twice.faults.output(0, "net0", machine::OutputKind::frame, segment(ack));
    EXPECT_EQ(fates.sent, "fault duplicate tcp 2 out");
}

}  // namespace
}  // namespace sim::explore
