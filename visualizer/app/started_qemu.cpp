// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/started_qemu.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>

#include "simulator/cli/qemu.hpp"

namespace viz::app {

namespace fs = std::filesystem;

StartedQemu::Folder::Folder() {
    std::string name = (fs::temp_directory_path() / "viv-qemu-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error(fmt::format("cannot make {}", name));
    path = name;
}
StartedQemu::Folder::~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

StartedQemu::StartedQemu(sim::cli::RunOptions const& options)
    : folder_(own_.path), network_(options.forwards, options.pcap) {
    auto words = sim::cli::qemu_arguments(options, network_.childs_end());
    // The terminal is ours: its serial line goes to a file.
    for (std::string& word : words)
        if (word.starts_with("stdio,id=serial")) word = "file,id=serial,path=" + console().string();
    if (options.config.network)
        words.insert(words.end(), {"-object", fmt::format("filter-dump,id=frames,netdev=net0,file={}",
                                                          capture().string())});
    words.insert(words.end(),
                 {"-S", "-chardev",
                  fmt::format("socket,id=gdb0,path={},server=on,wait=off", (folder_ / "gdb").string()),
                  "-gdb", "chardev:gdb0"});
    child_ = std::make_unique<sim::cli::Child>(words, network_.childs_end(), false);
    network_.close_childs_end();
    using Clock = std::chrono::steady_clock;
    auto const until = Clock::now() + std::chrono::seconds(20);
    std::error_code ignored;
    while (!fs::exists(folder_ / "gdb", ignored)) {
        if (child_->serve())
            throw std::runtime_error(
                sim::cli::decode_qemu_end(child_->wait_status(), child_->complaint()).ending);
        if (Clock::now() > until) throw std::runtime_error("QEMU does not begin");
    }
    // Who starts a child must hear it out.
    serving_ = std::thread([this] {
        while (!stop_ && !child_->serve()) {
        }
    });
}

StartedQemu::~StartedQemu() {
    stop_ = true;
    if (serving_.joinable()) serving_.join();
}

}  // namespace viz::app
