// SPDX-License-Identifier: GPL-2.0-or-later
//
// What QEMU's gdb server does for us: registers, physical memory, QEMU's monitor,
// stops, running and stepping. [gdb-rsp §Packets]; QEMU's own packets
// (PhyMemMode, sstep) are in its documentation, "GDB usage".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/attach/connection.hpp"

namespace sim::attach {

struct StopNotice {
    enum class Kind : std::uint8_t { signal, exited };
    Kind kind = Kind::signal;
    unsigned code = 0;                       // the signal, or the status
    std::string processor;                   // as the server writes it; empty: not said
    std::optional<std::uint64_t> watched{};  // the address whose access ended the run

    static constexpr unsigned interrupted = 2, trap = 5;
};
// None: it is no such packet.
std::optional<StopNotice> parse_stop_notice(std::string_view packet);

// In the numbers of the packets Z and z.
enum class Watch : std::uint8_t { execution = 0, write = 2, read = 3, access = 4 };

class Remote {
public:
    using Duration = std::chrono::milliseconds;

    // Introduces itself; the machine stands still from now on. Throws Lost. Whoever goes
    // without a farewell (see below) detaches, so that the machine runs on, or, without
    // `runs_on`, leaves it standing.
    explicit Remote(Connection, bool runs_on = true);
    ~Remote();
    Remote(Remote const&) = delete;
    Remote& operator=(Remote const&) = delete;

    // With the machine at rest. All throw Lost.
    std::vector<std::string> const& processors() const { return processors_; }  // as the server writes them
    // Bytes of all registers, as the target description lists them.
    std::vector<std::uint8_t> registers(std::string_view processor);
    // A file of the target description; "" when there is none.
    std::string description(std::string_view file);
    // All or none. Only for addresses where RAM is: a device would notice.
    bool read(std::uint64_t physical, std::span<std::uint8_t> into);
    bool write(std::uint64_t physical, std::span<std::uint8_t const> bytes);
    // What QEMU's monitor says to a line; "" when it has no monitor here.
    std::string monitor(std::string_view line);
    // False: refused.
    bool watch(Watch, std::uint64_t address, std::uint64_t length, bool on);

    // It runs until wait() has something to tell, at the latest soon after interrupt().
    void resume();
    // One instruction of one processor. `awake`: interrupts come, and the others run.
    void step(std::string_view processor, bool awake = false);
    void interrupt() { connection_.send_interrupt(); }
    std::optional<StopNotice> wait(Duration most);
    Duration patience() const { return connection_.patience(); }
    bool running() const { return running_; }

    // The end of the conversation: QEMU goes on, stands still, or ends.
    void detach();
    void leave_standing();
    void kill();

private:
    void introduce();
    std::string ask(std::string_view body);
    void stand_still();
    void go_without_a_word();

    Connection connection_;
    std::vector<std::string> processors_;
    std::size_t longest_read_ = 0;
    bool running_ = false;
    bool runs_on_;
    bool taken_leave_ = false;  // or it has ended
    bool steps_awake_ = false;
};

}  // namespace sim::attach
