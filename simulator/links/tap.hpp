// SPDX-License-Identifier: GPL-2.0-or-later
//
// A TAP device: a network card of the host whose cable we hold. One read of the
// descriptor is one frame, one write is one.
#pragma once

#include <string>

namespace sim::links {

class Tap {
public:
    // A device of this name that exists is used as it is. A new one lives as long as
    // this object: up, with the address 10.0.2.2/24, so that the guest finds the host
    // where libslirp would be. Throws std::runtime_error; needs root.
    explicit Tap(std::string const& name);
    ~Tap();
    Tap(Tap const&) = delete;
    Tap& operator=(Tap const&) = delete;

    int descriptor() const { return descriptor_; }
    std::string const& name() const { return name_; }
    static constexpr char const* hosts_address = "10.0.2.2";
    static constexpr char const* guests_address = "10.0.2.15/24";

private:
    std::string name_;
    int descriptor_ = -1;
};

}  // namespace sim::links
