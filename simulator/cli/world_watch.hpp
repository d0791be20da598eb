// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `viv run` keeps an eye on while a world of several machines lives: each
// machine's serial line, its end, and whether it went wrong.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulator/cli/ending.hpp"
#include "simulator/cli/run_options.hpp"
#include "simulator/explore/diagnosis.hpp"
#include "simulator/recording/joined_world.hpp"

namespace sim::cli {

class WorldWatch {
public:
    // The world must outlive this.
    explicit WorldWatch(recording::JoinedWorld&, explore::SpinBounds const& = {});
    ~WorldWatch();

    // Between windows. True: the world's life is over. Every machine that is no
    // service has ended, or nothing can happen any more, or one of them went
    // wrong in a way that it will never end by itself.
    bool over();
    // The time is up: who sleeps, and no timer of its own would ever wake it, has
    // come to its end, unless others wait for its services.
    void time_is_up();
    // Prints what is left of lines.
    void finish();

    struct Member {
        std::string name;
        std::optional<GuestEnding> ending;
        BadEnd bad{};
        std::string recording{};  // of its bad end, when there was none otherwise
    };
    // Why those ended badly that did: goes back in their lives, so the world can
    // be run no further. `recording_of` (machine) gives a file, or nothing.
    std::vector<Member> explain(std::function<std::string(std::string const&)> const& recording_of);

private:
    class NamedConsole;
    struct One;
    void look_at(One&);
    bool stuck();

    recording::JoinedWorld& world_;
    std::vector<std::unique_ptr<One>> ones_;
    bool all_services_ = true;
};

}  // namespace sim::cli
