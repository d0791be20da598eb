// SPDX-License-Identifier: GPL-2.0-or-later
//
// The doctor finds what it is there to find: machines with one deliberate defect
// each, and the moment and the field that it names.
#include "simulator/recording/doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "simulator/board/pc.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

using engine::Gpr;
using machine::Machine;
using machine::Moment;
using testing::HasSubstr;

constexpr std::uint16_t odd_port = 0x2E8;

// A device of one byte that counts its reads, with a defect or none.
class OddDevice final : public machine::Device, public machine::IoHandler {
public:
    enum class Defect { none, absent, not_saved, not_loaded, counts_across_lives };
    explicit OddDevice(Defect defect) : Device("odd0"), defect_(defect) {}

    void reset() override { reads_ = 0; }
    void save(machine::StateWriter& w) const override {
        if (defect_ != Defect::not_saved) w("reads", reads_);
    }
    void load(machine::StateReader& r) override {
        std::uint32_t reads = 0;
        if (defect_ != Defect::not_saved) r("reads", reads);
        if (defect_ != Defect::not_saved && defect_ != Defect::not_loaded) reads_ = reads;
    }
    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override {
        if (defect_ == Defect::counts_across_lives) return static_cast<std::uint8_t>(++all_reads);
        return static_cast<std::uint8_t>(++reads_);
    }
    void io_write(unsigned, std::uint64_t, unsigned, std::uint64_t) override {}

private:
    static inline std::uint32_t all_reads = 0;
    Defect defect_;
    std::uint32_t reads_ = 0;
};

// The real processor behind a defect.
class OddCpu final : public engine::Cpu {
public:
    enum class Defect { none, hook_changes_register, miscounts_when_watched };
    static constexpr std::uint64_t moment = 6000;  // where it goes wrong

    OddCpu(std::unique_ptr<engine::Cpu> real, Defect defect) : real_(std::move(real)), defect_(defect) {}

    engine::StopReason run(std::uint64_t limit) override {
        bool const looked_at = observer_ != nullptr;
        bool const crosses = real_->retired() < moment && limit >= moment;
        bool const odd = crosses && ((defect_ == Defect::hook_changes_register && looked_at) ||
                                     (defect_ == Defect::miscounts_when_watched && watched_));
        if (!odd) return real_->run(limit);
        engine::StopReason reason = real_->run(moment);
        if (real_->retired() < moment) return reason;
        engine::CpuState state = real_->state();
        if (defect_ == Defect::miscounts_when_watched) {
            // One instruction more than it says.
            real_->run(moment + 1);
            real_->set_state(real_->state(), moment);
        } else {
            state[Gpr::rbx] ^= 0x40;
            real_->set_state(state, moment);
        }
        return limit == moment ? reason : real_->run(limit);
    }
    std::uint64_t retired() const override { return real_->retired(); }
    void set_interrupt_line(bool on) override { real_->set_interrupt_line(on); }
    void nmi() override { real_->nmi(); }
    void request_stop() override { real_->request_stop(); }
    bool asleep() const override { return real_->asleep(); }
    void set_siblings(std::span<engine::Cpu* const> others) override { real_->set_siblings(others); }
    void set_stop_at_pause(bool on) override { real_->set_stop_at_pause(on); }
    engine::CpuState state() const override { return real_->state(); }
    void set_state(engine::CpuState const& s, std::uint64_t retired) override {
        real_->set_state(s, retired);
    }
    std::vector<engine::TlbEntry> tlb() const override { return real_->tlb(); }
    void set_tlb(std::span<engine::TlbEntry const> tlb) override { real_->set_tlb(tlb); }
    void reset_to_protected_mode() override { real_->reset_to_protected_mode(); }
    void memory_written(engine::PhysAddr a, std::uint64_t n) override { real_->memory_written(a, n); }
    std::vector<std::uint64_t> take_dirty_pages() override { return real_->take_dirty_pages(); }
    engine::Walk walk(engine::VirtAddr a, engine::Access access, bool user) const override {
        return real_->walk(a, access, user);
    }
    void set_observer(engine::Observer* o) override {
        observer_ = o;
        real_->set_observer(o);
    }
    void set_watched_addresses(std::span<engine::VirtAddr const> a) override {
        watched_ = !a.empty();
        real_->set_watched_addresses(a);
    }
    void set_watched_memory(std::span<MemoryRange const> r) override { real_->set_watched_memory(r); }

private:
    std::unique_ptr<engine::Cpu> real_;
    Defect defect_;
    engine::Observer* observer_ = nullptr;
    bool watched_ = false;
};

// Counts in RBX; every 1,000 rounds or so it reads the odd device and stores
// what it read at 2 MiB. Ends after 3 reads.
//   31 db              xor ebx, ebx
//   31 f6              xor esi, esi
//   b9 e8 03 00 00     mov ecx, 1000       <- outer, at 4
//   43                 inc ebx             <- inner, at 9
//   e2 fd              loop inner
//   66 ba e8 02        mov dx, 0x2e8
//   ec                 in al, dx           at 16
//   88 86 00 00 20 00  mov [esi + 0x200000], al
//   46                 inc esi
//   83 fe 03           cmp esi, 3
//   75 e7              jne outer
// A round is 1 + 2 * 1000 + 6 = 2007 instructions, after two at the start.
std::string const guest{
    "\x31\xDB\x31\xF6\xB9\xE8\x03\x00\x00\x43\xE2\xFD\x66\xBA\xE8\x02\xEC\x88\x86\x00\x00\x20\x00\x46"
    "\x83\xFE\x03\x75\xE7",
    29};
constexpr std::uint64_t round_length = 2007, before_read = 2 + 1 + 2000 + 1;

MakeMachine make(OddDevice::Defect device, OddCpu::Defect cpu = OddCpu::Defect::none) {
    std::string const elf = scenario::TinyImage{guest + scenario::code::exit(3)}.elf();
    auto const bytes = std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end());
    return [=] {
        machine::MachineConfig config;
        config.image = {"odd.elf", "", bytes};
        config.memory_bytes = 4 << 20;
        auto result = board::make_pc(config, [=](engine::Wiring& wiring, std::vector<engine::RamRegion> ram) {
            return std::make_unique<OddCpu>(engine::make_cpu(wiring, std::move(ram)), cpu);
        });
        if (device != OddDevice::Defect::absent) {
            auto& odd = result->add<OddDevice>(device);
            result->ports().map(odd_port, 1, odd);
        }
        return result;
    };
}

DoctorOptions options(std::uint64_t seed = 1) {
    DoctorOptions result;
    result.seed = seed;
    result.samples = 12;
    return result;
}

TEST(Doctor, finds_nothing_in_a_healthy_machine) {
    Diagnosis const diagnosis = examine(make(OddDevice::Defect::none), options());
    EXPECT_TRUE(diagnosis.same) << diagnosis.text;
    EXPECT_EQ(diagnosis.rows.size(), all_manners().size());
    EXPECT_GT(diagnosis.end.retired, 3 * round_length);
    for (Row const& row : diagnosis.rows) {
        EXPECT_GT(row.equal, 8u) << to_string(row.manner);
        bool const watches = row.manner.hooks == Hooks::code;
        EXPECT_EQ(row.shown > 0, watches) << to_string(row.manner);  // its stack rests
    }
}

TEST(Doctor, another_seed_looks_at_other_moments_and_the_same_life) {
    Diagnosis const one = examine(make(OddDevice::Defect::none), options(1));
    Diagnosis const two = examine(make(OddDevice::Defect::none), options(2));
    EXPECT_TRUE(two.same) << two.text;
    EXPECT_EQ(one.hash, two.hash);
    EXPECT_EQ(one.end, two.end);
}

// The counter is lost with a restore. The next read shows it: nothing else can.
TEST(Doctor, a_field_that_is_not_saved_is_seen_at_the_read_that_shows_it) {
    Diagnosis const diagnosis = examine(make(OddDevice::Defect::not_saved), options());
    ASSERT_FALSE(diagnosis.same);
    ASSERT_TRUE(diagnosis.manner && diagnosis.difference);
    EXPECT_TRUE(diagnosis.manner->restored) << diagnosis.text;
    auto const& difference = *diagnosis.difference;
    std::uint64_t const read = difference.first_different.retired;
    EXPECT_EQ((read - 1 - before_read) % round_length, 0u) << diagnosis.text;
    EXPECT_EQ(difference.last_equal.retired, read - 1);
    EXPECT_THAT(difference.cause, HasSubstr("(ec "));
    ASSERT_FALSE(difference.fields.empty());
    EXPECT_EQ(difference.fields[0].part, "cpu0");
    EXPECT_EQ(difference.fields[0].field, "rax");
}

TEST(Doctor, a_field_that_is_not_loaded_is_named) {
    Diagnosis const diagnosis = examine(make(OddDevice::Defect::not_loaded), options());
    ASSERT_FALSE(diagnosis.same);
    ASSERT_TRUE(diagnosis.difference && !diagnosis.difference->fields.empty());
    EXPECT_TRUE(diagnosis.manner->restored);
    EXPECT_EQ(diagnosis.difference->fields[0].part, "odd0") << diagnosis.text;
    EXPECT_EQ(diagnosis.difference->fields[0].field, "reads");
    EXPECT_THAT(diagnosis.text, HasSubstr("odd0 reads"));
}

TEST(Doctor, a_counter_that_outlives_its_machine_is_seen_at_the_first_read) {
    Diagnosis const diagnosis = examine(make(OddDevice::Defect::counts_across_lives), options());
    ASSERT_FALSE(diagnosis.same);
    ASSERT_TRUE(diagnosis.difference);
    EXPECT_FALSE(diagnosis.rows[0].same);  // not even twice alike
    EXPECT_EQ(diagnosis.difference->first_different, (Moment{before_read + 1, 0})) << diagnosis.text;
    EXPECT_EQ(diagnosis.difference->fields.at(0).field, "rax");
}

TEST(Doctor, a_hook_that_changes_a_register_is_named_with_its_moment) {
    Diagnosis const diagnosis =
        examine(make(OddDevice::Defect::none, OddCpu::Defect::hook_changes_register), options());
    ASSERT_FALSE(diagnosis.same);
    ASSERT_TRUE(diagnosis.difference);
    EXPECT_EQ(diagnosis.manner->hooks, Hooks::observers);
    EXPECT_EQ(diagnosis.difference->first_different, (Moment{OddCpu::moment, 0})) << diagnosis.text;
    EXPECT_EQ(diagnosis.difference->fields.at(0).part, "cpu0");
    EXPECT_EQ(diagnosis.difference->fields.at(0).field, "rbx");
}

TEST(Doctor, an_engine_that_miscounts_when_watched_is_named_with_its_moment) {
    Diagnosis const diagnosis =
        examine(make(OddDevice::Defect::none, OddCpu::Defect::miscounts_when_watched), options());
    ASSERT_FALSE(diagnosis.same);
    ASSERT_TRUE(diagnosis.difference);
    EXPECT_EQ(diagnosis.manner->hooks, Hooks::code);
    EXPECT_EQ(diagnosis.difference->first_different, (Moment{OddCpu::moment, 0})) << diagnosis.text;
    std::vector<std::string> fields;
    for (auto const& field : diagnosis.difference->fields) fields.push_back(field.part + " " + field.field);
    EXPECT_THAT(fields, testing::Contains("cpu0 rip"));
}

TEST(Doctor, can_be_interrupted) {
    MakeMachine const healthy = make(OddDevice::Defect::none);
    unsigned made = 0;
    EXPECT_THROW(examine(
                     [&] {
                         auto machine = healthy();
                         if (++made == 4) machine->interrupt();
                         return machine;
                     },
                     options()),
                 Interrupted);
}

// The machinery by itself: two futures of one life, parted by an input.
TEST(FirstDifference, two_futures_part_at_the_input_that_parts_them) {
    auto const one = make(OddDevice::Defect::absent)(), other = make(OddDevice::Defect::absent)();
    for (Machine* machine : {one.get(), other.get()}) machine->run({.moment = {2500, 0}});
    one->give({"memory", machine::InputKind::poke, {0, 0, 0x20, 0, 0, 0, 0, 0, 0x55}});
    one->run({});
    other->run({});
    SeekingLife left(*one), right(*other);
    ASSERT_FALSE(alike(left.at({6000, 0}), right.at({6000, 0})));
    FirstDifference const found = first_difference(left, right, {}, {6000, 0});
    EXPECT_EQ(found.last_equal, (Moment{2500, 0}));
    EXPECT_EQ(found.first_different, (Moment{2500, 1})) << found.text();
    EXPECT_THAT(found.cause, HasSubstr("input for memory"));
    std::vector<std::string> lines;
    for (auto const& field : found.fields) lines.push_back(to_string(field));
    EXPECT_THAT(lines, testing::Contains(HasSubstr("ram 0x200000: 55 against")));
}

}  // namespace
}  // namespace sim::recording
