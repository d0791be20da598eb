// SPDX-License-Identifier: MIT
//
// The whole stack under a fuzzer, with a clock of its own. The input is a list of acts:
// packets whose fields the input chooses (checksums are made right, so that they get
// in), raw frames, calls of an application, and time that passes. What must hold: no
// sanitizer report, time always ends, memory is bounded, and the host answers ping.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernel/net/interface.hpp"
#include "kernel/net/testing/world.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/icmp.hpp"
#include "kernel/net/wire/tcp.hpp"

namespace {

using base::Duration;
using base::Instant;
using net::wire::TcpFlags;

constexpr net::MacAddress our_mac({2, 0, 0, 0, 0, 1});
constexpr net::MacAddress their_mac({2, 0, 0, 0, 0, 2});
constexpr net::Ipv4Address our_address(10, 0, 2, 15);
constexpr net::Ipv4Address their_address(10, 0, 2, 2);
constexpr net::Ipv6Address our_v6(0xfd00ull << 48, 0x15);
constexpr net::Ipv6Address their_v6(0xfd00ull << 48, 2);

void check(bool condition) {
    if (!condition) std::abort();
}

class Input {
public:
    Input(std::uint8_t const* data, std::size_t size) : data_(data), size_(size) {}
    bool empty() const { return size_ == 0; }
    std::uint8_t octet() {
        if (size_ == 0) return 0;
        --size_;
        return *data_++;
    }
    std::uint16_t word() { return static_cast<std::uint16_t>(octet() << 8 | octet()); }
    std::vector<std::uint8_t> octets(std::size_t count) {
        if (count > size_) count = size_;
        std::vector<std::uint8_t> result(data_, data_ + count);
        data_ += count;
        size_ -= count;
        return result;
    }

private:
    std::uint8_t const* data_;
    std::size_t size_;
};

class Host {
public:
    Host() {
        net::Config config;
        config.mac = our_mac;
        config.dhcp = false;
        config.ipv4 = {our_address, 24, their_address, {}};
        config.ipv6.enabled = true;
        config.ipv6.address = our_v6;
        config.limits.connections = 16;
        config.limits.listeners = 2;
        stack_ = net::Interface::create(config, heap_, random_).value();
        listener_ = stack_->tcp().listen(net::Endpoint{net::IpAddress(), net::Port(80)}, 4).value();
        (void)stack_->udp().bind(net::Port(53));
        pass(Duration::seconds(3));
    }
    ~Host() {
        expect_alive();
        net::Interface::destroy(stack_);
        check(heap_.used() == 0);
        check(heap_.peak() < 8u << 20);  // every table and buffer has a bound
    }

    void act(Input& in) {
        std::uint8_t const what = in.octet();
        if (what >= 0xe0) return six(in, what);
        switch (what % 8) {
            case 0:
            case 1:
            case 2:
                return segment(in);
            case 3:
                return packet(static_cast<net::wire::IpProtocol>(in.octet()), in.octets(in.octet()),
                              in.word());
            case 4: {
                auto const frame = in.octets(in.octet() * 4u);
                stack_->on_frame(net::RxFrame{frame}, now_);
                return drain();
            }
            case 5:
                return pass(Duration::milliseconds(in.word()));
            case 6:
                return call(in);
            default:
                return icmp(in);
        }
    }

private:
    void segment(Input& in) {
        net::wire::TcpHeader header;
        header.source = net::Port(static_cast<std::uint16_t>(40'000 + in.octet() % 4));
        header.destination = net::Port(in.octet() % 8 == 0 ? std::uint16_t{81} : port_);
        header.flags = in.octet();
        // Near what would be right, or anything.
        auto const near = [&](std::uint32_t right) {
            std::uint8_t const how = in.octet();
            if (how == 0xff) return net::tcp::SeqNum(std::uint32_t{in.word()} << 16 | in.word());
            return net::tcp::SeqNum(right + static_cast<std::uint32_t>(static_cast<std::int8_t>(how)));
        };
        header.sequence = near(their_next_);
        header.acknowledgement = near(our_next_);
        header.window = in.word();
        header.urgent_pointer = in.octet();
        auto options = in.octets(in.octet() % 11 * 4u);
        options.resize(options.size() / 4 * 4);
        auto const data = in.octets(in.octet());
        std::vector<std::uint8_t> bytes(net::wire::TcpHeader::size);
        header.emit(bytes.data());
        bytes[12] = static_cast<std::uint8_t>((5 + options.size() / 4) << 4);
        bytes.insert(bytes.end(), options.begin(), options.end());
        bytes.insert(bytes.end(), data.begin(), data.end());
        finish(bytes, 6, 16);
        if ((header.flags & TcpFlags::Syn) != 0) their_next_ = header.sequence.raw() + 1;
        packet(net::wire::IpProtocol::Tcp, bytes, 0);
    }

    void icmp(Input& in) {
        std::vector<std::uint8_t> message(8);
        message[0] = in.octet();
        message[1] = in.octet();
        net::wire::store_be16(&message[6], in.word());
        // It quotes the last packet that left, or anything.
        auto const quote = in.octet() % 2 == 0 ? last_ : in.octets(in.octet());
        message.insert(message.end(), quote.begin(), quote.end());
        net::wire::Checksum sum;
        sum.add(message);
        net::wire::store_be16(&message[2], sum.value());
        packet(net::wire::IpProtocol::Icmp, message, 0);
    }

    static void finish(std::vector<std::uint8_t>& bytes, std::uint8_t protocol, std::size_t at) {
        net::wire::store_be16(&bytes[at], 0);
        net::wire::Checksum sum;
        sum.add_pseudo_header(their_address, our_address, protocol, static_cast<std::uint16_t>(bytes.size()));
        sum.add(bytes);
        net::wire::store_be16(&bytes[at], sum.value());
    }

    // `fragment`: the flags and the offset of the header.
    void packet(net::wire::IpProtocol protocol, std::vector<std::uint8_t> const& payload,
                std::uint16_t fragment) {
        std::vector<std::uint8_t> frame(34 + payload.size());
        net::wire::EthernetHeader{our_mac, their_mac, net::wire::EtherType::Ipv4}.emit(frame.data());
        net::wire::Ipv4Header header;
        header.total_length = static_cast<std::uint16_t>(20 + payload.size());
        header.identification = 7;
        header.more_fragments = (fragment & 0x2000) != 0;
        header.fragment_offset = static_cast<std::uint16_t>((fragment & 0x1fff) * 8);
        header.protocol = protocol;
        header.source = their_address;
        header.destination = our_address;
        header.emit(frame.data() + 14);
        std::copy(payload.begin(), payload.end(), frame.begin() + 34);
        stack_->on_frame(net::RxFrame{frame}, now_);
        drain();
    }

    // A packet of IPv6: from a neighbour, a router or nobody, to us or to a group. The device
    // has found its checksum right, so that whatever it says gets in.
    void six(Input& in, std::uint8_t what) {
        net::Ipv6Address const sources[] = {their_v6,
                                            net::Ipv6Address(0xfe80ull << 48, 2),
                                            {},
                                            net::Ipv6Address(0xfd00ull << 48, 0x100 + in.octet())};
        net::Ipv6Address const destinations[] = {our_v6, stack_->ipv6()->addresses().all()[0].address,
                                                 net::Ipv6Address::all_nodes(), our_v6.solicited_node()};
        net::wire::Ipv6Header header;
        header.source = sources[what & 3];
        header.destination = destinations[what >> 2 & 3];
        header.hop_limit = (what & 0x10) != 0 ? 255 : 1;
        header.next_header = in.octet();
        auto const payload = in.octets(in.octet());
        header.payload_length = static_cast<std::uint16_t>(payload.size());
        std::vector<std::uint8_t> frame(54 + payload.size());
        net::MacAddress const to =
            header.destination.is_multicast() ? net::nd::mac_of_group(header.destination) : our_mac;
        net::wire::EthernetHeader{to, their_mac, net::wire::EtherType::Ipv6}.emit(frame.data());
        header.emit(&frame[14]);
        std::copy(payload.begin(), payload.end(), frame.begin() + 54);
        stack_->on_frame(net::RxFrame{frame, net::ChecksumState::Verified}, now_);
        drain();
    }

    void call(Input& in) {
        auto& tcp = stack_->tcp();
        std::vector<std::uint8_t> buffer(in.word() % 5000);
        switch (in.octet() % 10) {
            case 0:
                if (auto const accepted = tcp.accept(listener_); accepted.ok()) socket_ = accepted.value();
                break;
            case 1:
                (void)tcp.send(socket_, buffer).ok();
                break;
            case 2:
                (void)tcp.receive(socket_, buffer).ok();
                break;
            case 3:
                (void)tcp.shutdown(socket_).ok();
                break;
            case 4:
                tcp.close(socket_);
                break;
            case 5:
                tcp.abort(socket_);
                break;
            case 6: {
                net::tcp::Settings settings;
                settings.no_delay = in.octet() % 2 != 0;
                settings.keep_alive = in.octet() % 2 != 0;
                settings.keep_alive_idle = Duration::milliseconds(in.word());
                settings.keep_alive_interval = Duration::milliseconds(in.word());
                settings.user_timeout = Duration::milliseconds(in.word());
                tcp.configure(socket_, settings);
                break;
            }
            case 7: {
                auto const made = tcp.connect(net::Endpoint{
                    their_address, net::Port(static_cast<std::uint16_t>(40'000 + in.octet() % 4))});
                if (!made.ok()) break;
                socket_ = made.value();
                port_ = tcp.information(socket_).value().local.port.value();
                break;
            }
            case 8:
                (void)tcp.send_urgent(socket_, buffer).ok();
                break;
            default:
                port_ = 80;
                break;
        }
        drain();
    }

    void pass(Duration by) {
        Instant const end = now_ + by;
        drain();
        for (unsigned steps = 0; stack_->deadline() <= end; ++steps) {
            if (now_ < stack_->deadline()) now_ = stack_->deadline();
            drain();
            check(steps < 100'000);  // time ends
        }
        now_ = end;
        drain();
    }

    void drain() {
        net::TxFrame out;
        for (unsigned count = 0; stack_->next_frame(out, now_); ++count) {
            check(count < 10'000);  // so does talking
            std::vector<std::uint8_t> frame(out.size());
            out.copy_to(frame.data());
            answer_arp(frame);
            note(frame);
        }
        while (stack_->next_ready()) {
        }
    }

    void answer_arp(std::vector<std::uint8_t> const& frame) {
        using net::wire::ArpPacket;
        if (net::wire::load_be16(&frame[12]) != 0x0806) return;
        auto const request = ArpPacket::parse(net::Bytes(frame).subspan(14));
        if (!request.ok() || request.value().target_ip != their_address) return;
        std::vector<std::uint8_t> reply(42);
        net::wire::EthernetHeader{our_mac, their_mac, net::wire::EtherType::Arp}.emit(reply.data());
        ArpPacket{ArpPacket::Operation::Reply, their_mac, their_address, our_mac, our_address}.emit(
            &reply[14]);
        stack_->on_frame(net::RxFrame{reply}, now_);
    }

    // Where the connection stands, so that the next segment can be a right one.
    void note(std::vector<std::uint8_t> const& frame) {
        if (net::wire::load_be16(&frame[12]) != 0x0800) return;
        last_.assign(frame.begin() + 14, frame.end());
        if (last_.size() > 60) last_.resize(60);
        if (frame[23] == 1 && frame[34] == 0) ++echoes_;
        if (frame[23] != 6) return;
        net::Bytes const bytes = net::Bytes(frame).subspan(34);
        auto const tcp = net::wire::TcpHeader::parse(bytes, our_address, their_address, true);
        check(tcp.ok());  // what we send can be read
        auto const& header = tcp.value();
        if (header.has(TcpFlags::Rst)) return;
        our_next_ = header.sequence.raw() + static_cast<std::uint32_t>(bytes.size() - header.header_length) +
                    (header.has(TcpFlags::Syn) ? 1 : 0) + (header.has(TcpFlags::Fin) ? 1 : 0);
        if (header.has(TcpFlags::Ack)) their_next_ = header.acknowledgement.raw();
    }

    void expect_alive() {
        pass(Duration::seconds(2));  // the limits of a second are over
        std::vector<std::uint8_t> ping(16, 0xa5);
        net::wire::IcmpHeader header;
        header.type = net::wire::IcmpHeader::Type::EchoRequest;
        header.emit(ping);
        unsigned const before = echoes_;
        packet(net::wire::IpProtocol::Icmp, ping, 0);
        pass(Duration::seconds(5));
        check(echoes_ > before);
    }

    net::testing::CountingAllocator heap_;
    net::testing::SeededRandom random_{1};
    net::Interface* stack_ = nullptr;
    Instant now_ = Instant::from_boot(Duration::seconds(1));
    net::SocketId listener_, socket_;
    std::uint16_t port_ = 80;
    std::uint32_t their_next_ = 1000, our_next_ = 0;
    std::vector<std::uint8_t> last_;
    unsigned echoes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    Host host;
    Input in(data, size);
    for (unsigned acts = 0; !in.empty() && acts < 200; ++acts) host.act(in);
    return 0;
}
