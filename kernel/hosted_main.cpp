// SPDX-License-Identifier: MIT
//
// The kernel's main, in a process: what the machine is made of comes from options,
// the application's words follow.
//
//     http --frames 5 --memory 67108864 exit-after=3
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/command_line.hpp"
#include "kernel/base/log.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/hosted/baton.hpp"
#include "kernel/platform/hosted/options.hpp"

namespace platform::hosted {

namespace {

constexpr int wrong_use = 2;

class Console final : public base::TextSink {
public:
    void write(std::string_view text) override {
        // Whole at once, as the log's lines are: unbuffered, and lost to nobody.
        while (!text.empty()) {
            ssize_t const written = ::write(STDOUT_FILENO, text.data(), text.size());
            if (written <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
};

[[noreturn]] void refuse(char const* what, char const* why) {
    std::fprintf(stderr, "%s: %s\n", what, why);
    std::exit(wrong_use);
}

std::uint64_t number(char const* option, char const* text) {
    auto const value = base::parse_number(text);
    if (!value) refuse(option, "want a number");
    return *value;
}

void read_option(char const* option, char const* value) {
    Options& options = hosted::options();
    if (value == nullptr) refuse(option, "needs a value");
    std::string_view const name(option);
    if (name == "--frames") {
        options.frames = static_cast<int>(number(option, value));
        if (fcntl(options.frames, F_GETFD) < 0) refuse(option, "that descriptor is not open");
    } else if (name == "--memory") {
        options.memory = number(option, value);
    } else if (name == "--seed") {
        options.seed = number(option, value);
    } else if (name == "--disk") {
        options.disks.emplace_back(value);
    } else if (name == "--ip") {
        auto const address = net::parse_ipv4_configuration(value);
        if (!address) refuse(option, "want an address such as 10.0.2.15/24");
        options.address = *address;
        // The second host of the subnet, as with QEMU's own network.
        options.address.gateway =
            net::Ipv4Address((options.address.address.value() & options.address.mask()) + 2);
    } else {
        refuse(option, "there is no such option; there are --frames --memory --seed --disk --ip");
    }
}

// A word whose value is none of the choices: the machine does not begin.
void refuse_word(std::string_view key, std::string_view value, std::string_view choices) {
    base::log_error("{}={}: want {}", key, value, choices);
    std::exit(wrong_use);
}

int run(int count, char** words) {
    static Console console;
    std::string line;
    for (int i = 1; i < count; ++i) {
        if (words[i][0] == '-') {
            read_option(words[i], i + 1 < count ? words[i + 1] : nullptr);
            ++i;
            continue;
        }
        if (!line.empty()) line += ' ';
        line += words[i];
    }
    signal(SIGPIPE, SIG_IGN);
    base::the_log().sink = &console;
    (void)arch::now();
    base::the_log().now = arch::now;
    base::CommandLine::refusal = refuse_word;
    base::CommandLine& command_line = base::the_command_line();
    command_line = base::CommandLine(line);
    if (auto const level = command_line.value("loglevel"))
        if (!base::parse_log_level(*level, base::the_log().level))
            command_line.refuse("loglevel", "error, warning, info or debug");
    init_threads();
    int const status = apps::main({command_line});
    command_line.warn_about_the_rest();
    return status;
}

}  // namespace
}  // namespace platform::hosted

int main(int count, char** words) {
    // Other threads may wait for the baton, which this one holds to the end.
    _exit(platform::hosted::run(count, words));
}
