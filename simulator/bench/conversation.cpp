// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/conversation.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "simulator/board/pc.hpp"
#include "simulator/recording/images.hpp"

namespace sim::bench {

// Keeps what the guest sends.
struct Conversation::Wire final : machine::MachineObserver {
    explicit Wire(Visitor& to) : visitor(to) {}
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind kind,
                   std::span<std::uint8_t const> bytes) override {
        if (kind == machine::OutputKind::frame) visitor.on_frame(bytes);
    }
    Visitor& visitor;
};

namespace {

std::unique_ptr<machine::Machine> boot(std::filesystem::path const& http_image) {
    machine::MachineConfig config;
    config.image = recording::read_blob(http_image);
    config.command_line = "ip=10.0.2.15/24 loglevel=warning";
    auto machine = board::make_pc(config);
    machine->set_checkpoint_interval(0);
    machine->run({.virtual_ns = 1'000'000'000});
    return machine;
}

}  // namespace

Conversation::Conversation(std::filesystem::path const& http_image) : Conversation(boot(http_image)) {}

Conversation::Conversation(std::unique_ptr<machine::Machine> machine)
    : machine_(std::move(machine)), wire_(std::make_unique<Wire>(visitor_)) {
    machine_->add_observer(*wire_);
    for (auto& frame : visitor_.open()) give(std::move(frame));
    rest();
}

Conversation::~Conversation() { machine_->remove_observer(*wire_); }

std::uint64_t Conversation::ask(std::string const& path) { return ask_and(path, nullptr); }

std::uint64_t Conversation::ask(std::string const& path, std::function<void(std::uint64_t)> const& step) {
    return ask_and(path, &step);
}

std::uint64_t Conversation::ask_and(std::string const& path, std::function<void(std::uint64_t)> const* step) {
    ++asked_;
    std::uint64_t const before = machine_->moment().retired;
    if (visitor_.connected()) {
        give(visitor_.request(path));
        rest(step);
    }
    if (!visitor_.answered() || !visitor_.text().starts_with("HTTP/1.1 200"))
        throw std::runtime_error(fmt::format("the web server did not answer request {} for {}: it said: {}",
                                             asked_, path, visitor_.text().substr(0, 60)));
    return machine_->moment().retired - before;
}

void Conversation::give(Frame frame) {
    machine_->give({"net0", machine::InputKind::frame, std::move(frame)});
}

// Far longer than anything takes, and shorter than any timer.
void Conversation::rest(std::function<void(std::uint64_t)> const* step) {
    for (int i = 0; i < 100; ++i) {
        std::uint64_t const end = machine_->virtual_ns() + 2'000'000;
        while (step != nullptr) {
            std::uint64_t const before = machine_->moment().retired;
            machine_->run({.moment = {before + 1, 0}, .virtual_ns = end});
            if (machine_->moment().retired == before) break;
            (*step)(machine_->cpu().state().rip);
        }
        machine_->run({.virtual_ns = end});
        auto said = visitor_.answer();
        if (!said) return;
        give(std::move(*said));
    }
}

}  // namespace sim::bench
