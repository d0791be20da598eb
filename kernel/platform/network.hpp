// SPDX-License-Identifier: MIT
//
// The network of this machine: one card, one stack, and the thread that drives
// them. The stack knows no thread and no device; this is where they meet.
//
//     card interrupt --> an Event --> the network thread, one round:
//         frames from the card   -> stack.on_frame
//         stack.next_frame       -> frames to the card
//         stack.next_ready       -> pollers, and whoever waits in a socket call
//
// A thread that calls into the stack sends the frames that follow from it
// itself, in flush(): an answer leaves without a thread switch. And one that waits
// in a poller is woken by the card and makes the round itself, as the host who opens
// the door because he stands next to it: a request comes in without a second thread,
// too. The network thread is there for the timers, and while everybody else is busy.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernel/base/checks.hpp"
#include "kernel/base/list.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/interface.hpp"
#include "kernel/platform/card.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {

class Poller;

// Whom to tell that a socket is ready.
struct Watch {
    Poller* poller = nullptr;  // none: whoever waits in a socket call
    std::uint16_t token = 0;
    std::uint16_t generation = 0;  // of the socket that is meant
    base::ListLink ready_link;     // among those that the poller will tell of
};

class Network {
public:
    // One round of the thread handles at most so many frames in each direction.
    static constexpr unsigned frames_per_round = 64;

    // A place for every socket that the stack can have.
    struct Watches {
        std::span<Watch> listeners;
        std::span<Watch> streams;
        std::span<Watch> datagrams;
    };

    constexpr Network() = default;
    Network(Network const&) = delete;
    Network& operator=(Network const&) = delete;

    // The card's wake function, with this as its context: interrupt context.
    static void wake(void* self) {
        auto& network = *static_cast<Network*>(self);
        (network.host_ != nullptr ? *network.host_ : network.work_).set();
    }

    // Boot: puts the parts together, lets the card begin, and runs the thread.
    // False: no memory for the thread.
    [[nodiscard]] bool start(Card& card, net::Interface& stack, Watches const& watches);

    // --- with the lock held ------------------------------------------------
    threads::Mutex& lock() { return lock_; }
    net::Interface& stack() { return *stack_; }
    // Sends what the stack wants to send, after calls into it.
    void flush();
    // Lets frames out, and waits until something changed for a socket that no
    // poller watches, or for the address. False: the deadline came first.
    [[nodiscard]] bool wait_for_change(base::Instant deadline);
    // Waits for `event` with the lock open; false: the deadline came first. If nobody
    // else waits so, the card wakes this thread. Whoever comes back, even too late, takes
    // what the card has: it may have interrupted since. And lets out what follows from that:
    // at once, or together with what he himself has to say.
    [[nodiscard]] bool wait_for_frames(threads::Event& event, base::Instant deadline);
    void take_frames();
    // The socket is being closed: whoever waits for it looks again, and finds it so.
    void forget(net::SocketId socket);

    // --- without it ----------------------------------------------------------
    void watch(net::SocketId socket, Poller& poller, std::uint16_t token);
    // False: the deadline came before an address.
    [[nodiscard]] bool wait_for_address(base::Instant deadline);
    // The same for one that fits this peer: IPv6's are tried out for a second first.
    [[nodiscard]] bool wait_for_way_to(net::IpAddress peer, base::Instant deadline);
    // The same for an address of IPv6 that is good for more than the link; at once, if it is
    // not spoken here.
    bool wait_for_ipv6(base::Instant deadline);
    net::Ipv4Configuration address();
    // For a machine that is about to end: sends what was written, and waits until the peers
    // have it, and their FINs. Closing does not wait. False: the deadline came first.
    [[nodiscard]] bool wait_until_sent(base::Instant deadline);
    Card::Statistics const& statistics() const { return card_->statistics(); }

private:
    bool has_way_to(net::IpAddress peer) const;
    static void run(void* self);
    enum class Sends : bool { Later, Now };
    bool round(Sends sends);
    void take(Card::Received const& frame, base::Instant now);
    bool has_work(base::Instant now);
    unsigned send_frames(base::Instant now);
    void send(net::TxFrame const& frame);
    void tell_the_ready();
    void notice_address();
    CALLED_SELDOM void notice_ipv6_addresses(net::nd::Host const& host);
    CALLED_SELDOM void note_change();
    base::Instant plan_sleep();
    void plan_no_later();
    Watch* find(net::SocketId socket);

    threads::Mutex lock_{"network"};
    threads::Event work_;             // the card, or somebody, has work for the thread
    threads::Event* host_ = nullptr;  // of a thread that waits, and is woken instead
    threads::Condition changed_;      // for those who wait without a poller
    unsigned waiting_ = 0;            // how many they are
    std::uint64_t changes_ = 0;       // what they wait for, counted
    Card* card_ = nullptr;
    net::Interface* stack_ = nullptr;
    Watches watches_;
    net::Ipv4Configuration known_address_;
    unsigned known_ipv6_ = 0;       // addresses of ours that may be used
    bool has_room_ = true;          // had the card, when it was last sent to?
    base::Instant stack_deadline_;  // the stack's, when it was last asked for frames
    base::Instant sleeps_until_;    // when the thread will look at the stack again by itself
    net::TxFrame outgoing_{};
};

// Holds the network's lock while it lives. A thread that has it already, for a turn of many
// calls, keeps it: to take it is not cheap, and a server that answers what has come is alone.
class NetworkGuard {
public:
    explicit NetworkGuard(Network& network) : lock_(network.lock()), takes_(!lock_.held_by_me()) {
        if (takes_) lock_.lock();
    }
    ~NetworkGuard() {
        if (takes_) lock_.unlock();
    }
    // Nobody further out has the lock.
    bool is_outermost() const { return takes_; }
    NetworkGuard(NetworkGuard const&) = delete;
    NetworkGuard& operator=(NetworkGuard const&) = delete;

private:
    threads::Mutex& lock_;
    bool const takes_;
};

// The machine's network; null when there is no card, which the log explains.
// Finds the card and starts everything at the first call. For one thread.
// `own`: this address, of the first call; none: the network is asked for one
// (DHCP).
Network* network(net::Ipv4Configuration const& own = {});

}  // namespace platform
