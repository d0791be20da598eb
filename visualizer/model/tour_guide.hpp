// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tour at a desk: the one that is played, the one that is recorded, and what
// the commands of the group "Tour" do. The window and the line mode each have one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "visualizer/model/companion.hpp"
#include "visualizer/model/tour_page.hpp"
#include "visualizer/model/tour_player.hpp"
#include "visualizer/model/tour_recorder.hpp"

namespace viz::model {

class TourGuide final : public Companion {
public:
    // Both must outlive it. It takes its seat at the desk.
    TourGuide(Desk&, Door&);
    ~TourGuide() override;
    TourGuide(TourGuide const&) = delete;
    TourGuide& operator=(TourGuide const&) = delete;

    void play(TourPtr, std::size_t step = 0);
    void record(Tour);
    void present(bool on);

    bool heard(Request const&) override;
    void update() override;

    TourPlayer* player() { return player_.get(); }
    TourPlayer const* player() const { return player_.get(); }
    TourRecorder* recorder() { return recorder_.get(); }
    TourRecorder const* recorder() const { return recorder_.get(); }
    bool active() const { return player_ || recorder_; }
    bool presenter = false;  // large type, and nothing to click: see present()
    bool notes = false;      // the presenter's are shown

    // The page that is to be read; of a recorder: its last lines.
    TourPage page() const;
    // The player waits for the machine.
    bool busy() const { return player_ && player_->state() == TourPlayer::State::working; }
    // It asked for a text twin: the views' own request would take it away.
    bool waits_for_text() const { return player_ && player_->waits_for_text(); }

    // What the application lends: a tour by its name, or why not; the list of all
    // of them as text; a place to write to, or why not. Empty: refused.
    struct Library {
        std::function<std::variant<TourPtr, std::string>(std::string const& name)> find;
        std::function<std::string()> list;
        std::function<std::string(std::string const& file, std::string const& text)> write;
        bool change_machine = false;  // the application opens another machine when one is wanted
    } library;
    // A tour of another machine was asked for: the application changes it.
    std::optional<std::string> wanted;

private:
    void begin(std::string const& name);
    void edit(Request const&);
    bool is_of_this_machine(Tour const&) const;

    Desk& desk_;
    Door& door_;
    std::unique_ptr<TourPlayer> player_;
    std::unique_ptr<TourRecorder> recorder_;
    float zoom_before_ = 1;
};

}  // namespace viz::model
