// SPDX-License-Identifier: MIT
//
// A program under test, run as a user runs it: words in, stdout, stderr and an
// exit status out.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace scenario {

struct Result {
    int status = -1;  // exit status; 128 + n for signal n
    std::string out, err;
};

class Program {
public:
    // words[0] is searched on the PATH. Its stdin is empty, or what type() writes.
    enum class Stdin : bool { empty, typed };
    explicit Program(std::vector<std::string> const& words, Stdin = Stdin::empty);
    ~Program();  // kills it if it still runs
    Program(Program const&) = delete;
    Program& operator=(Program const&) = delete;

    // Waits for the end. A program that takes longer than two minutes hangs: it
    // is killed, and its status is 128 + 9.
    Result finish();
    // Waits until stderr holds the text (true), the program ends or a minute passes.
    bool says(std::string const& text);
    // The same for stdout.
    bool prints(std::string const& text);
    // On its stdin.
    void type(std::string const& text);
    void send_signal(int number) { kill(id_, number); }
    pid_t id() const { return id_; }
    std::string const& err() const { return result_.err; }

private:
    bool holds(std::string const& stream, std::string const& text);
    bool serve(int milliseconds);  // false: both pipes are closed

    pid_t id_ = -1;
    int out_ = -1, err_ = -1, in_ = -1;
    bool waited_ = false;
    Result result_;
};

// Runs to the end.
Result run(std::vector<std::string> const& words);

// $VIV_BUILD/bin/viv-machine with these words.
std::vector<std::string> viv(std::vector<std::string> words);

// The host port of "127.0.0.1:PORT leads to", which the program said.
std::string forwarded_port(std::string const& err);

// A fresh folder, removed with all that is in it.
struct Folder {
    Folder();
    ~Folder();
    std::string operator/(std::string const& name) const { return path + "/" + name; }
    std::string path;
};

std::string read_file(std::string const& path);
void write_file(std::string const& path, std::string const& content);

}  // namespace scenario
