// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network card: virtio-net with one pair of queues. [virtio-1.2 §5.1]
//
// Sending takes no time: a frame is out when the notification returns. Frames
// that arrive while the driver has no buffers wait in a small memory of the
// card; when that is full they are lost, and counted.
#pragma once

#include <array>
#include <deque>

#include "simulator/devices/virtio_device.hpp"

namespace sim::devices {

using MacAddress = std::array<std::uint8_t, 6>;

class VirtioNet final : public VirtioDevice {
public:
    static constexpr MacAddress default_mac{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    static constexpr std::size_t card_memory_frames = 256;
    static constexpr std::size_t largest_frame = 1518;          // with one VLAN tag
    static constexpr std::size_t largest_to_cut = 14 + 65'535;  // also of one that arrives whole

    VirtioNet(std::string name, machine::Surroundings&, MacAddress = default_mac);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override {
        fields(*this, r);
        check_loaded();
    }
    void on_input(machine::InputKind, std::span<std::uint8_t const>) override;
    machine::StateNode describe() const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        VirtioDevice::fields(self, visit);
        visit("link_up", self.link_up_);
        visit("waiting", self.waiting_);
        visit("received", self.received_);
        visit("sent", self.sent_);
        visit("dropped", self.dropped_);
    }

private:
    enum : unsigned { receive_queue = 0, transmit_queue = 1 };

    std::uint8_t config_byte(unsigned offset) const override;
    void on_notify(unsigned queue) override;
    void on_driver_ok() override;
    void on_device_reset() override;

    std::size_t header_bytes() const;
    void transmit();
    void send(std::vector<std::uint8_t> packet);
    void put_on_the_wire(std::span<std::uint8_t const> frame);
    bool takes(std::span<std::uint8_t const> frame) const;
    void receive();
    bool deliver(std::vector<std::uint8_t> const& frame);

    MacAddress mac_;
    bool link_up_ = true;
    std::deque<std::vector<std::uint8_t>> waiting_;
    std::uint64_t received_ = 0, sent_ = 0, dropped_ = 0;
};

}  // namespace sim::devices
