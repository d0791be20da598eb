// SPDX-License-Identifier: MIT
//
// Makes a device of the simulator mad: the rings and buffers of an honest virtio
// device change behind the guest's back, as only a device could change them, and its
// interrupts come or stay away at random. Memory that the guest did not give to the
// device is left alone: nothing can protect a kernel without an IOMMU from that.
// List V of the hostile inputs: V1 used.id, V2 used.len and num_buffers, V3 the header
// of a frame, V4 used.idx.
#pragma once

#include <random>
#include <string>

#include "simulator/devices/virtio_device.hpp"
#include "simulator/machine/machine.hpp"

namespace scenario {

class MadRings {
public:
    MadRings(sim::machine::Machine& machine, std::string device, unsigned seed);

    // Does one thing, if the driver has set the device up. Returns whether it has.
    bool act();
    // The device asks for a notification of what has just been published: the driver will not
    // send it, nor any later one. False: it does not ask for one now.
    bool overlook(unsigned queue);

    std::uint64_t below(std::uint64_t n) { return random_() % n; }

private:
    using Queue = sim::devices::Virtqueue;

    void damage_used_ring(Queue const&);
    void damage_available_ring(Queue const&);
    void scribble_into_buffers(Queue const&);
    void line(std::string const& fault);
    void poke(std::uint64_t address, std::uint64_t value, unsigned bytes);
    std::uint64_t peek(std::uint64_t address, unsigned bytes) const;

    sim::machine::Machine& machine_;
    std::string const name_;
    sim::devices::VirtioDevice& device_;
    std::mt19937_64 random_;
};

}  // namespace scenario
