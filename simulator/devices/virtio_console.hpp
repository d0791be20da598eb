// SPDX-License-Identifier: GPL-2.0-or-later
//
// A console on virtio: one port, with its size and the emergency register.
// [virtio-1.2 §5.3] Sending takes no time. What is typed waits until the driver
// has a buffer, up to 64 KiB; more is dropped.
#pragma once

#include <deque>

#include "simulator/devices/virtio_device.hpp"

namespace sim::devices {

class VirtioConsole final : public VirtioDevice {
public:
    static constexpr std::size_t most_waiting = 64 << 10;
    static constexpr std::uint16_t columns = 80, rows = 25;

    VirtioConsole(std::string name, machine::Surroundings&);

    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override {
        fields(*this, r);
        check_loaded();
    }
    void on_input(machine::InputKind, std::span<std::uint8_t const>) override;
    machine::StateNode describe() const override;

    std::uint8_t config_byte(unsigned offset) const override;
    void write_config_byte(unsigned offset, std::uint8_t value) override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        VirtioDevice::fields(self, visit);
        visit("waiting", self.waiting_);
    }

private:
    enum : unsigned { receive_queue = 0, transmit_queue = 1 };

    void on_notify(unsigned queue) override { queue == transmit_queue ? transmit() : receive(); }
    void on_driver_ok() override { receive(); }
    void on_device_reset() override { waiting_.clear(); }
    void transmit();
    void receive();

    std::deque<std::uint8_t> waiting_;
};

}  // namespace sim::devices
