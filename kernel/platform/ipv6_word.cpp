// SPDX-License-Identifier: MIT
#include "kernel/platform/ipv6_word.hpp"

#include "kernel/net/address_text.hpp"

namespace platform {
namespace {

constinit net::Ipv6Settings chosen;

}  // namespace

void read_ipv6_word(base::CommandLine& words) {
    auto const text = words.value("ipv6");
    chosen = net::Ipv6Settings();
    if (!text || *text == "off") return;
    auto const own = net::parse_ipv6_prefixed(*text);
    if (!own && *text != "auto") words.refuse("ipv6", "auto, off or an address such as fd00::2/64");
    chosen.enabled = true;
    if (!own) return;
    chosen.address = own->address;
    chosen.prefix_length = own->length;
}

net::Ipv6Settings const& ipv6_settings() { return chosen; }

}  // namespace platform
