// SPDX-License-Identifier: MIT
#include "kernel/net/testing/script.hpp"

#include <cstdio>
#include <sstream>

#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/icmp.hpp"

namespace net::testing {
namespace {

using wire::TcpFlags;

std::uint8_t flags_of(std::string const& text) {
    std::uint8_t flags = 0;
    for (char c : text) {
        switch (c) {
            case 'S':
                flags |= TcpFlags::Syn;
                break;
            case 'F':
                flags |= TcpFlags::Fin;
                break;
            case 'R':
                flags |= TcpFlags::Rst;
                break;
            case 'P':
                flags |= TcpFlags::Psh;
                break;
            case 'U':
                flags |= TcpFlags::Urg;
                break;
            case 'E':
                flags |= TcpFlags::Ece;
                break;
            case 'W':
                flags |= TcpFlags::Cwr;
                break;
            case '.':
                flags |= TcpFlags::Ack;
                break;
            case '-':
                break;  // none
            default:
                ADD_FAILURE() << "the script is wrong: flag " << c;
        }
    }
    return flags;
}

std::string text_of_flags(std::uint8_t flags) {
    std::string text;
    if (flags & TcpFlags::Syn) text += 'S';
    if (flags & TcpFlags::Fin) text += 'F';
    if (flags & TcpFlags::Rst) text += 'R';
    if (flags & TcpFlags::Psh) text += 'P';
    if (flags & TcpFlags::Urg) text += 'U';
    if (flags & TcpFlags::Ece) text += 'E';
    if (flags & TcpFlags::Cwr) text += 'W';
    if (flags & TcpFlags::Ack) text += '.';
    return text.empty() ? "-" : text;
}

// "mss 1460,sackOK,TS 5 ecr 7,wscale 7,sack 1:2"; nop may stand there too.
bool parse_options(std::string const& text, Segment& segment) {
    std::istringstream in(text);
    for (std::string option; std::getline(in, option, ',');) {
        unsigned a = 0, b = 0;
        if (std::sscanf(option.c_str(), "mss %u", &a) == 1) {
            segment.mss = static_cast<std::uint16_t>(a);
        } else if (std::sscanf(option.c_str(), "wscale %u", &a) == 1) {
            segment.window_scale = a;
        } else if (option == "sackOK") {
            segment.sack_permitted = true;
        } else if (int const read = std::sscanf(option.c_str(), "TS %u ecr %u", &a, &b); read >= 1) {
            segment.timestamps = Segment::Timestamps{a, {}};
            if (read == 2) segment.timestamps->echo = b;
        } else if (std::sscanf(option.c_str(), "sack %u:%u", &a, &b) == 2) {
            segment.sack.emplace_back(a, b);
        } else if (option != "nop") {
            return false;
        }
    }
    return true;
}

Segment parse(char const* text) {
    Segment segment;
    std::istringstream in(text);
    std::string word;
    in >> segment.flags >> word;
    unsigned begin = 0, end = 0, length = 0;
    if (std::sscanf(word.c_str(), "%u:%u(%u)", &begin, &end, &length) != 3)
        ADD_FAILURE() << "the script is wrong: " << text;
    EXPECT_EQ(end - begin, length) << "the script is wrong: " << text;
    segment.begin = begin;
    segment.length = length;
    while (in >> word) {
        unsigned value = 0;
        if (word == "ack" && in >> value)
            segment.ack = value;
        else if (word == "win" && in >> value)
            segment.window = value;
        else if (word == "urg" && in >> value)
            segment.urgent = value;
        else if (word == "notect" || word == "ect0" || word == "ce")
            segment.ecn = word == "ce" ? 3u : word == "ect0" ? 2u : 0u;
        else if (word[0] == '<') {
            std::string rest;
            if (word.back() == '>')
                word.pop_back();
            else
                std::getline(in, rest, '>');
            EXPECT_TRUE(parse_options(word.substr(1) + rest, segment)) << "the script is wrong: " << text;
        } else
            ADD_FAILURE() << "the script is wrong: " << text;
    }
    return segment;
}

std::string text_of(Segment const& segment) {
    std::ostringstream out;
    out << segment.flags << ' ' << segment.begin << ':' << segment.begin + segment.length << '('
        << segment.length << ')';
    if (segment.ack) out << " ack " << *segment.ack;
    if (segment.window) out << " win " << *segment.window;
    if (segment.urgent) out << " urg " << *segment.urgent;
    if (segment.ecn) out << " ecn " << *segment.ecn;
    if (segment.mss) out << " mss " << *segment.mss;
    if (segment.sack_permitted) out << " sackOK";
    if (segment.timestamps && segment.timestamps->echo) out << " ecr " << *segment.timestamps->echo;
    if (segment.window_scale) out << " wscale " << *segment.window_scale;
    for (auto const& [begin, end] : segment.sack) out << " sack " << begin << ':' << end;
    return out.str();
}

}  // namespace

Config Script::default_config() {
    Config config;
    config.mac = our_mac;
    config.dhcp = false;
    config.ipv4 = {our_ip, 24, peer_ip, Ipv4Address(10, 0, 2, 3)};
    return config;
}

Script::Script(Config const& config) {
    auto created = Interface::create(config, memory_, random_);
    EXPECT_TRUE(created.ok());
    stack_ = created.value();
    advance(Duration::seconds(2));  // the announcements of our address
    discard_output();
    lines_.clear();
}

Script::~Script() {
    Interface::destroy(stack_);
    EXPECT_EQ(memory_.blocks(), 0u) << "the stack kept memory\n" << story();
}

// ---- sockets ----

SocketId Script::listen(std::uint16_t port, std::uint16_t backlog) {
    our_port_ = port;
    auto result = stack_->tcp().listen(Endpoint{IpAddress(), Port(port)}, backlog);
    EXPECT_TRUE(result.ok()) << story();
    return result.ok() ? result.value() : SocketId();
}

SocketId Script::accept(SocketId listener) {
    auto result = stack_->tcp().accept(listener);
    EXPECT_TRUE(result.ok()) << "nothing to accept\n" << story();
    return result.ok() ? result.value() : SocketId();
}

SocketId Script::connect(std::uint16_t port) {
    peer_port_ = port;
    auto result = stack_->tcp().connect(Endpoint{peer_ip, Port(port)});
    EXPECT_TRUE(result.ok()) << story();
    if (!result.ok()) return SocketId();
    our_port_ = stack_->tcp().information(result.value()).value().local.port.value();
    our_isn_.reset();
    log("connect");
    return result.value();
}

SocketId Script::established(std::uint16_t window, std::uint16_t mss) {
    SocketId const listener = listen(80);
    in(("S 0:0(0) win " + std::to_string(window) + " <mss " + std::to_string(mss) + ">").c_str());
    out("S. 0:0(0) ack 1");
    in(". 1:1(0) ack 1");
    silent();
    return accept(listener);
}

void Script::send(SocketId socket, std::size_t count) {
    auto result = stack_->tcp().send(socket, stream(sent_, count));
    log("send " + std::to_string(count));
    ASSERT_TRUE(result.ok()) << name(result.error()) << '\n' << story();
    EXPECT_EQ(result.value(), count) << story();
    sent_ += result.value();
}

void Script::expect_read(SocketId socket, std::size_t count) {
    std::vector<std::uint8_t> bytes(count > 0 ? count : 1);
    auto result = stack_->tcp().receive(socket, bytes);
    log("read " + std::to_string(count));
    if (count == 0) {
        ASSERT_FALSE(result.ok()) << "there is something to read\n" << story();
        EXPECT_EQ(result.error(), Error::WouldBlock) << story();
        return;
    }
    ASSERT_TRUE(result.ok()) << name(result.error()) << '\n' << story();
    ASSERT_EQ(result.value(), count) << story();
    for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(bytes[i], stream_byte(read_ + i)) << "byte " << read_ + i << '\n' << story();
    read_ += count;
}

void Script::expect_end(SocketId socket) {
    std::uint8_t byte;
    auto result = stack_->tcp().receive(socket, MutableBytes(&byte, 1));
    log("read the end");
    ASSERT_TRUE(result.ok()) << name(result.error()) << '\n' << story();
    EXPECT_EQ(result.value(), 0u) << story();
}

void Script::state(SocketId socket, tcp::State expected) {
    EXPECT_STREQ(tcp::name(stack_->tcp().state(socket)), tcp::name(expected)) << story();
}

// ---- the wire ----

void Script::in(char const* text) {
    Segment const segment = parse(text);
    if (segment.window) window_ = *segment.window;
    wire::TcpHeader header;
    header.source = Port(peer_port_);
    header.destination = Port(our_port_);
    header.flags = flags_of(segment.flags);
    header.sequence = tcp::SeqNum(peer_isn_ + segment.begin);
    header.acknowledgement = tcp::SeqNum(our_isn_.value_or(0) + segment.ack.value_or(0));
    header.window = static_cast<std::uint16_t>(window_);
    header.urgent_pointer = static_cast<std::uint16_t>(segment.urgent.value_or(0));
    header.mss = segment.mss;
    header.sack_permitted = segment.sack_permitted;
    if (segment.window_scale) header.window_scale = static_cast<std::uint8_t>(*segment.window_scale);
    if (segment.timestamps)
        header.timestamps = {segment.timestamps->value, our_clock_ - segment.timestamps->echo.value_or(0)};
    for (auto const& [begin, end] : segment.sack)
        header.sack[header.sack_count++] = {tcp::SeqNum(our_isn_.value_or(0) + begin),
                                            tcp::SeqNum(our_isn_.value_or(0) + end)};
    std::vector<std::uint8_t> data(segment.length);
    for (std::uint32_t i = 0; i < segment.length; ++i) data[i] = stream_byte(segment.begin - 1 + i);
    log(std::string("in  ") + text);
    Frame frame = tcp_frame(header, data);
    if (segment.ecn) {
        frame[15] = static_cast<std::uint8_t>(*segment.ecn);
        wire::store_be16(&frame[24], 0);
        wire::store_be16(&frame[24], wire::checksum_of(Bytes(frame).subspan(14, 20)));
    }
    in_frame(frame);
}

void Script::out(char const* text) {
    Segment const expected = parse(text);
    log(std::string("out ") + text);
    pump();
    ASSERT_FALSE(output_.empty()) << "nothing left\n" << story();
    Frame const frame = output_.front();
    output_.pop_front();
    auto const ip = wire::Ipv4Header::parse(Bytes(frame).subspan(14));
    ASSERT_TRUE(ip.ok()) << story();
    ASSERT_EQ(ip.value().protocol, wire::IpProtocol::Tcp) << story();
    Bytes const bytes = Bytes(frame).subspan(34);
    auto const parsed = wire::TcpHeader::parse(bytes, ip.value().source, ip.value().destination, true);
    ASSERT_TRUE(parsed.ok()) << name(parsed.error()) << '\n' << story();
    wire::TcpHeader const& header = parsed.value();
    if (header.has(TcpFlags::Syn)) our_isn_ = header.sequence.raw();

    Segment got;
    got.flags = text_of_flags(header.flags);
    // A reset of nothing has an absolute number: the script writes it as it is.
    bool const absolute = header.has(TcpFlags::Rst) && !our_isn_;
    got.begin = header.sequence.raw() - (absolute ? 0 : our_isn_.value_or(0));
    got.length = static_cast<std::uint32_t>(bytes.size() - header.header_length);
    if (header.has(TcpFlags::Ack)) got.ack = header.acknowledgement.raw() - peer_isn_;
    if (expected.window) got.window = header.window;
    if (expected.urgent) got.urgent = header.urgent_pointer;
    if (expected.ecn) got.ecn = ip.value().traffic_class & 3u;
    got.mss = header.mss;
    last_ = header;
    if (header.timestamps) our_clock_ = header.timestamps->value;
    if (expected.timestamps && header.timestamps) got.timestamps = {0, header.timestamps->echo};
    if (expected.window_scale && header.window_scale) got.window_scale = *header.window_scale;
    got.sack_permitted = expected.sack_permitted && header.sack_permitted;
    if (!expected.sack.empty())
        for (std::size_t i = 0; i < header.sack_count; ++i)
            got.sack.emplace_back(header.sack[i].begin.raw() - peer_isn_,
                                  header.sack[i].end.raw() - peer_isn_);
    Segment wanted = expected;
    wanted.flags = text_of_flags(flags_of(expected.flags));
    if (!expected.mss) got.mss.reset();
    // PSH is checked where the script says so.
    bool const push_matters = expected.flags.find('P') != std::string::npos;
    if (!push_matters) got.flags = text_of_flags(header.flags & ~TcpFlags::Psh);
    ASSERT_EQ(text_of(got), text_of(wanted)) << story();
    EXPECT_EQ(header.source.value(), our_port_) << story();
    EXPECT_EQ(header.destination.value(), peer_port_) << story();
    Bytes const data = bytes.subspan(header.header_length);
    for (std::size_t i = 0; i < data.size(); ++i)
        ASSERT_EQ(data[i], stream_byte(got.begin - 1 + i)) << "byte " << i << '\n' << story();
}

void Script::silent() {
    log("silent");
    pump();
    EXPECT_TRUE(output_.empty()) << "something left\n" << story();
}

void Script::advance(Duration by) {
    log("advance " + std::to_string(by.as_milliseconds()) + " ms");
    Instant const end = now_ + by;
    pump();
    int steps = 0;
    while (stack_->deadline() <= end) {
        Instant const deadline = stack_->deadline();
        if (now_ < deadline) now_ = deadline;
        pump();
        ASSERT_LT(++steps, 100'000) << "time stands still\n" << story();
    }
    now_ = end;
    pump();
}

Duration Script::until_output(Duration limit) {
    Instant const start = now_;
    pump();
    while (output_.empty() && stack_->deadline() <= start + limit) {
        if (now_ < stack_->deadline()) now_ = stack_->deadline();
        pump();
    }
    if (output_.empty()) now_ = start + limit;
    log("wait " + std::to_string((now_ - start).as_milliseconds()) + " ms");
    return now_ - start;
}

void Script::ports(std::uint16_t peer, std::uint16_t ours) {
    if (our_isn_) known_isns_[{peer_port_, our_port_}] = *our_isn_;
    peer_port_ = peer;
    our_port_ = ours;
    our_isn_.reset();
    auto const known = known_isns_.find({peer, ours});
    if (known != known_isns_.end()) our_isn_ = known->second;
    sent_ = read_ = 0;
}

// ---- below TCP ----

Frame Script::ipv4_frame(wire::IpProtocol protocol, std::vector<std::uint8_t> const& payload) const {
    Frame frame(34 + payload.size());
    wire::EthernetHeader{our_mac, peer_mac, wire::EtherType::Ipv4}.emit(frame.data());
    wire::Ipv4Header header;
    header.total_length = static_cast<std::uint16_t>(20 + payload.size());
    header.protocol = protocol;
    header.source = peer_ip;
    header.destination = our_ip;
    header.emit(frame.data() + 14);
    std::copy(payload.begin(), payload.end(), frame.begin() + 34);
    return frame;
}

Frame Script::tcp_frame(wire::TcpHeader const& header, std::vector<std::uint8_t> const& data) const {
    std::vector<std::uint8_t> segment(header.emitted_size() + data.size());
    header.emit(segment.data());
    std::copy(data.begin(), data.end(), segment.begin() + static_cast<std::ptrdiff_t>(header.emitted_size()));
    wire::Checksum checksum;
    checksum.add_pseudo_header(peer_ip, our_ip, 6, static_cast<std::uint16_t>(segment.size()));
    checksum.add(segment);
    wire::store_be16(&segment[16], checksum.value());
    return ipv4_frame(wire::IpProtocol::Tcp, segment);
}

void Script::in_unreachable(std::uint8_t code, std::uint32_t rest, std::uint32_t sequence) {
    log("in  unreachable, code " + std::to_string(code) + ": " + std::to_string(rest));
    std::vector<std::uint8_t> message(8 + 28);
    wire::Ipv4Header quoted;
    quoted.total_length = 1500;
    quoted.protocol = wire::IpProtocol::Tcp;
    quoted.source = our_ip;
    quoted.destination = peer_ip;
    quoted.emit(&message[8]);
    wire::store_be16(&message[28], our_port_);
    wire::store_be16(&message[30], peer_port_);
    wire::store_be32(&message[32], our_isn() + sequence);
    wire::IcmpHeader header;
    header.type = wire::IcmpHeader::Type::Unreachable;
    header.code = code;
    header.rest = rest;
    header.emit(message);
    in_frame(ipv4_frame(wire::IpProtocol::Icmp, message));
}

void Script::in_frame(Frame const& frame, ChecksumState checksum, std::uint16_t gso_size) {
    // An exact copy on the heap: reading one octet too far is seen.
    std::vector<std::uint8_t> const copy(frame.begin(), frame.end());
    stack_->on_frame(RxFrame{copy, checksum, gso_size}, now_);
}

std::optional<Frame> Script::out_frame() {
    pump();
    if (output_.empty()) return std::nullopt;
    Frame frame = output_.front();
    output_.pop_front();
    return frame;
}

void Script::pump() {
    TxFrame out;
    for (int i = 0;; ++i) {
        bool const foretold = stack_->may_have_frame() || now_ >= stack_->deadline();
        if (!stack_->next_frame(out, now_)) break;
        ASSERT_TRUE(foretold) << "whoever asks first would not have sent this\n" << story();
        ASSERT_LT(i, 100'000) << "it never stops sending\n" << story();
        Frame frame(out.size());
        out.copy_to(frame.data());
        if (!answer_arp(frame)) output_.push_back(frame);
    }
}

bool Script::answer_arp(Frame const& frame) {
    if (wire::load_be16(&frame[12]) != static_cast<std::uint16_t>(wire::EtherType::Arp)) return false;
    auto parsed = wire::ArpPacket::parse(Bytes(frame).subspan(14));
    if (!parsed.ok() || parsed.value().target_ip != peer_ip ||
        parsed.value().operation != wire::ArpPacket::Operation::Request)
        return false;
    Frame reply(42);
    wire::EthernetHeader{our_mac, peer_mac, wire::EtherType::Arp}.emit(reply.data());
    wire::ArpPacket{wire::ArpPacket::Operation::Reply, peer_mac, peer_ip, our_mac, our_ip}.emit(reply.data() +
                                                                                                14);
    in_frame(reply);
    return true;
}

void Script::discard_output() {
    pump();
    output_.clear();
}

void Script::expect_alive() {
    discard_output();
    std::vector<std::uint8_t> ping(16, 0xa5);
    wire::IcmpHeader header;
    header.type = wire::IcmpHeader::Type::EchoRequest;
    header.rest = 0x1234'0001;
    header.emit(ping);
    in_frame(ipv4_frame(wire::IpProtocol::Icmp, ping));
    auto const reply = out_frame();
    ASSERT_TRUE(reply) << "no answer to ping\n" << story();
    EXPECT_EQ((*reply)[34], 0) << story();
}

void Script::log(std::string line) {
    char time[32];
    std::snprintf(time, sizeof time, "%12.3f ms  ",
                  static_cast<double>(now_.since_boot().as_microseconds()) / 1e3);
    lines_.push_back(time + line);
    if (lines_.size() > 60) lines_.erase(lines_.begin());
}

std::string Script::story() const {
    std::string text = "the script so far:\n";
    for (std::string const& line : lines_) text += line + '\n';
    return text;
}

}  // namespace net::testing
