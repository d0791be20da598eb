// SPDX-License-Identifier: MIT
//
// Which of a name's addresses is tried first. The rules' numbers are those of RFC 6724 §6, and
// most cases those of its §10.2.
#include "kernel/net/dns/preference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernel/net/address_text.hpp"

namespace net::testing {
namespace {

using dns::Candidate;

IpAddress ip(std::string_view text) {
    if (text.empty()) return IpAddress();
    if (auto const v4 = parse_ipv4(text)) return *v4;
    return parse_ipv6(text).value();
}
Candidate to(std::string_view address, std::string_view source, bool is_fading = false) {
    return {ip(address), ip(source), is_fading};
}

// The first is preferred, wherever it stood.
void expect_first(std::vector<Candidate> const& candidates) {
    for (bool const backwards : {false, true}) {
        auto sorted = candidates;
        if (backwards) std::reverse(sorted.begin(), sorted.end());
        dns::sort_by_preference(sorted);
        EXPECT_EQ(sorted[0].address, candidates[0].address) << (backwards ? "backwards" : "forwards");
        EXPECT_EQ(sorted[0].source, candidates[0].source);
    }
}

TEST(Preference, an_address_that_we_can_speak_to_comes_first) {  // rule 1
    expect_first({to("198.51.100.121", "169.254.13.78"), to("2001:db8:1::1", "")});
    expect_first({to("fd00::1", "fd00::2"), to("2001:db8:1::1", "")});
}

TEST(Preference, both_ends_reach_as_far) {  // rule 2
    expect_first({to("2001:db8:1::1", "2001:db8:1::2"), to("198.51.100.121", "169.254.13.78")});
    expect_first({to("198.51.100.121", "198.51.100.117"), to("2001:db8:1::1", "fe80::1")});
}

TEST(Preference, an_address_of_ours_that_fades_is_avoided) {  // rule 3
    expect_first({to("198.51.100.121", "198.51.100.117"), to("2001:db8:1::1", "2001:db8:1::2", true)});
}

TEST(Preference, one_kind_speaks_to_its_own) {  // rule 5
    expect_first({to("198.51.100.121", "10.1.2.4"), to("2002:c633:6401::1", "2001:db8:1::2")});
    expect_first({to("10.1.2.3", "10.1.2.4"), to("2001:db8:1::1", "fd00::2")});
    expect_first({to("fd00::1", "fd00::2"), to("2001:db8:1::1", "fd00::2")});
}

TEST(Preference, ipv6_comes_before_ipv4_and_that_before_local_networks_of_ipv6) {  // rule 6
    expect_first({to("2001:db8:1::1", "2001:db8:1::2"), to("10.1.2.3", "10.1.2.4")});
    expect_first({to("10.1.2.3", "10.1.2.4"), to("fd00::1", "fd00::2")});
    expect_first({to("10.1.2.3", "10.1.2.4"), to("2002:c633:6401::1", "2002:c633:6401::2")});
    expect_first({to("fd00::1", "fd00::2"), to("3ffe::1", "3ffe::2")});
}

TEST(Preference, what_is_near_comes_first) {  // rule 8
    expect_first({to("fe80::1", "fe80::2"), to("2001:db8:1::1", "2001:db8:1::2")});
}

TEST(Preference, what_has_more_in_common_with_us_comes_first) {  // rule 9
    expect_first({to("2001:db8:1::1", "2001:db8:1::2"), to("2001:db8:3ffe::1", "2001:db8:1::2")});
}

TEST(Preference, what_is_equal_stays_as_the_server_said) {  // rule 10
    std::vector<Candidate> list = {to("10.0.0.3", "10.0.0.9"), to("10.0.0.8", "10.0.0.9"),
                                   to("10.0.0.1", "10.0.0.9"), to("2001:db8::1", "2001:db8::9"),
                                   to("2001:db8::8", "2001:db8::9")};
    dns::sort_by_preference(list);
    std::vector<IpAddress> order;
    for (Candidate const& each : list) order.push_back(each.address);
    EXPECT_EQ(order, (std::vector<IpAddress>{ip("2001:db8::1"), ip("2001:db8::8"), ip("10.0.0.3"),
                                             ip("10.0.0.8"), ip("10.0.0.1")}));
    dns::sort_by_preference({});
}

}  // namespace
}  // namespace net::testing
