// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sections of the file, written and read. docs/reference/albums.md
#include <algorithm>
#include <set>

#include "simulator/album/fields.hpp"

namespace sim::album {

namespace {

using debug::EventKind;
using debug::EventView;

constexpr std::string_view magic = "VIVALBUM";

enum class Section : std::uint8_t { about = 1, symbols, sources, code, events, console, parts, pages, moments };
constexpr char const* section_names[] = {"",       "about",   "symbols", "sources", "code",
                                         "events", "console", "parts",   "pages",   "moments"};

template <class V>
void about(V& v, Album& a) {
    v(a.title, a.image, a.memory_bytes, a.seed, a.ram, a.bookmarks, a.branches, a.end, a.end_ns, a.shares, a.cut);
}

// Events one after the other, their moments and times as what is added.
void put_events(Encoder& out, EventView const& view) {
    // Kinds are stored by name: others may come.
    std::vector<std::string> kinds;
    for (unsigned k = 0; k < static_cast<unsigned>(EventKind::count_); ++k)
        kinds.emplace_back(name_of(static_cast<EventKind>(k)));
    out(kinds, view.all.begin());
    for (auto const& group : view.groups) out(group.begin());
    out(view.all.size());
    debug::Event last;
    for (std::uint64_t n = view.all.begin(); n < view.all.end(); ++n) {
        debug::Event const& e = view.all[n];
        std::uint64_t const later = e.at.retired - last.at.retired;
        out(later, later ? e.at.sub : e.at.sub - last.at.sub, e.virtual_ns - last.virtual_ns, e.kind, e.cpu, e.a,
            e.b, e.c, e.packet ? std::uint64_t{1} + e.packet->size() : std::uint64_t{0});
        if (e.packet) out.raw(*e.packet);
        last = e;
    }
    std::vector<EventView::Naming> const none;
    out(view.names ? *view.names : std::vector<std::string>{}, view.namings ? *view.namings : none,
        view.states ? *view.states : std::vector<std::string>{});
}

EventView get_events(Decoder& in) {
    std::vector<std::string> names_of_kinds;
    in(names_of_kinds);
    std::vector<EventKind> kinds;
    for (std::string const& name : names_of_kinds) {
        unsigned k = 0;
        while (k < static_cast<unsigned>(EventKind::count_) && name != name_of(static_cast<EventKind>(k))) ++k;
        kinds.push_back(static_cast<EventKind>(k));
    }
    std::uint64_t first = 0, count = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(debug::EventGroup::count_)> groups{};
    in(first, groups, count);
    constexpr std::uint64_t far = std::uint64_t{1} << 48;
    if (first > far || std::ranges::any_of(groups, [&](auto n) { return n > far; })) in.wrong("too many events");
    if (count > most_events || count > in.left()) in.wrong("a list is longer than the file, or than it can be");
    debug::EventIndex index(static_cast<std::size_t>(count));
    index.start_at(first, groups);
    debug::Event last;
    for (std::uint64_t i = 0; i < count; ++i) {
        debug::Event e;
        std::uint64_t later = 0, sub = 0, ns = 0, bytes = 0, kind = 0;
        in(later, sub, ns, kind, e.cpu, e.a, e.b, e.c, bytes);
        e.at = {last.at.retired + later, later ? sub : last.at.sub + sub};
        e.virtual_ns = last.virtual_ns + ns;
        e.kind = kind < kinds.size() ? kinds[static_cast<std::size_t>(kind)] : EventKind::count_;
        if (e.kind == EventKind::count_) in.wrong("an event of a kind that this program does not know");
        if (e.at < last.at || e.virtual_ns < last.virtual_ns || e.virtual_ns >= machine::end_of_time_ns)
            in.wrong("events are not in order");
        if (bytes) {
            auto const frame = in.raw(bytes - 1);
            e.packet = std::make_shared<std::vector<std::uint8_t>>(frame.begin(), frame.end());
        }
        last = e;
        index.restore(std::move(e));
    }
    std::vector<std::string> names, states;
    std::vector<EventView::Naming> namings;
    in(names, namings, states);
    if (!index.restore_names(std::move(names), std::move(namings))) in.wrong("names that cannot be");
    if (!states.empty()) index.name_states(std::move(states));
    return index.view();
}

void put_contents(Encoder& out, Contents const& contents) {
    out(std::uint64_t{contents.size()});
    for (auto const& one : contents.stored()) {
        out(std::uint64_t{one.size()});
        out.raw(one);
    }
}

void get_contents(Decoder& in, Contents& contents) {
    for (std::uint64_t count = in.number(); count > 0; --count) {
        auto const one = in.raw(in.number());
        contents.take_in({one.begin(), one.end()});
    }
}

// What a view may rely on, but for what the parts say: those are read when they are
// looked at. None, or why it is no album.
char const* what_is_wrong(Album const& a) {
    if (a.memory_bytes > most_memory) return "more memory than a machine has";
    for (auto const& ram : a.ram)
        if (ram.start % page_bytes || ram.length % page_bytes || ram.length > most_memory || ram.start > most_memory)
            return "memory where none can be";
    if (a.end_ns >= machine::end_of_time_ns) return "a time past the end of time";
    if (a.moments.empty() || a.moments.size() > most_moments) return "no moments, or too many";
    AlbumMoment const* last = nullptr;
    for (AlbumMoment const& m : a.moments) {
        if (last && (m.at <= last->at || m.virtual_ns < last->virtual_ns)) return "moments are not in order";
        if (m.virtual_ns >= machine::end_of_time_ns) return "a time past the end of time";
        if (m.state > debug::RunState::ended) return "a state that there is not";
        if (m.console_begin > m.console_end || m.console_end > a.console.size()) return "console text that is missing";
        for (std::uint32_t part : m.parts)
            if (part >= a.parts.size()) return "a part that is missing";
        for (auto const& [page, content] : m.pages)
            if (content >= a.pages.size() || page > most_memory / page_bytes) return "a page that is missing";
        last = &m;
    }
    for (Instruction const& i : a.code)
        if (i.what.length == 0 || i.what.length > i.what.bytes.size() || i.mode > debug::CodeMode::bits64)
            return "an instruction without bytes";
    return nullptr;
}

}  // namespace

namespace {

// Calls `each` with the number of each section and its bytes, in order.
template <class Each>
void sections(Album const& album, Each each) {
    auto const section = [&](Section which, auto const&... values) {
        Encoder body;
        body(values...);
        each(which, body.take());
    };
    auto const filled = [&](Section which, auto const& fill) {
        Encoder body;
        fill(body);
        each(which, body.take());
    };
    filled(Section::about, [&](Encoder& e) { about(e, const_cast<Album&>(album)); });  // reads it only
    section(Section::symbols, *album.symbols);
    section(Section::sources, album.sources);
    section(Section::code, album.code);
    filled(Section::events, [&](Encoder& e) { put_events(e, album.events); });
    section(Section::console, album.console);
    filled(Section::parts, [&](Encoder& e) { put_contents(e, album.parts); });
    filled(Section::pages, [&](Encoder& e) { put_contents(e, album.pages); });
    section(Section::moments, album.moments);
}

bool holds_contents(Section which) { return which == Section::parts || which == Section::pages; }

}  // namespace

std::vector<std::uint8_t> write_album(Album const& album) {
    auto const refuse = [](std::string const& why) {
        throw AlbumError("this recording does not fit into an album: " + why);
    };
    if (char const* why = what_is_wrong(album)) refuse(why);
    Encoder out;
    out.raw(std::span(reinterpret_cast<std::uint8_t const*>(magic.data()), magic.size()));
    out(version);
    sections(album, [&](Section which, std::vector<std::uint8_t> const& body) {
        if (body.size() > most_section && !holds_contents(which))
            refuse(std::string("too much in the section ") + section_names[static_cast<std::size_t>(which)]);
        out(which, std::uint64_t{body.size()});
        out.raw(body);
        if (out.size() > most_bytes) refuse("it would be too large");
    });
    return out.take();
}

std::uint64_t bytes_but_moments(Album const& album) {
    std::uint64_t sum = 0;
    sections(album, [&](Section which, std::vector<std::uint8_t> const& body) {
        if (!holds_contents(which) && which != Section::moments) sum += body.size();
    });
    return sum;
}

std::shared_ptr<Album const> read_album(std::span<std::uint8_t const> bytes) {
    if (bytes.size() < magic.size() || !std::equal(magic.begin(), magic.end(), bytes.begin()))
        throw AlbumError("this is no album; ./viv export RECORDING --album -o FILE makes one");
    if (bytes.size() > most_bytes) throw AlbumError("the album is too large");
    Decoder file(bytes.subspan(magic.size()), "the file");
    if (std::uint64_t const v = file.number(); v != version)
        throw AlbumError("the album has version " + std::to_string(v) + ", this program reads version " +
                         std::to_string(version));
    auto album = std::make_shared<Album>();
    auto const symbols = std::make_shared<debug::Symbols>();
    album->symbols = symbols;
    for (unsigned i = 1; i < std::size(section_names); ++i) {
        if (file.number() != i) file.wrong("a section is missing");
        std::uint64_t const length = file.number();
        auto const body = file.raw(length);
        Decoder in(body, section_names[i]);
        auto const which = static_cast<Section>(i);
        if (body.size() > most_section && which != Section::pages && which != Section::parts)
            in.wrong("it is too large");
        switch (which) {
            case Section::about:
                about(in, *album);
                break;
            case Section::symbols:
                in(*symbols);
                break;
            case Section::sources:
                in(album->sources);
                break;
            case Section::code:
                in(album->code);
                break;
            case Section::events:
                album->events = get_events(in);
                break;
            case Section::console:
                in(album->console);
                break;
            case Section::parts:
                get_contents(in, album->parts);
                break;
            case Section::pages:
                get_contents(in, album->pages);
                break;
            case Section::moments:
                in(album->moments);
                break;
        }
        in.finish();
    }
    file.finish();
    if (char const* why = what_is_wrong(*album)) file.wrong(why);
    return album;
}

std::string describe(Album const& album) {
    std::string text = std::to_string(album.moments.size()) + " moments of " + album.title;
    std::string_view between = ": ";
    for (Share const& share : album.shares) {
        text += std::string(between) + (share.here == share.all ? "all " : std::to_string(share.here) + " of ") +
                std::to_string(share.all) + " " + share.what;
        between = ", ";
    }
    if (!album.cut.empty()) text += "; " + album.cut;
    return text;
}

}  // namespace sim::album
