// SPDX-License-Identifier: GPL-2.0-or-later
//
// The outside of a machine that gets what another one got: each input of a
// script at its cue. The guest is not the recorded one, so what depends on
// numbers that it draws is written anew: TCP acknowledgements follow its own
// initial sequence numbers and the lengths of its own answers, ports and
// identifiers that it chose are those of its own questions.
//
// This is an approximation, and says where: a recorded peer cannot answer what it
// was not asked, nor ask again. notes() tells which inputs did not fit.
//
// Free-running: virtual time passes as fast as the guest lets it. With the
// recorded image every input comes at its recorded moment.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "simulator/debug/retry/script.hpp"

namespace sim::debug::retry {

class Reenactment final : public machine::Outside {
public:
    // `other_image`: the guest's memory is laid out anew, so a person's pokes may not fit.
    Reenactment(Script, bool other_image);

    void resume(std::uint64_t) override {}
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override;
    std::optional<std::uint64_t> wait(std::uint64_t now_ns,
                                      std::optional<std::uint64_t> deadline_ns) override;
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind,
                std::span<std::uint8_t const>) override;

    std::size_t inputs() const { return script_.inputs.size(); }
    std::size_t delivered() const { return delivered_; }
    bool finished() const { return delivered_ == script_.inputs.size(); }
    std::uint64_t last_delivery_ns() const { return last_delivery_ns_; }
    // Virtual time that the recorded life went on after its last input.
    std::uint64_t rest_ns() const;
    // What did not fit, one line each, at most most_notes.
    std::vector<std::string> const& notes() const { return notes_; }

    // An input whose cue never comes is given after its recorded pause and this.
    static constexpr std::uint64_t patience_ns = 300'000'000;
    static constexpr std::size_t most_notes = 50;

private:
    struct Live {  // a connection of the script, as this guest has it
        std::optional<std::uint16_t> guest_port;
        Stream stream;
        bool told_stretched = false, told_silent = false, told_reset = false;
    };
    std::optional<std::uint64_t> due(std::size_t input) const;
    std::optional<std::uint64_t> next_due() const;
    std::vector<std::size_t> heads() const;
    machine::Arrival adapted(std::size_t input);
    void adapt_segment(ScriptedInput const&, std::vector<std::uint8_t>& bytes);
    void adapt_datagram(ScriptedInput const&, std::vector<std::uint8_t>& bytes);
    std::optional<std::size_t> connection_of(FrameFields const&);
    void note(std::string);
    std::string name_of(ScriptedInput const&) const;

    Script script_;
    bool other_image_;
    std::map<std::string, std::vector<std::size_t>> queues_;  // of inputs, in order
    std::map<std::string, std::size_t> next_;                 // place in the queue
    std::vector<bool> given_;
    std::size_t first_left_ = 0;  // all before it are given
    std::map<std::string, Outputs> outputs_;
    std::vector<Live> live_;
    std::map<std::string, std::size_t> by_ends_;  // a segment's two ends: its connection
    std::map<std::string, std::vector<Script::Datagram>> datagrams_;
    std::size_t delivered_ = 0;
    std::uint64_t last_delivery_ns_ = 0, last_output_ns_ = 0;
    std::vector<std::string> notes_;
};

}  // namespace sim::debug::retry
