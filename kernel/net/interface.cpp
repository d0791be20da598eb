// SPDX-License-Identifier: MIT
#include "kernel/net/interface.hpp"

#include "kernel/net/memory.hpp"

namespace net {

namespace {

// A device may say anything about itself; below 68 octets there is no internet.
// [rfc791 §3.2, "Fragmentation"]
Config sensible(Config config) {
    constexpr std::uint16_t smallest_mtu = 68;
    if (config.mtu < smallest_mtu) config.mtu = smallest_mtu;
    return config;
}

}  // namespace

Interface::Interface(Config const& config, Allocator& memory, RandomSource& random)
    : config_(sensible(config)),
      memory_(memory),
      random_(random),
      neighbours_(config.mac, statistics_),
      packets_(memory, statistics_, config_.limits.queued_packets),
      reassembly_(memory, statistics_, config_.limits),
      dhcp_(config.mac, random, statistics_),
      udp_(config_, memory, random, statistics_, own_, packets_),
      tcp_(config_, memory, random, statistics_, own_, packets_) {}

base::Result<Interface*, Error> Interface::create(Config const& config, Allocator& memory,
                                                  RandomSource& random) {
    Interface* interface = make<Interface>(memory, config, memory, random);
    if (interface == nullptr) return base::fail(Error::NoMemory);
    if (!interface->create_tables()) {
        destroy(interface);
        return base::fail(Error::NoMemory);
    }
    return interface;
}

void Interface::destroy(Interface* interface) {
    if (interface == nullptr) return;
    interface->packets_.release(interface->lent_);
    net::destroy(interface->memory_, interface->six_);
    net::destroy(interface->memory_, interface);
}

bool Interface::create_tables() {
    Limits const& limits = config_.limits;
    if (!neighbours_.create(memory_, limits.neighbours) || !reassembly_.create(limits.reassemblies) ||
        !udp_.create() || !tcp_.create())
        return false;
    if (!create_ipv6()) return false;
    next_identification_ = static_cast<std::uint16_t>(random_.next());
    if (config_.dhcp)
        dhcp_.start();
    else
        own_ = config_.ipv4;
    return true;
}

bool Interface::create_ipv6() {
    // A smaller link carries no IPv6. [rfc8200 §5]
    if (!config_.ipv6.enabled || config_.mtu < wire::Ipv6Header::smallest_mtu) return true;
    six_ = make<Ipv6Half>(memory_, config_, memory_, random_, statistics_);
    Limits const& limits = config_.limits;
    if (six_ == nullptr || !six_->host.create(memory_, limits.neighbours) ||
        !six_->reassembly.create(limits.reassemblies))
        return false;
    tcp_.speak_ipv6(six_->host);
    udp_.speak_ipv6(six_->host);
    return true;
}

}  // namespace net
