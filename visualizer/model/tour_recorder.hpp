// SPDX-License-Identifier: GPL-2.0-or-later
//
// Makes a tour of what a person does: each command becomes a line, in the words of
// the table. What is said is typed between.
#pragma once

#include <optional>
#include <string>

#include "visualizer/model/desk.hpp"
#include "visualizer/model/tour.hpp"

namespace viz::model {

class TourRecorder {
public:
    // Goes on with this tour, behind its last line.
    TourRecorder(Tour, Desk&);

    // Before the desk carries it out.
    void heard(Request const&);
    // Nothing is under way: where the machine stands now follows from the lines.
    void settled();

    // Each refuses in one line: empty is done.
    std::string step(std::string const& title);
    std::string say(std::string const& text);
    std::string note(std::string const& text);
    std::string expect(std::string const& check);
    std::string undo();  // the last line; of an empty step: the step

    Tour const& tour() const { return tour_; }
    bool saved() const { return saved_; }
    void was_saved() { saved_ = true; }
    // As a file that the reader takes: a step that says nothing gets a place for it.
    std::string text() const;
    // The newest lines, for who wants to see what was recorded.
    std::vector<std::string> last_lines(std::size_t most) const;

private:
    std::string add(TourAction);
    void catch_up();

    Tour tour_;
    Desk& desk_;
    bool saved_ = true;
    std::optional<sim::machine::Moment> stands_;  // after the last line
};

}  // namespace viz::model
