// SPDX-License-Identifier: MIT
//
// Names, as an application asks for them. The other end of the cable is a thread of the host
// that plays the router, which names three name servers, and all three of them.
#include "kernel/platform/resolve.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "kernel/base/command_line.hpp"
#include "kernel/net/testing/six.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/hosted_test.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/platform/random.hpp"

namespace platform {
namespace {

using base::Duration;
using net::IpAddress;
using net::Ipv4Address;
using net::Ipv6Address;
using net::testing::Octets;
using net::testing::Six;
using net::wire::DnsType;

constexpr Ipv6Address server(std::uint64_t number) { return {0xfe80ull << 48, 0x10 + number}; }
constexpr Ipv6Address v6_of_name{0x2001'0db8ull << 32, 7};
constexpr Ipv4Address v4_of_name{10, 0, 0, 7};

struct Question {
    unsigned server = 0;  // 0 to 2
    DnsType type{};
    std::uint16_t id = 0, port = 0;
    Octets message;
};

class Neighbours {
public:
    // What a server says to a question, perhaps nothing. Called by the thread, and knows all
    // that were asked, this one too.
    using Answer = std::function<Octets(Question const&, std::vector<Question> const&)>;

    explicit Neighbours(int descriptor) : descriptor_(descriptor) {
        std::thread([this] { serve(); }).detach();  // as long as the process, as the card
    }
    // From now on about this name; what comes late about another one counts for nothing.
    void begin(std::string const& name, Answer answer) {
        std::lock_guard const hold(mutex_);
        auto const wanted = net::wire::DnsName::from_text(name).value();
        auto const octets = wanted.octets();
        name_ = Octets(octets.begin(), octets.end());
        answer_ = std::move(answer);
        asked_.clear();
    }
    std::vector<Question> asked() {
        std::lock_guard const hold(mutex_);
        return asked_;
    }
    void say(Question const& question, Octets const& message) {
        if (message.empty()) return;
        Six::From const from{server(question.server), asker_, 64, Six::peer_mac};
        Octets datagram = Six::udp_datagram(question.port, message, from, 53);
        send_to(mac_, net::wire::NextHeader::Udp, datagram, from);
    }

private:
    void send(Octets const& frame) { (void)!write(descriptor_, frame.data(), frame.size()); }

    void serve() {
        Octets frame(2048);
        for (ssize_t got; (got = read(descriptor_, frame.data(), frame.size())) > 0;) {
            if (got < 62 || net::wire::load_be16(&frame[12]) != 0x86dd) continue;
            take(Octets(frame.begin(), frame.begin() + got));
        }
    }
    void take(Octets const& frame) {
        Ipv6Address const asker = net::wire::load_ipv6(&frame[22]), to = net::wire::load_ipv6(&frame[38]);
        Octets const payload(frame.begin() + 54, frame.end());
        if (frame[20] == net::wire::NextHeader::Icmp6 && payload[0] == 133) announce();
        if (frame[20] == net::wire::NextHeader::Icmp6 && payload[0] == 135 && !asker.is_unspecified())
            tell_mac(asker, net::wire::load_ipv6(&payload[8]), net::wire::load_mac(&frame[6]));
        if (frame[20] == net::wire::NextHeader::Udp && net::wire::load_be16(&payload[2]) == 53)
            answer(asker, to, payload, net::wire::load_mac(&frame[6]));
    }
    // As Six builds it, but for whom this stack is.
    void send_to(net::MacAddress mac, std::uint8_t next_header, Octets const& payload,
                 Six::From const& from) {
        Octets frame = Six::frame(next_header, payload, from);
        if (!from.destination.is_multicast()) net::wire::store_mac(frame.data(), mac);
        send(frame);
    }
    void announce() {
        Octets servers(8 + 3 * 16);
        servers[0] = 25;
        servers[1] = 7;
        net::wire::store_be32(&servers[4], 1800);
        for (unsigned i = 0; i < 3; ++i) net::wire::store_ipv6(&servers[8 + 16 * i], server(i));
        Octets const options =
            Six::together({Six::prefix_option(Six::announced, 64, 0xc0, 1800, 1800), servers});
        send_to({}, net::wire::NextHeader::Icmp6,
                Six::message(net::wire::Icmp6Header::Type::RouterAdvertisement,
                             Six::router_body(1800, options), Six::router),
                Six::router);
    }
    void tell_mac(Ipv6Address asker, Ipv6Address target, net::MacAddress mac) {
        Six::From const from{target, asker, 255, Six::peer_mac};
        send_to(
            mac, net::wire::NextHeader::Icmp6,
            Six::message(
                net::wire::Icmp6Header::Type::NeighbourAdvertisement,
                Six::together({{0x60, 0, 0, 0}, Six::octets_of(target), Six::mac_option(2, Six::peer_mac)}),
                from),
            from);
    }
    void answer(Ipv6Address asker, Ipv6Address to, Octets const& datagram, net::MacAddress mac) {
        Question question;
        question.message.assign(datagram.begin() + 8, datagram.end());
        question.server = static_cast<unsigned>(to.low() - server(0).low());
        question.type = static_cast<DnsType>(net::wire::load_be16(&datagram[datagram.size() - 4]));
        question.id = net::wire::load_be16(&datagram[8]);
        question.port = net::wire::load_be16(&datagram[0]);
        Octets said;
        {
            std::lock_guard const hold(mutex_);
            auto const& message = question.message;
            if (std::search(message.begin(), message.end(), name_.begin(), name_.end()) == message.end())
                return;
            asked_.push_back(question);
            asker_ = asker;
            mac_ = mac;
            if (answer_) said = answer_(question, asked_);
        }
        say(question, said);
    }

    int const descriptor_;
    std::mutex mutex_;
    Octets name_;
    Answer answer_;
    std::vector<Question> asked_;
    Ipv6Address asker_;
    net::MacAddress mac_;
};

Octets reply(Question const& question, std::uint8_t code, Octets const& record = {}) {
    Octets message = question.message;
    message[2] = 0x81;
    message[3] = static_cast<std::uint8_t>(0x80 | code);
    if (record.empty()) return message;
    message[7] = 1;
    Octets const head{0xc0, 12, 0, static_cast<std::uint8_t>(question.type), 0, 1, 0, 0,
                      0,    60, 0, static_cast<std::uint8_t>(record.size())};
    return Six::together({message, head, record});
}
Octets address(Question const& question) {
    return reply(question, 0, question.type == DnsType::A ? Octets{10, 0, 0, 7} : Six::octets_of(v6_of_name));
}

struct Names : ::testing::Test {
    // Lives as long as the process: its threads do.
    struct World {
        World() {
            begin_threads();
            base::CommandLine words("ipv6=auto");
            read_ipv6_word(words);
            int ends[2] = {-1, -1};
            if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) std::abort();
            neighbours = new Neighbours(ends[1]);
            Machines::start(network, ends[0], 3, random);
            if (!network.wait_for_ipv6(now() + patience)) std::abort();
        }
        Random random;
        Network network;
        Neighbours* neighbours;
    };
    static World& world() {
        static World* const one = new World;
        return *one;
    }
    // What takes so long does not come any more.
    static constexpr auto patience = Duration::seconds(60);

    Names() : resolver(world().network) {}
    std::vector<IpAddress> find(char const* name) {
        auto const found = resolver.resolve(name, now() + patience);
        if (!found) {
            error = found.error();
            return {};
        }
        return {found.value().all().begin(), found.value().all().end()};
    }
    Neighbours& neighbours = *world().neighbours;
    Resolver resolver;
    net::Error error{};
};

TEST_F(Names, both_versions_are_asked_for_at_once) {  // RFC 8305 §3
    neighbours.begin("both.test", [&](Question const& question, std::vector<Question> const& all) {
        // Nothing is said before both were asked.
        if (all.size() == 2) neighbours.say(all[0], address(all[0]));
        return all.size() == 2 ? address(question) : Octets();
    });
    EXPECT_EQ(find("both.test"), (std::vector<IpAddress>{v6_of_name, v4_of_name}));
    auto const asked = neighbours.asked();
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_NE(asked[0].type, asked[1].type);
    EXPECT_NE(asked[0].id, asked[1].id);
    EXPECT_NE(asked[0].port, asked[1].port);
    EXPECT_EQ(find("both.test").size(), 2u);
    EXPECT_EQ(neighbours.asked().size(), 2u) << "it is known";
}

TEST_F(Names, silence_about_ipv6_does_not_keep_ipv4_waiting) {
    neighbours.begin("four.test", [&](Question const& question, std::vector<Question> const&) {
        return question.type == DnsType::A ? address(question) : Octets();
    });
    EXPECT_EQ(find("four.test"), std::vector<IpAddress>{v4_of_name});
    EXPECT_EQ(neighbours.asked().size(), 2u) << "AAAA was asked for again";
}

TEST_F(Names, silence_about_ipv4_does_not_hide_ipv6) {
    neighbours.begin("six.test", [&](Question const& question, std::vector<Question> const&) {
        return question.type == DnsType::Aaaa ? address(question) : Octets();
    });
    EXPECT_EQ(find("six.test"), std::vector<IpAddress>{v6_of_name});
}

TEST_F(Names, a_server_that_is_silent_and_one_that_refuses_are_followed_by_the_third) {  // N8
    neighbours.begin("third.test", [&](Question const& question, std::vector<Question> const&) {
        constexpr std::uint8_t server_failure = 2, refused = 5;
        if (question.server == 0) return Octets();
        if (question.server == 1)
            return reply(question, question.type == DnsType::A ? refused : server_failure);
        return address(question);
    });
    EXPECT_EQ(find("third.test"), (std::vector<IpAddress>{v6_of_name, v4_of_name}));
    auto const asked = neighbours.asked();
    ASSERT_EQ(asked.size(), 6u);
    std::set<std::uint16_t> ids, ports;
    std::map<DnsType, std::vector<unsigned>> servers;
    for (Question const& each : asked) {
        ids.insert(each.id);
        ports.insert(each.port);
        servers[each.type].push_back(each.server);
    }
    EXPECT_EQ(ids.size(), 6u);
    EXPECT_EQ(ports.size(), 6u);
    EXPECT_EQ(servers[DnsType::A], (std::vector<unsigned>{0, 1, 2}));
    EXPECT_EQ(servers[DnsType::Aaaa], (std::vector<unsigned>{0, 1, 2}));
}

TEST_F(Names, that_do_not_exist_are_asked_about_until_the_first_answer) {  // RFC 8020
    neighbours.begin("nobody.test", [&](Question const& question, std::vector<Question> const& all) {
        return all.size() == 1 ? reply(question, 3) : Octets();
    });
    EXPECT_TRUE(find("nobody.test").empty());
    EXPECT_EQ(error, net::Error::NoSuchName);
    EXPECT_LE(neighbours.asked().size(), 2u);
}

}  // namespace
}  // namespace platform
