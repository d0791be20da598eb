// SPDX-License-Identifier: MIT
//
// Explicit congestion notification: a router whose queue grows marks packets instead of
// dropping them. The receiver of a mark tells the sender in every ACK (ECE) until that one
// says that it has slowed down (CWR). (SHLD-8) [rfc3168 §6.1]
//
//   sender     -- data, ECT(0) -->  router  -- data, CE -->   receiver
//              <--------- ACK, ECE ----------------------
//              -- data, CWR ----------------------------->
#pragma once

#include <cstdint>

#include "kernel/net/wire/tcp.hpp"

namespace net::tcp {

// The two bits in the IP header. [rfc3168 §5]
enum class EcnField : std::uint8_t { NotCapable = 0, Capable1 = 1, Capable0 = 2, Experienced = 3 };
constexpr EcnField ecn_field(std::uint8_t traffic_class) { return static_cast<EcnField>(traffic_class & 3); }

// What both SYNs said, and what our ACKs have to say. What the sender does about it is in
// sender.cpp.
class Ecn {
public:
    using Flag = wire::TcpFlags;

    // A SYN with both flags asks, a SYN,ACK with ECE alone agrees. [rfc3168 §6.1.1]
    static bool asks(wire::TcpHeader const& syn) { return (syn.flags & both) == both; }
    static bool agrees(wire::TcpHeader const& syn_ack) { return (syn_ack.flags & both) == Flag::Ece; }
    static constexpr std::uint8_t both = Flag::Ece | Flag::Cwr;

    void agree() { agreed_ = true; }
    bool agreed() const { return agreed_; }

    // Of an acceptable segment with data. True if it was marked. [rfc3168 §6.1.3]
    bool on_data(wire::TcpHeader const& segment, EcnField field) {
        if (segment.has(Flag::Cwr)) echo_ = false;
        if (field != EcnField::Experienced) return false;
        echo_ = true;
        return true;
    }
    std::uint8_t flags_of_ack() const { return echo_ ? Flag::Ece : 0; }

private:
    bool agreed_ = false;
    bool echo_ = false;  // a mark came, and no CWR since
};

}  // namespace net::tcp
