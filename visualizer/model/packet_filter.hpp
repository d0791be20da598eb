// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which packets are shown, as a person types it:
//
//     http                 a word: in the protocol, the addresses or what it says
//     in  out  bad         received; sent; damaged
//     host=10.0.2.2        from or to that address; port=80 the same of a port
//     len>100  len<60      bytes of the frame
//     syn not http         both: what stands side by side must all hold
//     arp or port=53       either
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "visualizer/model/model.hpp"

namespace viz::model {

class PacketFilter {
public:
    // Or one line that says what is wrong. An empty text lets all through.
    static std::variant<PacketFilter, std::string> parse(std::string_view);

    bool matches(PacketRow const&, std::uint64_t length) const;

private:
    struct Term {
        enum class Kind : std::uint8_t { word, in, out, bad, host, port, longer, shorter } kind = Kind::word;
        bool negated = false;
        std::string word;  // in lower case; of host and port: as it stands in an address
        std::uint64_t number = 0;
    };
    static bool holds(Term const&, PacketRow const&, std::uint64_t length);

    std::vector<std::vector<Term>> any_;  // of these, all of the terms
};

}  // namespace viz::model
