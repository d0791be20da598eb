// SPDX-License-Identifier: MIT
//
// What IP says of a payload that it hands on, whichever version brought it.
#pragma once

#include "kernel/net/address.hpp"

namespace net {

struct Arrival {
    IpAddress source;
    IpAddress destination;
    std::uint8_t traffic_class = 0;  // DiffServ and ECN
    bool verify_checksum = true;     // false: the device did
};

}  // namespace net
