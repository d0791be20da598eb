// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes what passes a machine's network card as a packet capture, at virtual
// times, each packet with its moment as a comment, for `viv open FILE@MOMENT`, and the thread
// that runs then.
// Running a stretch again writes nothing twice. Works in a replay too.
//
// Where frames pass a link with properties or a fault, the comment says what becomes of each,
// and those that never reach the machine are there, too.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "simulator/links/frame_fates.hpp"
#include "simulator/links/pcapng.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::recording {

class CaptureObserver final : public machine::MachineObserver {
public:
    // The name of the thread that runs now; "": nobody knows.
    using ThreadNow = std::function<std::string(machine::Machine&)>;

    // Observes from now on, and must outlive every run of the machine. Throws
    // what PcapngFile throws. Without `thread` no comment names one.
    CaptureObserver(machine::Machine&, std::filesystem::path const&, ThreadNow thread = {});
    ~CaptureObserver() override;

    // Before the machine runs, live: here others tell of the frames from now on. What the
    // machine sends is written at the next happening, when they have.
    links::FrameFates* follow();
    // The end: what has not been written is. Throws what PcapngFile::write() throws, which the
    // destructor keeps to itself.
    void finish() { write_what_waits(); }

    void on_input(machine::Machine&, machine::Input const&) override;
    void on_timer(machine::Machine&, machine::Event const&) override { write_what_waits(); }
    void on_halt(machine::Machine&) override { write_what_waits(); }
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;

private:
    // "moment 123, thread network"
    std::string when(machine::Machine&, machine::Moment) const;
    void write(std::span<std::uint8_t const> frame, std::string const& when, std::uint64_t virtual_ns,
               links::Direction, std::string const& fate = {});
    void write_what_waits();

    ThreadNow thread_;
    std::uint64_t epoch_ns_;  // the guest's clock at moment 0, since 1970
    links::PcapngFile file_;
    std::uint64_t written_until_ns_ = 0;

    bool follows_ = false;
    links::FrameFates fates_;
    machine::Moment next_in_;  // no input before it is news
    struct Sent {
        links::Frame frame;
        std::string when;
        std::uint64_t virtual_ns = 0;
    };
    std::optional<Sent> sent_;  // by the machine, and not written yet
};

}  // namespace sim::recording
