// SPDX-License-Identifier: MIT
//
// PCI configuration space for tests: functions with read-only identity, BARs
// that behave as [pci-3.0 §6.2.5.1] says, and bytes for capabilities.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <tuple>

#include "kernel/devices/pci.hpp"

namespace devices {

class FakePci final : public PciConfig {
public:
    struct Function {
        std::array<std::uint8_t, 256> bytes{};
        std::array<std::uint64_t, 6> bar_size{};   // 0: no BAR
        std::array<std::uint32_t, 6> bar_flags{};  // the fixed low bits
        std::array<bool, 6> bar_upper{};           // the upper half of the one before
        std::map<unsigned, std::uint32_t> stays;   // such a register tells the size, but keeps its address
        unsigned probes_while_decoding = 0;

        void put16(std::size_t at, std::uint16_t v) { std::memcpy(bytes.data() + at, &v, 2); }
        void put32(std::size_t at, std::uint32_t v) { std::memcpy(bytes.data() + at, &v, 4); }
        std::uint32_t get32(std::size_t at) const {
            std::uint32_t v;
            std::memcpy(&v, bytes.data() + at, 4);
            return v;
        }
        std::uint16_t command() const { return static_cast<std::uint16_t>(get32(4)); }
    };

    Function& add(PciAddress at, std::uint16_t vendor, std::uint16_t device, std::uint16_t classes = 0x0200) {
        Function& f = functions_[key(at)];
        f.put16(0, vendor);
        f.put16(2, device);
        f.put16(10, classes);
        return f;
    }
    Function& operator[](PciAddress at) { return functions_.at(key(at)); }

    std::uint32_t read(PciAddress at, std::uint16_t offset) override {
        ++reads;
        auto const it = functions_.find(key(at));
        return it == functions_.end() || offset % 4 != 0 || offset > 252 ? 0xffff'ffff
                                                                         : it->second.get32(offset);
    }
    void write(PciAddress at, std::uint16_t offset, std::uint32_t value) override {
        auto const it = functions_.find(key(at));
        if (it == functions_.end() || offset % 4 != 0 || offset > 252) return;
        Function& f = it->second;
        if (offset == 4) {
            std::uint16_t const status = static_cast<std::uint16_t>(f.get32(4) >> 16);
            f.put32(4, (value & 0xffff) | std::uint32_t{static_cast<std::uint16_t>(status & ~(value >> 16))}
                                              << 16);
        } else if (offset >= 0x10 && offset < 0x28) {
            unsigned const i = (offset - 0x10u) / 4;
            if (value == 0xffff'ffff && (f.command() & 3) != 0) ++f.probes_while_decoding;
            if (f.stays.contains(i) && value != 0xffff'ffff) {
                f.put32(offset, f.stays[i]);
            } else if (f.bar_upper[i]) {
                std::uint64_t const mask = ~(f.bar_size[i - 1] - 1);
                f.put32(offset, value & static_cast<std::uint32_t>(mask >> 32));
            } else if (f.bar_size[i] != 0) {
                f.put32(offset, (value & static_cast<std::uint32_t>(~(f.bar_size[i] - 1))) | f.bar_flags[i]);
            }
        } else if (offset >= 0x40) {
            f.put32(offset, value);
        }
    }
    unsigned reads = 0;

private:
    static std::tuple<int, int, int> key(PciAddress a) { return {a.bus, a.device, a.function}; }
    std::map<std::tuple<int, int, int>, Function> functions_;
};

}  // namespace devices
