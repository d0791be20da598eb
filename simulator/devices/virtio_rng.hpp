// SPDX-License-Identifier: GPL-2.0-or-later
//
// The entropy device: virtio-rng. [virtio-1.2 §5.4] Its bytes are a stream made
// from the machine's seed: the same in every run, and no secret. A request is
// answered at once, with at most 64 KiB.
#pragma once

#include "simulator/devices/virtio_device.hpp"

namespace sim::devices {

class VirtioRng final : public VirtioDevice {
public:
    static constexpr std::uint32_t most_bytes = 64 << 10;  // of one answer

    VirtioRng(std::string name, machine::Surroundings&, std::uint64_t seed);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override {
        fields(*this, r);
        check_loaded();
    }
    machine::StateNode describe() const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        VirtioDevice::fields(self, visit);
        visit("given", self.given_);
    }

private:
    void on_notify(unsigned queue) override;

    std::uint64_t seed_;
    std::uint64_t given_ = 0;  // words of the stream so far: a driver's reset does not rewind it
};

}  // namespace sim::devices
