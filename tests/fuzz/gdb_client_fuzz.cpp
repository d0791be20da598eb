// SPDX-License-Identifier: MIT
//
// libFuzzer target: the client of QEMU's gdb server is told whatever the fuzzer thinks of.
// It may give up with Lost; anything else is a defect.
//
// Each line of the input is the body of a packet, or, behind '!', raw bytes; they lie
// there before anything is asked. No more of them comes: nobody waits for a clock.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "simulator/attach/guest.hpp"
#include "simulator/attach/remote.hpp"
#include "simulator/debug/page_walk.hpp"

namespace {

using namespace sim;

std::string stream_of(std::string_view input) {
    constexpr std::size_t most = 64 * 1024;  // what a socket holds
    std::string all;
    while (!input.empty() && all.size() < most) {
        std::string_view const line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (line.starts_with('!'))
            all += line.substr(1);
        else
            all += debug::gdb::frame_packet(line);
    }
    all.resize(std::min(all.size(), most));
    return all;
}

void look_at(attach::Remote& remote) {
    attach::Guest guest(remote);
    for (unsigned i = 0; i < guest.processors(); ++i) guest.state(i);
    debug::GuestMemory const memory = guest.memory(0);
    std::uint8_t bytes[24];
    memory.read(guest.state(0).rip, bytes);
    memory.read_physical(0xfff8, bytes);
    debug::page_tree(debug::paging_of(guest.state(0)), memory.words());
    guest.poke(0x2000, bytes);
    remote.watch(attach::Watch::write, 0x1000, 8, true);
    remote.step(remote.processors().front(), true);
    while (remote.running()) remote.wait(attach::Remote::Duration(0));
    guest.forget();
    guest.state(0);
    remote.resume();
    while (remote.running()) remote.wait(attach::Remote::Duration(0));
    remote.detach();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return 0;
    std::string const stream = stream_of({reinterpret_cast<char const*>(data), size});
    // What is asked gets no further than the socket: nobody reads it.
    if (send(ends[1], stream.data(), stream.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
        shutdown(ends[1], SHUT_WR);
        try {
            attach::Remote remote(attach::Connection(attach::Socket(ends[0]), attach::Remote::Duration(20)));
            look_at(remote);
        } catch (attach::Lost const&) {
        }
    } else {
        close(ends[0]);
    }
    close(ends[1]);
    return 0;
}
