// SPDX-License-Identifier: GPL-2.0-or-later
//
// A QEMU of our own, to be attached to: it waits before its first instruction, writes its frames
// and its serial line to files, and ends with us.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "simulator/cli/child.hpp"
#include "simulator/cli/run_options.hpp"
#include "simulator/links/relay.hpp"

namespace viz::app {

class StartedQemu {
public:
    // Throws std::runtime_error.
    explicit StartedQemu(sim::cli::RunOptions const&);
    ~StartedQemu();
    StartedQemu(StartedQemu const&) = delete;
    StartedQemu& operator=(StartedQemu const&) = delete;

    std::string place() const { return "unix:" + (folder_ / "gdb").string(); }
    std::filesystem::path capture() const { return folder_ / "frames.pcap"; }
    std::filesystem::path console() const { return folder_ / "serial"; }
    std::vector<sim::links::Forward> const& forwards() const { return network_.forwards(); }

private:
    struct Folder {  // of our own, removed at the end
        Folder();
        ~Folder();
        std::filesystem::path path;
    };
    Folder own_;
    std::filesystem::path folder_;
    sim::links::Relay network_;
    std::unique_ptr<sim::cli::Child> child_;
    std::atomic<bool> stop_{false};
    std::thread serving_;
};

}  // namespace viz::app
