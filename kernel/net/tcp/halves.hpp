// SPDX-License-Identifier: MIT
//
// Which two halves a connection is made of. The full ones, or in a build with
// VIV_TEXTBOOK_TCP those by the book (textbook/), which can less and are read sooner. Both
// have the same names and the same interface, and what halves cannot do is not offered to a
// peer. Whatever includes this file is compiled for one or the other.
#pragma once

#include "kernel/net/config.hpp"

#ifdef VIV_TEXTBOOK_TCP
#include "kernel/net/tcp/textbook/receiver.hpp"
#include "kernel/net/tcp/textbook/sender.hpp"
#else
#include "kernel/net/tcp/receiver.hpp"
#include "kernel/net/tcp/sender.hpp"
#endif

namespace net::tcp {

// Of what the configuration offers, that which both halves can do.
constexpr TcpOffers possible(TcpOffers offers) {
    offers.sack = offers.sack && Sender::knows_sack && Receiver::knows_sack;
    if (!Sender::knows_ecn) offers.ecn = TcpOffers::Ecn::Never;
    return offers;
}

}  // namespace net::tcp
