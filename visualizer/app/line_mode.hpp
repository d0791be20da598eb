// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine by lines of words: the window's commands and the text twins of its
// views, for a terminal, a screen reader or a script. `viv open FILE --repl`.
//
//     go.place packet:3     a command of the table (model/commands.hpp); `help` lists them
//     packet:3, 12.5ms      a place by itself: goes there
//     threads               a view by its name: prints it
//     json threads          the same as JSON
//     wait 5                of a machine that runs by itself: until it stops, at most so many seconds
//     # ...                 nothing
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "visualizer/app/watch.hpp"
#include "visualizer/model/desk.hpp"
#include "visualizer/model/tour_guide.hpp"

namespace viz::app {

class LineMode {
public:
    // The session has no thread. What is told goes to `tell`, whole lines.
    LineMode(Watch&, std::function<void(std::string_view)> tell);

    // What a place names besides its moment is selected, or shown. Of a bookmark: its
    // text.
    std::string look_at(std::string const& place);
    // A view's text twin, as sim::debug::print_view() names it.
    void print(std::string_view text_view, bool json = false);
    // One line of a person's. False: that was the last one.
    bool obey(std::string_view line);
    // A tour of this machine, from its first step.
    void take(model::TourPtr);
    model::TourGuide& guide() { return guide_; }
    model::Desk& desk() { return desk_; }
    // Told after each line of converse() where one stands.
    std::function<void(model::Desk const&)> after_line;
    // How many lines were refused.
    unsigned refused() const { return refused_; }
    // Lines of standard input until `quit` or its end; the exit status: 1 if any
    // line was refused and nobody sat at a terminal to see it.
    int converse();

private:
    void refuse(std::string const& why);
    void carry_out(model::Request const&);
    bool settle();
    void catch_up();
    void find_what_was_before(bool terminal);
    void wait(std::string_view seconds);
    void tell_what_is_new(sim::debug::Snapshot const& before, bool ended);
    void help(std::string_view about);
    std::string here() const;
    void tell_tour();

    Watch& watch_;
    std::function<void(std::string_view)> tell_;
    SessionDoor door_;
    model::Desk desk_;
    model::TourGuide guide_;
    std::string tour_told_;  // the page that was read last
    unsigned refused_ = 0;
};

}  // namespace viz::app
