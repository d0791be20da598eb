// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bookmarks: named moments that travel in the recording.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/text.hpp"
#include "visualizer/model/bookmark_text.hpp"
#include "visualizer/model/desk.hpp"

namespace viz::model {

using sim::recording::Bookmark;

namespace {

constexpr std::size_t longest_name = 60, longest_text = 2000;

std::string trimmed(std::string_view text) {
    std::size_t const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

// Empty: it can be one.
std::string why_no_name(std::string const& name) {
    if (name.empty()) return "a bookmark wants a name";
    if (name.size() > longest_name)
        return fmt::format("a bookmark's name has at most {} letters", longest_name);
    // They mean something where names are typed: FILE@bookmark:NAME, NAME = TEXT.
    if (name.find_first_of("@=\n") != std::string::npos) return "a bookmark's name has no @ and no =";
    return "";
}

std::string made_up_name(std::vector<Bookmark> const& all) {
    for (std::size_t n = all.size() + 1;; ++n) {
        std::string name = fmt::format("bookmark {}", n);
        if (std::ranges::find(all, name, &Bookmark::name) == all.end()) return name;
    }
}

}  // namespace

void Desk::change_bookmark(Request const& request) {
    auto const& now = model_.now();
    auto const& all = bookmarks_of(now);
    auto const* const typed = std::get_if<std::string>(&request.argument);
    if (request.id == CommandId::set_bookmark) {
        std::string name = typed ? trimmed(*typed) : made_up_name(all);
        if (std::string const why = why_no_name(name); !why.empty()) return refuse(why);
        Bookmark bookmark{std::move(name), now.moment, "", "", {}};
        // What fills the window, or the views that address: seen again when one comes back.
        if (one_view()) bookmark.view = info(layout_.nodes[0].tabs[0]).name;
        if (state_.memory_address && state_.memory_space == sim::debug::AddressSpace::virtual_)
            bookmark.address = state_.memory_address;
        return door_.post(sim::debug::SetBookmark{std::move(bookmark)});
    }
    if (!typed) return;
    if (request.id == CommandId::remove_bookmark) {
        std::string const name = trimmed(*typed);
        if (std::ranges::find(all, name, &Bookmark::name) == all.end())
            return refuse(no_such_bookmark(name, now));
        return door_.post(sim::debug::RemoveBookmark{name});
    }
    std::size_t const equals = typed->find('=');
    if (equals == std::string::npos)
        return refuse(request.id == CommandId::rename_bookmark ? "want NAME = NEW NAME" : "want NAME = TEXT");
    std::string const name = trimmed(typed->substr(0, equals));
    std::string fresh = trimmed(typed->substr(equals + 1));
    auto const found = std::ranges::find(all, name, &Bookmark::name);
    if (found == all.end()) return refuse(no_such_bookmark(name, now));
    Bookmark bookmark = *found;
    if (request.id == CommandId::rename_bookmark) {
        if (std::string const why = why_no_name(fresh); !why.empty()) return refuse(why);
        if (fresh == name) return;
        bookmark.name = std::move(fresh);
    } else {
        if (fresh.size() > longest_text)
            return refuse(fmt::format("what a bookmark says has at most {} letters", longest_text));
        bookmark.text = std::move(fresh);
    }
    door_.post(sim::debug::SetBookmark{std::move(bookmark), name});
}

std::string no_such_bookmark(std::string const& name, sim::debug::Snapshot const& now) {
    std::string names;
    for (Bookmark const& one : bookmarks_of(now)) names += (names.empty() ? "" : ", ") + one.name;
    return names.empty() ? fmt::format("no bookmark \"{}\": this recording has none", name)
                         : fmt::format("no bookmark \"{}\": there are {}", name, names);
}

}  // namespace viz::model
