// SPDX-License-Identifier: GPL-2.0-or-later
//
// The image `http` in a machine of its own, and a client that asks it again and again on
// one connection (visitor.hpp). Nothing but instructions is counted: the same in every run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "simulator/bench/visitor.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::bench {

class Conversation {
public:
    // Boots the server and opens the connection.
    explicit Conversation(std::filesystem::path const& http_image);
    // With a machine in which a server at 10.0.2.15 waits for visitors already.
    explicit Conversation(std::unique_ptr<machine::Machine>);
    ~Conversation();
    Conversation(Conversation const&) = delete;
    Conversation& operator=(Conversation const&) = delete;

    // One request; how many instructions there were until the server slept again.
    // std::runtime_error: it did not answer with 200.
    std::uint64_t ask(std::string const& path);
    // The same one instruction at a time, which is slow: `step` is told each one's address.
    std::uint64_t ask(std::string const& path, std::function<void(std::uint64_t)> const& step);

private:
    struct Wire;

    std::uint64_t ask_and(std::string const& path, std::function<void(std::uint64_t)> const* step);
    void give(Frame frame);
    void rest(std::function<void(std::uint64_t)> const* step = nullptr);

    std::unique_ptr<machine::Machine> machine_;
    Visitor visitor_;
    std::unique_ptr<Wire> wire_;
    unsigned asked_ = 0;
};

}  // namespace sim::bench
