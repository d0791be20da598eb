// SPDX-License-Identifier: MIT
//
// In place of the kernel's header of this name, for the driver of lab 1: a port is
// what the driver says it is.
#pragma once

#include <concepts>
#include <cstdint>

namespace arch {

std::uint8_t fake_port_read(std::uint16_t number);
void fake_port_write(std::uint16_t number, std::uint8_t value);

template <std::unsigned_integral T>
class Port {
public:
    explicit constexpr Port(std::uint16_t number) : number_(number) {}
    T read() const { return fake_port_read(number_); }
    void write(T value) const { fake_port_write(number_, static_cast<std::uint8_t>(value)); }

private:
    std::uint16_t number_;
};

}  // namespace arch
