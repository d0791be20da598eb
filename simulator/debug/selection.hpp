// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person can point at. Every view understands the same Selection, so that
// a thread chosen in one is highlighted in all.
#pragma once

#include <cstdint>

#include "simulator/machine/moment.hpp"

namespace sim::debug {

enum class EntityKind : std::uint8_t {
    none,
    thread,            // id: address of the thread object
    function,          // id: its first address
    line,              // id: file index << 32 | line number
    virtual_range,     // id: first address, length in bytes
    physical_range,    // id: first address, length in bytes
    frame,             // id: physical address / 4096
    packet,            // id: event number of the packet
    descriptor,        // id: queue number << 32 | descriptor index
    interrupt_vector,  // id: 0..255
    lock,              // id: address of the lock object
    connection,        // id: address of the TCP connection object
    table_entry,       // id: physical address of a page-table entry
    event,             // id: event number
    disk_block,        // id: disk_block_id() of disk_map.hpp
};

struct Entity {
    EntityKind kind = EntityKind::none;
    std::uint64_t id = 0;
    std::uint64_t length = 0;
    explicit operator bool() const { return kind != EntityKind::none; }
    bool operator==(Entity const&) const = default;
};

struct Selection {
    Entity entity;
    machine::Moment moment;
    bool operator==(Selection const&) const = default;
};

char const* name_of(EntityKind);

}  // namespace sim::debug
