// SPDX-License-Identifier: MIT
//
// The registers of virtio devices on PCI, as the kernel uses them on the machine: every
// access of a whole guest is looked at. [virtio-1.2 §3.1.1, §4.1.3.1, §4.1.4.3.2]
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "simulator/board/pc.hpp"
#include "simulator/recording/images.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using namespace sim::machine;
using testing::ElementsAre;

struct Seen {
    std::string name;
    bool write;
    unsigned size;
    std::uint64_t value;
};

// What was done with each device's own registers, in order.
struct Accesses final : AccessObserver {
    void on_access(Machine&, Access const& access) override {
        if (access.space != AccessSpace::memory || access.entry == nullptr) return;
        auto const name = access.name();
        by_device[name.device].push_back({name.name, access.write, access.size, access.value});
    }
    std::map<std::string, std::vector<Seen>> by_device;
};

std::map<std::string, std::vector<Seen>> accesses_of_a_guest() {
    Folder folder;
    write_file(folder / "disk", std::string(1 << 20, '\0'));
    MachineConfig config;
    config.image = sim::recording::read_blob(std::string(std::getenv("VIV_BUILD")) + "/images/virtio.elf");
    config.command_line = "scribble";
    config.disks.push_back({sim::recording::read_blob(folder / "disk")});
    config.console = true;
    auto const machine = sim::board::make_pc(config);
    Accesses accesses;
    machine->add_access_observer(accesses);
    RunResult const result = machine->run({});
    machine->remove_access_observer(accesses);
    EXPECT_EQ(result.stop, RunStop::exited);
    EXPECT_EQ(result.status, 0u);
    return accesses.by_device;
}

bool is_queue_register(std::string const& name) {
    return name == "queue_size" || name == "queue_msix_vector" || name == "queue_desc" ||
           name == "queue_driver" || name == "queue_device";
}

void expect_statuses_step_by_step(std::vector<Seen> const& seen) {
    std::vector<std::uint64_t> written, read_back;
    for (Seen const& at : seen) {
        if (at.name != "device_status") continue;
        EXPECT_EQ(at.size, 1u);
        if (at.write)
            written.push_back(at.value), read_back.push_back(0x100);
        else if (!read_back.empty())
            read_back.back() = at.value;
    }
    EXPECT_THAT(written, ElementsAre(0, 1, 3, 11, 15));
    EXPECT_EQ(read_back.at(0), 0u) << "the reset was waited for";
    EXPECT_EQ(read_back.at(3), 11u) << "FEATURES_OK was read back";
}

// Returns how many queues were enabled.
unsigned expect_queues_set_up_before_they_are_enabled(std::vector<Seen> const& seen) {
    unsigned enabled = 0;
    std::map<std::string, unsigned> writes;  // since the queue was selected
    bool open = false, vector_read_back = false, running = false;
    for (Seen const& at : seen) {
        if (at.name == "queue_select" && at.write) writes.clear(), open = true, vector_read_back = false;
        if (at.name == "queue_msix_vector" && !at.write) {
            EXPECT_NE(at.value, 0xFFFFu) << "the device took it";
            vector_read_back = writes["queue_msix_vector"] == 1;
        }
        if (at.write && is_queue_register(at.name)) {
            EXPECT_TRUE(open) << at.name << " after the queue was enabled";
            EXPECT_EQ(at.size, at.name == "queue_size" || at.name == "queue_msix_vector" ? 2u : 4u);
            ++writes[at.name];
        }
        if (at.name == "queue_enable" && at.write) {
            EXPECT_EQ(at.value, 1u) << "never disabled";
            for (char const* half : {"queue_desc", "queue_driver", "queue_device"})
                EXPECT_EQ(writes[half], 2u) << half;
            EXPECT_TRUE(vector_read_back);
            EXPECT_FALSE(running) << "before DRIVER_OK";
            open = false;
            ++enabled;
        }
        if (at.name == "device_status" && at.write) running = (at.value & 4) != 0;
        EXPECT_TRUE(running || !at.name.starts_with("notify")) << "not before DRIVER_OK";
    }
    return enabled;
}

// [virtio-1.2 §4.1.4.3.2, §4.1.5.4.2]
void expect_what_is_read_only_is_only_read(std::vector<Seen> const& seen) {
    unsigned config_vectors = 0;
    for (Seen const& at : seen) {
        bool const read_only = at.name == "device_feature" || at.name == "num_queues" ||
                               at.name == "config_generation" || at.name == "queue_notify_off";
        EXPECT_FALSE(read_only && at.write) << at.name;
        if (at.name == "queue_size" && at.write) {
            EXPECT_EQ(at.value & (at.value - 1), 0u) << "a power of two";
        }
        if (at.name == "config_msix_vector" && at.write) {
            EXPECT_EQ(at.value, 0xFFFFu) << "changes of the configuration share no vector with a queue";
            ++config_vectors;
        }
    }
    EXPECT_EQ(config_vectors, 1u);
}

TEST(VirtioRegisters, are_written_in_the_order_that_the_standard_wants) {
    auto const accesses = accesses_of_a_guest();
    std::map<std::string, unsigned> const queues = {{"disk0", 1}, {"rng0", 1}, {"console0", 2}};
    unsigned devices = 0;
    for (auto const& [name, seen] : accesses) {
        for (auto const& [device, count] : queues) {
            if (!name.starts_with(device)) continue;
            SCOPED_TRACE(name);
            expect_statuses_step_by_step(seen);
            expect_what_is_read_only_is_only_read(seen);
            EXPECT_EQ(expect_queues_set_up_before_they_are_enabled(seen), count);
            ++devices;
        }
    }
    EXPECT_EQ(devices, 3u);
}

}  // namespace
}  // namespace scenario
