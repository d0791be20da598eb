// SPDX-License-Identifier: GPL-2.0-or-later
//
// A guest in QEMU, watched as a simulated one is: QEMU's gdb server gives registers and
// memory, the image's debug info and views the kernel's objects, a capture the
// packets. What QEMU cannot do is told with its reason (debug/ability.hpp).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "simulator/attach/connection.hpp"
#include "simulator/debug/watched_machine.hpp"
#include "simulator/machine/config.hpp"

namespace sim::attach {

// What becomes of QEMU afterwards.
enum class AtEnd : std::uint8_t { run, stop, end };

// How Snapshot::stop_reason begins when the guest's code is not the image's: names and objects are wrong.
inline constexpr std::string_view other_image = "the guest does not run ";

struct Options {
    machine::Blob image;  // empty: no names, no kernel objects
    std::string title;
    std::filesystem::path capture;  // a pcap file that QEMU writes; empty: none
    std::filesystem::path console;  // a file that QEMU writes the serial line to; empty: none
    AtEnd at_end = AtEnd::run;
    // While it runs it is looked at this often, and by itself never more than a tenth of the time.
    std::chrono::milliseconds look_every{250};
    // How long QEMU may be silent when it owes an answer.
    std::chrono::milliseconds patience{5000};
};

class Attachment final : public debug::WatchedMachine {
public:
    // The guest stands still from now on. Throws std::runtime_error: one line.
    Attachment(Socket, Options);
    // Leaves QEMU as it was asked to.
    ~Attachment() override;
    Attachment(Attachment const&) = delete;
    Attachment& operator=(Attachment const&) = delete;

    std::shared_ptr<debug::Snapshot const> snapshot() const override;
    void request(debug::ViewRequest) override;
    debug::CommandNumber post(debug::Command) override;
    std::shared_ptr<debug::Symbols const> symbols() const override;
    void start(std::function<void()> published = {}) override;
    void stop() override;
    // Of one that runs by itself: true as long as it runs.
    bool advance() override;

private:
    class Driver;
    std::unique_ptr<Driver> driver_;
};

}  // namespace sim::attach
