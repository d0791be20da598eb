// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests: a gdb server as QEMU's, of a processor and 64 KiB of RAM that are made up; and
// what a hostile one could send in its place.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "simulator/attach/connection.hpp"

namespace sim::attach {

class ScriptedServer {
public:
    // Answers before the usual ones; none: the usual. Raw bytes when they begin with '!'.
    using Script = std::function<std::optional<std::string>(std::string const& packet)>;

    explicit ScriptedServer(Script script = {}) : script_(std::move(script)), ram(0x10000) {
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        stop_ = true;
        thread_.join();
        close(ends_[1]);
    }
    Socket socket() { return Socket(std::exchange(ends_[0], -1)); }

    static std::string description() {
        std::string text = R"(<target><architecture>i386:x86-64</architecture><feature name="core">)";
        for (char const* name : {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "rip"})
            text += std::string("<reg name=\"") + name + "\" bitsize=\"64\"/>";
        text += R"(<reg name="eflags" bitsize="32"/><reg name="cs" bitsize="32"/>)"
                R"(<!--reg name="cs_base" bitsize="64"/><reg name="ss_base" bitsize="64"/-->)";
        for (char const* name : {"cr0", "cr3", "cr4", "efer"})
            text += std::string("<reg name=\"") + name + "\" bitsize=\"64\"/>";
        return text + "</feature></target>";
    }

private:
    Script script_;

public:
    std::vector<std::uint8_t> ram;
    std::atomic<std::uint64_t> rip{0x1000}, rsp{0x8000};
    std::uint64_t cr0 = 0x11, cr3 = 0, cr4 = 0, efer = 0;
    // Where vCont;c comes to: the addresses in order; then it runs until Ctrl-C.
    std::vector<std::uint64_t> stops;
    std::atomic<int> detached{0}, killed{0}, breakpoints{0};
    // What becomes of a body on its way; set before anything is asked.
    std::function<std::string(std::string)> damage;

private:
    static void number(std::string& into, std::uint64_t value, unsigned bytes) {
        std::vector<std::uint8_t> raw;
        for (unsigned i = 0; i < bytes; ++i) raw.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        into += debug::gdb::hex(raw);
    }
    std::string registers() const {
        std::string text;
        for (std::uint64_t const v : {1UL, 2UL, 3UL, 4UL, 5UL, 6UL, 7UL, rsp.load(), rip.load()})
            number(text, v, 8);
        number(text, 0x202, 4);
        number(text, 8, 4);
        for (std::uint64_t const v : {cr0, cr3, cr4, efer}) number(text, v, 8);
        return text;
    }
    std::string monitor(std::string_view line) const {
        if (line == "info mtree -f")
            return "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
                   "  0000000000000000-000000000000ffff (prio 0, ram): pc.ram\n"
                   "  00000000fee00000-00000000fee00fff (prio 0, i/o): apic\n";
        if (line == "info network") return "n: index=0,type=nic,model=virtio,macaddr=52:54:00:12:34:56\n";
        return "CPU#0\nCS =0008 0000000000000000 ffffffff 00af9a00 DPL=0 CS64 [-R-]\n"
               "GDT=     0000000000001234 00000027\nRFL=00000202 CPL=0 HLT=0\n";
    }
    std::string usual(std::string const& p) {
        using namespace debug::gdb;
        std::string_view rest = p;
        if (take(rest, "qSupported")) return "PacketSize=1000;qXfer:features:read+";
        if (p == "?") return "T05thread:p01.01;";
        if (p == "qfThreadInfo") return "mp01.01";
        if (p == "qsThreadInfo") return "l";
        if (p == "vCont?") return "vCont;c;C;s;S";
        if (take(rest, "Qqemu.") || take(rest, "Hg")) return "OK";
        if (take(rest, "qXfer:features:read:target.xml:")) {
            std::size_t const from = take_number(rest).value_or(0);
            take(rest, ",");
            std::string const all = description();
            std::string const piece = all.substr(std::min(from, all.size()), take_number(rest).value_or(0));
            return (from + piece.size() < all.size() ? "m" : "l") + piece;
        }
        if (p == "g") return registers();
        if (take(rest, "qRcmd,")) {
            auto const line = unhex(rest).value_or(std::vector<std::uint8_t>());
            put("O" +
                hex(monitor(std::string_view(reinterpret_cast<char const*>(line.data()), line.size()))));
            return "OK";
        }
        if (take(rest, "m")) {
            std::uint64_t const at = take_number(rest).value_or(0);
            take(rest, ",");
            std::uint64_t const length = take_number(rest).value_or(0);
            if (at + length > ram.size()) return "E14";
            return hex(std::span<std::uint8_t const>(ram).subspan(at, length));
        }
        if (take(rest, "M")) {
            std::uint64_t const at = take_number(rest).value_or(0);
            auto const bytes = unhex(rest.substr(rest.find(':') + 1));
            if (!bytes || at + bytes->size() > ram.size()) return "E14";
            std::copy(bytes->begin(), bytes->end(), ram.begin() + static_cast<long>(at));
            return "OK";
        }
        if (p.starts_with("Z")) return ++breakpoints, "OK";
        if (p.starts_with("z")) return --breakpoints, "OK";
        if (p.starts_with("vCont;s")) return ++rip, "T05thread:p01.01;";
        if (p == "vCont;c") {
            if (stops.empty()) return "!";  // it runs
            rip = stops.front();
            stops.erase(stops.begin());
            return "T05thread:p01.01;";
        }
        if (p.starts_with("D")) return ++detached, "OK";
        if (p == "k") return ++killed, "!close";
        return "";
    }
    void put(std::string const& body) {
        write(debug::gdb::frame_packet(damage ? damage(body) : body));
    }
    void write(std::string_view raw) {
        while (!raw.empty() && !stop_) {
            ssize_t const n = send(ends_[1], raw.data(), raw.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0)
                raw.remove_prefix(static_cast<std::size_t>(n));
            else if (errno != EAGAIN)
                return;
        }
    }
    void serve() {
        debug::gdb::PacketReader reader;
        std::array<std::uint8_t, 4096> bytes;
        while (!stop_) {
            pollfd one{ends_[1], POLLIN, 0};
            if (poll(&one, 1, 5) <= 0) continue;
            ssize_t const n = recv(ends_[1], bytes.data(), bytes.size(), 0);
            if (n <= 0) return;
            reader.feed(std::span(bytes).first(static_cast<std::size_t>(n)));
            while (auto item = reader.next()) {
                if (item->kind == debug::gdb::PacketReader::Kind::interrupt) put("T02thread:p01.01;");
                if (item->kind != debug::gdb::PacketReader::Kind::packet) continue;
                write("+");
                auto const own = script_ ? script_(item->body) : std::nullopt;
                std::string const answer = own ? *own : usual(item->body);
                if (answer == "!close") return void(shutdown(ends_[1], SHUT_RDWR));
                if (answer.starts_with('!'))
                    write(std::string_view(answer).substr(1));
                else
                    put(answer);
            }
        }
    }

    int ends_[2] = {-1, -1};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace sim::attach
