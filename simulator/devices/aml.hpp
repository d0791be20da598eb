// SPDX-License-Identifier: GPL-2.0-or-later
//
// ACPI machine language, as much of it as our DSDT needs: terms are built from
// the inside out and joined by +. [acpi-6.5 §20.2]
//
//     aml::device("RTC_", aml::name("_HID", aml::eisa_id("PNP0B00")) +
//                         aml::name("_CRS", aml::resources(aml::ports(0x70, 2))))
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sim::devices::aml {

class Term {
public:
    Term() = default;
    explicit Term(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
    std::vector<std::uint8_t> const& bytes() const { return bytes_; }
    Term& operator+=(Term const& other) {
        bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
        return *this;
    }
    friend Term operator+(Term one, Term const& other) { return one += other; }

private:
    std::vector<std::uint8_t> bytes_;
};

// --- Data ---
Term integer(std::uint64_t value);
Term string(std::string_view text);
// "PNP0A08", three letters and four hexadecimal digits, as a number. [acpi-6.5 §19.6.36]
Term eisa_id(std::string_view id);
Term package(std::vector<Term> const& elements);  // at most 255
Term buffer(std::vector<std::uint8_t> const& bytes);

// --- Names: segments of four characters, "\_SB_" or "PCI0" ---
Term reference(std::string_view name);
Term name(std::string_view name, Term const& value);
Term scope(std::string_view name, Term const& inner);
Term device(std::string_view name, Term const& inner);
Term method(std::string_view name, unsigned arguments, Term const& body);

// --- Statements ---
Term store_argument(unsigned argument, std::string_view into);
Term if_true(std::string_view condition, Term const& body);
Term return_value(Term const& value);

// --- Resources, for _CRS [acpi-6.5 §6.4] ---
Term resources(Term const& descriptors);
Term ports(std::uint16_t start, std::uint8_t length);
Term interrupt(unsigned irq);        // an ISA one: edge, active high
Term level_interrupt(unsigned gsi);  // active high, not shared
Term memory(std::uint32_t start, std::uint32_t length);
// Windows of a bridge, both ends included.
Term bus_range(std::uint16_t first, std::uint16_t last);
Term port_range(std::uint16_t first, std::uint16_t last);
Term memory_range(std::uint32_t first, std::uint32_t last);

}  // namespace sim::devices::aml
