// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/render.hpp"

#include "visualizer/app/screen.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

std::optional<Scene> scene_named(std::string_view name) {
    if (auto perspective = model::perspective_named(name))
        // "memory" is both: the perspective shows more.
        return Scene(*perspective);
    if (auto view = model::view_named(name)) return Scene(*view);
    return std::nullopt;
}

std::string scene_names() {
    std::string out;
    auto add = [&](std::string_view name) { out += (out.empty() ? "" : ", ") + std::string(name); };
    for (auto const& p : model::all_perspectives()) add(p.name);
    for (auto const& v : model::all_views())
        if (!model::perspective_named(v.name)) add(v.name);
    return out + ", bytes, start";
}

std::optional<Picture> render(sim::debug::WatchedMachine& session, RenderOptions const& options, std::string& why) {
    auto screen = Screen::open({"Vivarium", options.width, options.height, true}, why);
    if (!screen) return std::nullopt;
    widgets::set_style({options.theme, widgets::load_fonts(options.scale), options.scale});
    screen->fonts_changed();
    SessionDoor door(session);
    Shell shell(door);
    shell.bare = options.bare;
    // The first frame learns how much room there is; then the scene is chosen.
    screen->frame([&] { shell.draw(session.snapshot()); });
    if (auto const* perspective = std::get_if<model::Perspective>(&options.scene)) shell.show(*perspective);
    if (auto const* view = std::get_if<model::ViewId>(&options.scene)) shell.show_alone(*view);
    if (options.prepare) options.prepare(shell);
    // Until the snapshot answers what the views ask for, and they have settled.
    for (int settled = 0, tries = 0; settled < 4 && tries < 40; ++tries) {
        screen->frame([&] { shell.draw(session.snapshot()); });
        auto snapshot = session.snapshot();
        if (snapshot->request && *snapshot->request == door.last())
            ++settled;
        else
            session.advance();
    }
    Picture picture = screen->read();
    if (options.bare)
        picture = cut_to_content(picture, options.theme->pane, static_cast<unsigned>(10 * options.scale));
    return picture;
}

}  // namespace viz::app
