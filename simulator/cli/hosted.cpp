// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/hosted.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "simulator/cli/child.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/links/relay.hpp"
#include "simulator/links/self_request.hpp"
#include "simulator/links/tap.hpp"
#include "simulator/recording/images.hpp"

namespace sim::cli {
namespace {

std::string names_in(std::filesystem::path const& folder) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (auto const& entry : std::filesystem::directory_iterator(folder, ignored))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return fmt::format("{}", fmt::join(names, ", "));
}

// Watches the child to its end. What `visitor` finds wrong ends it early.
Outcome watch(Child& child, links::SelfRequest* visitor, unsigned wanted) {
    Outcome outcome;
    while (!child.serve()) {
        bool const lost = visitor && visitor->done() && !visitor->problem().empty();
        if (Interruption::requested()) {
            outcome.status = status_interrupted;
            outcome.ending = "interrupted";
            return outcome;
        }
        if (!lost) continue;
        outcome.status = status_limit;
        outcome.ending = visitor->problem();
        outcome.answered = visitor->answered();
        return outcome;
    }
    HostedEnd const end = decode_hosted_end(child.wait_status(), child.complaint());
    outcome.status = end.status;
    outcome.ending = end.ending;
    if (!visitor) return outcome;
    visitor->finish();
    outcome.answered = visitor->answered();
    if (outcome.status == 0 && outcome.answered != wanted) {
        outcome.status = status_differs;
        outcome.ending = visitor->problem();
    }
    return outcome;
}

}  // namespace

std::filesystem::path hosted_image_of(std::string const& application) {
    std::filesystem::path const folder = recording::images_folder().parent_path() / "hosted";
    std::filesystem::path const file = folder / application;
    if (application.find('/') == std::string::npos && std::filesystem::is_regular_file(file)) return file;
    throw std::runtime_error(fmt::format("{} is not an application that runs as a process; there are: {}",
                                         application, names_in(folder)));
}

std::vector<std::string> hosted_arguments(RunOptions const& options, int frames, std::string const& address) {
    std::vector<std::string> words = {options.kernel.string(), "--frames", std::to_string(frames), "--memory",
                                      std::to_string(options.config.memory_bytes)};
    if (!address.empty()) words.insert(words.end(), {"--ip", address});
    for (auto const& disk : options.disks) {
        // What is written stays only if somebody asked for that.
        bool const writable = disk.write_back && !disk.read_only;
        words.insert(words.end(), {"--disk", disk.path.string() + (writable ? "" : ",readonly")});
    }
    if (!options.config.command_line.empty()) words.push_back(options.config.command_line);
    return words;
}

HostedEnd decode_hosted_end(int wait_status, std::string const& complaint) {
    if (WIFSIGNALED(wait_status)) {
        int const signal = WTERMSIG(wait_status);
        if (signal == SIGABRT) return {status_panic, fmt::format("the application panicked: {}", complaint)};
        return {status_tool_failed,
                fmt::format("the application was ended by signal {}: {}", signal, complaint)};
    }
    int const code = WEXITSTATUS(wait_status);
    if (code == 127) return {status_wrong_use, fmt::format("it did not start: {}", complaint)};
    if (code == status_panic) return {code, fmt::format("the application broke a rule: {}", complaint)};
    return {code, complaint.empty() ? fmt::format("the guest exited with {}", code) : complaint};
}

int run_on_host(RunOptions const& options) {
    std::optional<links::Relay> relay;
    std::optional<links::Tap> tap;
    if (options.tap.empty())
        relay.emplace(options.forwards, options.pcap);
    else
        tap.emplace(options.tap);
    Interruption interruption;
    if (relay)
        for (auto const& forward : relay->forwards())
            say("127.0.0.1:{} leads to port {} of the guest{}", forward.host_port, forward.guest_port,
                forward.udp ? ", by UDP" : "");
    else
        say("the guest is {} on {}", links::Tap::guests_address, tap->name());
    signal(SIGPIPE, SIG_IGN);
    // A sanitizer's verdict is a panic, not an exit status of the application.
    setenv("ASAN_OPTIONS", fmt::format("exitcode={}", static_cast<int>(status_panic)).c_str(), 0);
    setenv("UBSAN_OPTIONS", "abort_on_error=1", 0);
    int const frames = relay ? relay->childs_end() : tap->descriptor();
    Child child(hosted_arguments(options, frames, tap ? links::Tap::guests_address : ""), frames,
                options.type_stdin);
    if (relay) relay->close_childs_end();
    std::optional<links::SelfRequest> visitor;
    if (options.self_request) visitor.emplace(relay->forwards()[0].host_port, options.exit_after);
    Outcome const outcome = watch(child, visitor ? &*visitor : nullptr, options.exit_after);
    report(options, outcome);
    return outcome.status;
}

}  // namespace sim::cli
