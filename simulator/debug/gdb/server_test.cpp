// SPDX-License-Identifier: GPL-2.0-or-later
//
// The remote protocol against a small target of its own, with every kind of bad
// line: pieces, wrong checksums, huge lengths, noise.
#include "simulator/debug/gdb/server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace {

using namespace sim::debug::gdb;
using sim::engine::Gpr;

// Sixteen bytes of memory at 0x1000, two threads, a program that counts RIP up.
class ToyTarget final : public Target {
public:
    std::vector<ThreadInfo> threads() override { return {{1, "main", "running"}, {2, "a<b", "blocked"}}; }
    ThreadId current_thread() override { return 1; }
    std::optional<Registers> registers(ThreadId id) override {
        Registers r;
        r.cpu.rip = rip;
        r.cpu[Gpr::rax] = 0x1122334455667788;
        r.cpu.cr0 = 0x80000011;
        if (id == 2) {
            r.all = false;
            r.known_gpr = 1 << static_cast<unsigned>(Gpr::rsp);
        }
        return id == 1 || id == 2 ? std::optional(r) : std::nullopt;
    }
    std::size_t read(bool physical, std::uint64_t address, std::span<std::uint8_t> into) override {
        std::uint64_t const start = physical ? 0x1000 : 0xffff'8000'0000'1000;
        std::size_t n = 0;
        while (n < into.size() && address + n >= start && address + n < start + memory.size()) {
            into[n] = memory[address + n - start];
            ++n;
        }
        return n;
    }
    std::string write(bool, std::uint64_t address, std::span<std::uint8_t const> bytes) override {
        if (address < 0x1000 || bytes.size() > 16 || address + bytes.size() > 0x1010) return "no memory";
        std::copy(bytes.begin(), bytes.end(), memory.begin() + static_cast<long>(address - 0x1000));
        return "";
    }
    std::string write_register(unsigned n, std::uint64_t value) override {
        if (n != number_of_rip) return "no";
        rip = value;
        return "";
    }
    bool insert(StopPoint const& p) override {
        points.push_back(p);
        return p.address != 0xbad;
    }
    void remove(StopPoint const& p) override {
        std::erase_if(points, [&](StopPoint const& o) { return o.same_place(p); });
    }
    void remove_all() override { points.clear(); }
    void resume(Resume const& r) override { resumed.push_back(r); }
    std::optional<Stop> advance(std::function<bool()> const& cancelled) override {
        if (cancelled()) return std::nullopt;
        if (endless) return std::nullopt;
        ++rip;
        return next;
    }
    Stop interrupt() override { return {Stop::Cause::interrupted, 1, {}, 0, {}}; }
    bool can_go_back() const override { return back; }
    std::string monitor(std::string_view line, Voice const& voice) override {
        voice.say("working\n");
        return "you said " + std::string(line);
    }

    std::uint64_t rip = 0x4000;
    std::array<std::uint8_t, 16> memory{0, 1, 2, 3, '#', '$', '}', '*'};
    std::vector<StopPoint> points;
    std::vector<Resume> resumed;
    Stop next{Stop::Cause::stepped, 1, {}, 0, {}};
    bool endless = false, back = true;
};

class Conversation {
public:
    Conversation() : server(target, [this](std::string_view bytes) { sent += bytes; }) {}

    void bytes(std::string_view text) {
        server.receive(std::span(reinterpret_cast<std::uint8_t const*>(text.data()), text.size()));
    }
    // A packet; the answers' bodies, joined by '|'. Acknowledgements are checked and left out.
    std::string say(std::string_view body) {
        sent.clear();
        bytes(frame_packet(body));
        while (server.moving() && !target.endless) server.advance();
        return bodies();
    }
    std::string bodies() const {
        PacketReader reader;
        reader.feed(std::span(reinterpret_cast<std::uint8_t const*>(sent.data()), sent.size()));
        std::string all;
        while (auto const item = reader.next()) {
            if (item->kind != PacketReader::Kind::packet) continue;
            if (!all.empty()) all += '|';
            all += item->body;
        }
        return all;
    }
    ToyTarget target;
    std::string sent;
    Server server;
};

TEST(Server, gives_long_work_up_when_nobody_listens_any_more) {
    ToyTarget target;
    std::string sent;
    bool listens = true;
    Server server(
        target, [&](std::string_view bytes) { sent += bytes; }, [&] { return listens; });
    std::string const packet = frame_packet("c");
    server.receive(std::span(reinterpret_cast<std::uint8_t const*>(packet.data()), packet.size()));
    listens = false;
    server.advance();
    EXPECT_EQ(target.rip, 0x4000u) << "the work was not begun";
    listens = true;
    server.advance();
    EXPECT_EQ(target.rip, 0x4001u);
}

TEST(Packet, is_framed_and_read_back_with_all_bytes) {
    std::string body;
    for (int i = 0; i < 256; ++i) body += static_cast<char>(i);
    PacketReader reader;
    for (char c : frame_packet(body)) reader.feed(std::span(reinterpret_cast<std::uint8_t const*>(&c), 1));
    auto const item = reader.next();
    ASSERT_TRUE(item);
    EXPECT_EQ(item->kind, PacketReader::Kind::packet);
    EXPECT_EQ(item->body, body);
}

TEST(Packet, with_a_wrong_checksum_is_asked_for_again) {
    Conversation c;
    c.bytes("$qC#00");
    EXPECT_EQ(c.sent, "-");
    c.sent.clear();
    c.bytes("$qC#zz");
    EXPECT_EQ(c.sent, "-");
    c.sent.clear();
    c.bytes("$qC#b4");
    EXPECT_EQ(c.sent, "+$QC1#c5");
}

TEST(Packet, that_was_cut_off_does_not_spoil_the_next) {
    Conversation c;
    c.bytes("$m1000,");
    EXPECT_EQ(c.sent, "");
    c.bytes("$qC#b4");
    EXPECT_EQ(c.bodies(), "QC1");
}

TEST(Packet, of_huge_length_is_refused_and_not_kept) {
    Conversation c;
    EXPECT_EQ(c.say("X1000,100000:" + std::string(1 << 20, 'a')), "E07");
    EXPECT_EQ(c.say("qC"), "QC1");
}

TEST(Server, repeats_what_was_not_understood_but_not_for_ever) {
    Conversation c;
    c.say("qC");
    c.sent.clear();
    c.bytes("-");
    EXPECT_EQ(c.bodies(), "QC1");
    for (int i = 0; i < 100; ++i) c.bytes("-");
    EXPECT_EQ(c.server.end(), Server::End::broken);
}

TEST(Server, stops_acknowledging_when_asked) {
    Conversation c;
    EXPECT_EQ(c.say("QStartNoAckMode"), "OK");
    c.sent.clear();
    c.bytes(frame_packet("qC"));
    EXPECT_EQ(c.sent, "$QC1#c5");
}

TEST(Server, promises_only_what_there_is) {
    Conversation c;
    std::string const with = c.say("qSupported:multiprocess+;swbreak+");
    EXPECT_NE(with.find("ConditionalBreakpoints+"), std::string::npos);
    EXPECT_NE(with.find("ReverseStep+;ReverseContinue+"), std::string::npos);
    c.target.back = false;
    std::string const without = c.say("qSupported");
    EXPECT_EQ(without.find("Reverse"), std::string::npos);
    EXPECT_EQ(c.say("bc"), "");
    for (char const* unknown :
         {"vMustReplyEmpty", "qTStatus", "vFile:open:", "qCRC:0,1", "QNonStop:1", "!", ""})
        EXPECT_EQ(c.say(unknown), "") << unknown;
}

TEST(Server, describes_the_registers_and_sends_as_many) {
    Conversation c;
    std::string document;
    for (std::size_t at = 0;;) {
        std::string const part = c.say("qXfer:features:read:target.xml:" + hex(std::string_view()) +
                                       std::to_string(0) + "," + "0");
        EXPECT_EQ(part, "m");  // asked for nothing, and there is more
        char text[80];
        std::snprintf(text, sizeof text, "qXfer:features:read:target.xml:%zx,3f0", at);
        std::string const piece = c.say(text);
        ASSERT_FALSE(piece.empty());
        document += piece.substr(1);
        at = document.size();
        if (piece[0] == 'l') break;
        ASSERT_EQ(piece[0], 'm');
    }
    EXPECT_EQ(document, target_description());
    std::size_t bits = 0, registers = 0;
    for (std::size_t at = 0; (at = document.find("bitsize=\"", at)) != std::string::npos; ++registers)
        bits += static_cast<std::size_t>(std::atoi(document.c_str() + (at += 9)));
    EXPECT_EQ(registers, register_count());
    std::string const all = c.say("g");
    EXPECT_EQ(all.size(), bits / 4);
    EXPECT_EQ(all.substr(0, 16), "8877665544332211");
    EXPECT_EQ(c.say("p10"), "0040000000000000");
    EXPECT_EQ(c.say("p1000"), "E16");
}

TEST(Server, says_which_registers_of_a_sleeping_thread_are_unknown) {
    Conversation c;
    EXPECT_EQ(c.say("Hg2"), "OK");
    std::string const all = c.say("g");
    EXPECT_EQ(all.substr(0, 16), "xxxxxxxxxxxxxxxx");
    EXPECT_EQ(all.substr(16 * number_of_rsp, 16), "0000000000000000");
    EXPECT_EQ(c.say("p0"), "xxxxxxxxxxxxxxxx");
    EXPECT_EQ(c.say("Hg3"), "E03");
    EXPECT_EQ(c.say("Hg0"), "OK");
    EXPECT_EQ(c.say("p0"), "8877665544332211");
}

TEST(Server, lists_threads_with_their_names) {
    Conversation c;
    std::string const document = c.say("qXfer:threads:read::0,fff");
    EXPECT_NE(document.find("<thread id=\"2\" name=\"a&lt;b\">blocked</thread>"), std::string::npos)
        << document;
    EXPECT_EQ(c.say("qfThreadInfo"), "m1,2");
    EXPECT_EQ(c.say("qsThreadInfo"), "l");
    EXPECT_EQ(c.say("qThreadExtraInfo,1"), hex(std::string_view("main: running")));
    EXPECT_EQ(c.say("T2"), "OK");
    EXPECT_EQ(c.say("T9"), "E03");
}

TEST(Server, reads_memory_as_far_as_there_is_some) {
    Conversation c;
    EXPECT_EQ(c.say("mffff800000001000,4"), "00010203");
    EXPECT_EQ(c.say("mffff80000000100e,8"), "0000");
    EXPECT_EQ(c.say("m0,4"), "E0e");
    EXPECT_EQ(c.say("Qqemu.PhyMemMode:1"), "OK");
    EXPECT_EQ(c.say("qqemu.PhyMemMode"), "1");
    EXPECT_EQ(c.say("m1000,4"), "00010203");
    EXPECT_EQ(c.say("m1000,ffffffffffffffff").size(), 32u);
    for (char const* bad : {"m", "m1000", "m1000,", "mxyz,4", "m11111111111111111,4", "m1000,4x"})
        EXPECT_EQ(c.say(bad), "E16") << bad;
}

TEST(Server, writes_memory_in_both_forms) {
    Conversation c;
    EXPECT_EQ(c.say("M1000,2:aabb"), "OK");
    EXPECT_EQ(c.target.memory[1], 0xbb);
    EXPECT_EQ(c.say(std::string("X1002,3:#$}")), "OK");
    EXPECT_EQ(c.target.memory[4], '}');
    EXPECT_EQ(c.say("M1000,3:aabb"), "E16");
    EXPECT_EQ(c.say("X1000,5:abc"), "E16");
    EXPECT_EQ(c.say("M5,1:00"), "E01");
    EXPECT_EQ(c.say("P0=00"), "E01");
    EXPECT_EQ(c.say("P10=3412000000000000"), "OK");
    EXPECT_EQ(c.target.rip, 0x1234u);
    EXPECT_EQ(c.say("P10"), "E16");
}

TEST(Server, keeps_stop_points_with_their_conditions) {
    Conversation c;
    EXPECT_EQ(c.say("Z0,4010,1;X3,220127X2,2227"), "OK");
    ASSERT_EQ(c.target.points.size(), 1u);
    ASSERT_EQ(c.target.points[0].conditions.size(), 2u);
    EXPECT_EQ(c.target.points[0].conditions[0], (Bytecode{0x22, 0x01, 0x27}));
    EXPECT_EQ(c.say("Z2,5000,8"), "OK");
    EXPECT_EQ(c.target.points[1].length, 8u);
    EXPECT_EQ(c.say("z0,4010,1"), "OK");
    EXPECT_EQ(c.target.points.size(), 1u);
    EXPECT_EQ(c.say("Z0,bad,1"), "E0e");
    for (char const* bad :
         {"Z0", "Z9,1,1", "Z0,1", "Z0,1,1;X", "Z0,1,1;Xffffffff,00", "Z0,1,1;X4,00", "Z0,1,1;Y"})
        EXPECT_EQ(c.say(bad), "E16") << bad;
}

TEST(Server, moves_and_tells_why_it_stopped) {
    Conversation c;
    EXPECT_EQ(c.say("vCont;s:1;c").substr(0, 3), "T05");
    EXPECT_EQ(c.target.resumed.back().kind, Resume::Kind::step);
    EXPECT_EQ(c.target.resumed.back().thread, 1u);
    c.target.next = {Stop::Cause::watchpoint, 2, StopPoint::Kind::write, 0x5000, {}};
    std::string const watch = c.say("vCont;c");
    EXPECT_NE(watch.find("watch:5000;"), std::string::npos);
    EXPECT_NE(watch.find("thread:2;"), std::string::npos);
    EXPECT_NE(watch.find("10:"), std::string::npos) << "gdb needs RIP at once";
    EXPECT_EQ(c.say("?"), watch);
    c.target.next = {Stop::Cause::history_begin, 1, {}, 0, {}};
    EXPECT_NE(c.say("bc").find("replaylog:begin;"), std::string::npos);
    EXPECT_EQ(c.target.resumed.back().kind, Resume::Kind::go_back);
    c.target.next = {Stop::Cause::history_end, 1, {}, 0, "the guest exited"};
    EXPECT_EQ(c.say("c").substr(0, 1), "O");
    EXPECT_NE(c.say("vCont;r4000,4010:1").find("replaylog:end;"), std::string::npos);
    EXPECT_EQ(c.target.resumed.back().high, 0x4010u);
    for (char const* bad : {"vCont", "vCont;", "vCont;x", "vCont;r1", "vCont;s:zz", "vCont;c;"})
        EXPECT_EQ(c.say(bad), "E16") << bad;
    EXPECT_EQ(c.say("vCont;s:7"), "E03");
}

TEST(Server, is_interrupted_while_the_guest_runs) {
    Conversation c;
    c.target.endless = true;
    c.say("c");
    ASSERT_TRUE(c.server.moving());
    c.server.advance();
    ASSERT_TRUE(c.server.moving());
    c.bytes("\x03");
    EXPECT_FALSE(c.server.moving());
    EXPECT_EQ(c.bodies().substr(0, 3), "T02");
}

TEST(Server, passes_words_to_the_monitor) {
    Conversation c;
    std::string const answer = c.say("qRcmd," + hex(std::string_view("when")));
    EXPECT_EQ(answer, "O" + hex(std::string_view("working\n")) + "|O" +
                          hex(std::string_view("you said when\n")) + "|OK");
    EXPECT_EQ(c.say("qRcmd,7"), "E16");
}

TEST(Server, ends_as_gdb_says) {
    Conversation c;
    c.say("Z0,4010,1");
    EXPECT_EQ(c.say("D"), "OK");
    EXPECT_EQ(c.server.end(), Server::End::detached);
    EXPECT_TRUE(c.target.points.empty());
    Conversation d;
    d.say("k");
    EXPECT_EQ(d.server.end(), Server::End::killed);
}

// Whatever arrives, in whatever pieces: no crash, no hang, and bounded answers.
TEST(Server, survives_noise) {
    std::mt19937 random(7);
    static constexpr std::string_view seeds[] = {"qSupported:x",
                                                 "g",
                                                 "p10",
                                                 "m1000,10",
                                                 "M1000,1:00",
                                                 "X1000,1:a",
                                                 "Z0,4000,1;X2,2227",
                                                 "z0,4000,1",
                                                 "vCont;c",
                                                 "vCont;r1,2:1",
                                                 "qXfer:threads:read::0,100",
                                                 "qRcmd,68",
                                                 "Hg1",
                                                 "bs",
                                                 "bc",
                                                 "T1",
                                                 "?"};
    for (int round = 0; round < 3000; ++round) {
        Conversation c;
        for (int i = 0; i < 8 && !c.server.over(); ++i) {
            std::string body(seeds[random() % std::size(seeds)]);
            for (unsigned k = random() % 4; k-- > 0 && !body.empty();)
                body[random() % body.size()] = static_cast<char>(random());
            std::string line = random() % 4 ? frame_packet(body) : "$" + body + "#00";
            if (random() % 8 == 0) line.resize(random() % (line.size() + 1));
            for (std::size_t at = 0; at < line.size();) {
                std::size_t const n = std::min<std::size_t>(1 + random() % 7, line.size() - at);
                c.bytes(std::string_view(line).substr(at, n));
                at += n;
            }
            c.server.advance();
        }
        ASSERT_LT(c.sent.size(), 200'000u);
    }
}

}  // namespace
