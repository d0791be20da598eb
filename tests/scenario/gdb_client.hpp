// SPDX-License-Identifier: MIT
//
// The real Debian gdb, driven by a script, at the other end of viv's port.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/scenario/program.hpp"

namespace scenario {

// The port that viv named on stderr.
inline std::string gdb_port(std::string const& err) {
    std::string const before = "target remote 127.0.0.1:";
    auto const at = err.find(before);
    if (at == std::string::npos) return "";
    return err.substr(at + before.size(), err.find('\'', at) - at - before.size());
}

// viv with a port for gdb, and gdb sessions with it, one after the other.
class Served {
public:
    explicit Served(std::vector<std::string> words) : viv_(scenario::viv(std::move(words))) {
        EXPECT_TRUE(viv_.says("gdb can connect")) << viv_.err();
        port_ = gdb_port(viv_.err());
    }
    // The transcript. Each command's output follows a line "== COMMAND".
    std::string gdb(std::string const& elf, std::vector<std::string> const& commands) {
        std::string script = "set pagination off\nset confirm off\nset height 0\nset width 0\n";
        script += "target remote 127.0.0.1:" + port_ + "\n";
        for (auto const& c : commands) script += "echo == " + c + "\\n\n" + c + "\n";
        write_file(folder_ / "script.gdb", script);
        Result const r = run({"gdb", "-nx", "-batch", "-x", folder_ / "script.gdb", elf});
        return r.out + r.err;
    }
    Result finish() { return viv_.finish(); }
    Program& viv() { return viv_; }

private:
    Folder folder_;
    Program viv_;
    std::string port_;
};

// What a command printed; the `nth` command of this text.
inline std::string said(std::string const& transcript, std::string const& command, unsigned nth = 0) {
    std::string const mark = "== " + command + "\n";
    std::size_t at = 0;
    for (unsigned i = 0; i <= nth; ++i) {
        at = transcript.find(mark, at);
        if (at == std::string::npos) return "(no such command in the transcript)";
        at += mark.size();
    }
    return transcript.substr(at, transcript.find("\n== ", at) - at);
}

}  // namespace scenario

#define EXPECT_SAYS(transcript, text) EXPECT_NE((transcript).find(text), std::string::npos) << (transcript)
