// SPDX-License-Identifier: GPL-2.0-or-later
//
// The judge runs behind walls and cannot build walls itself. What it wants to run
// of a student's (the program on the host, QEMU) it asks of the grader outside, over
// a socket: a length of 4 bytes and a CBOR map, there and back. The grader runs it
// in a yard of its own. So nothing of a student's runs beside the judge.
#pragma once

#include <thread>

#include "labs/grader/walls.hpp"

namespace lab {

// The judge's end. Throws std::runtime_error when nobody answers.
class BrokeredWalls final : public Walls {
public:
    explicit BrokeredWalls(int descriptor) : descriptor_(descriptor) {}
    ProcessResult run(ProcessRequest const&) override;

private:
    int descriptor_;
};

// The grader's end: a thread that answers until the other end is closed. It runs
// nothing but programs and emulators, and gives up when it is asked for too much.
class Broker {
public:
    explicit Broker(Walls& walls);
    ~Broker();
    Broker(Broker const&) = delete;
    Broker& operator=(Broker const&) = delete;

    int end_of_judge() const { return ends_[1]; }
    // When the judge has been started: only it holds its end from then on.
    void close_end_of_judge();

private:
    void serve(Walls& walls);

    int ends_[2] = {-1, -1};
    std::thread thread_;
};

// Where the judge finds its end.
constexpr int broker_descriptor = 21;

}  // namespace lab
