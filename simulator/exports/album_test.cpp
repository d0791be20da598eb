// SPDX-License-Identifier: GPL-2.0-or-later
//
// An album of a machine that lives on a script: written, packed, read back, and looked
// at; and what becomes of damaged ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "simulator/album/album_file.hpp"
#include "simulator/album/album_life.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/exports/album_export.hpp"
#include "tests/fakes/script_machine.hpp"

namespace sim::exports {
namespace {

using album::Album;
using album::AlbumError;
using album::AlbumLife;
using album::Contents;
using debug::Session;
using debug::StepUnit;
using debug::ViewRequest;
using machine::Moment;
using ::testing::HasSubstr;

constexpr Moment until{400, 0};

AlbumOptions up_to(std::size_t most_moments = 100) {
    AlbumOptions options;
    options.until = until;
    options.most_moments = most_moments;
    return options;
}
std::vector<std::uint8_t> bytes_of(AlbumOptions const& options = up_to()) {
    Session session(debug::script::subject());
    session.perform(debug::SeekTo{until});
    return album::write_album(make_album(session, options));
}
std::vector<std::uint8_t> const& the_bytes() {
    static std::vector<std::uint8_t> const bytes = bytes_of();
    return bytes;
}

// All that can be asked.
ViewRequest everything() {
    ViewRequest request = ViewRequest::everything();
    request.walk = debug::WalkRequest{0x4000};
    request.memory.push_back({debug::AddressSpace::physical, (1 << 20) - 256, 512});  // half of it past the end
    request.memory.push_back({debug::AddressSpace::virtual_, 0x4ffc, 300});
    return request;
}

// What a view prints, but for how it can be gone to.
std::string printed(debug::Snapshot const& s, std::string_view view) {
    std::string text = debug::print_view(s, view).value_or("none");
    if (auto const at = text.find("checkpoints:"); at != std::string::npos)
        text.erase(at, text.find('\n', at) - at);
    return text;
}

TEST(Album, shows_at_each_of_its_moments_what_the_machine_showed) {
    auto const album = album::read_album(album::unpacked(album::packed(the_bytes())));
    ASSERT_GT(album->moments.size(), 20U);
    Session session(debug::script::subject());
    session.perform(debug::SeekTo{until});
    session.request(everything());
    AlbumLife life(album);
    life.request(everything());
    album::Memory const memory(*album);
    std::vector<std::uint8_t> real_ram(1 << 20), album_ram(1 << 20);
    for (auto const& moment : album->moments) {
        life.post(debug::SeekTo{moment.at});
        life.advance();
        auto const real = session.perform(debug::SeekTo{moment.at});
        auto const shown = life.snapshot();
        ASSERT_EQ(real->moment, shown->moment);
        EXPECT_EQ("", shown->last_command.text);
        EXPECT_EQ(real->virtual_ns, shown->virtual_ns);
        EXPECT_EQ(real->cpu, shown->cpu);
        EXPECT_EQ(real->tlb, shown->tlb);
        EXPECT_EQ(real->state, shown->state);
        ASSERT_EQ(real->memory.size(), shown->memory.size());
        for (std::size_t i = 0; i < real->memory.size(); ++i) {
            EXPECT_EQ(real->memory[i].bytes, shown->memory[i].bytes) << to_string(moment.at) << " block " << i;
            EXPECT_EQ(real->memory[i].mapped(256), shown->memory[i].mapped(256));
        }
        EXPECT_TRUE(session.world().machine().peek(0, real_ram));
        EXPECT_TRUE(memory.read(life.moment(), 0, album_ram));
        EXPECT_EQ(real_ram, album_ram) << to_string(moment.at);
        for (auto const& view : debug::text_views())
            if (std::string_view(view.name) != "heat") {  // from checkpoint to checkpoint: an album has its own
                EXPECT_EQ(printed(*real, view.name), printed(*shown, view.name))
                    << view.name << " at " << to_string(moment.at);
            }
    }
}

TEST(Album, has_all_events_with_their_packets_and_names) {
    auto const album = album::read_album(the_bytes());
    Session session(debug::script::subject());
    auto const real = session.perform(debug::SeekTo{until});
    ASSERT_EQ(real->events.all.size(), album->events.all.size());
    ASSERT_FALSE(real->events.group(debug::EventGroup::packets).empty());
    for (std::uint64_t n = 0; n < real->events.all.end(); ++n) {
        EXPECT_EQ(describe(n, real->events), describe(n, album->events));
        auto const& a = real->events.all[n].packet;
        auto const& b = album->events.all[n].packet;
        ASSERT_EQ(!a, !b);
        if (a) {
            EXPECT_EQ(*a, *b);
        }
    }
    EXPECT_THAT(describe(*album), HasSubstr("packets"));
}

TEST(AlbumLife, tells_when_a_page_last_changed_from_moment_to_moment) {
    AlbumLife life(album::read_album(the_bytes()));
    ViewRequest request;
    request.heat = true;
    life.request(request);
    life.advance();
    auto const last = life.snapshot();
    ASSERT_TRUE(last->heat);
    EXPECT_EQ(life.album().moments.size() - 1, last->heat->stretches.size());
    auto const* const stored = last->heat->last_change(4);  // the script stores at 0x4000 again and again
    ASSERT_TRUE(stored);
    EXPECT_LE(stored->to, last->moment);
    EXPECT_GT(stored->to, (Moment{100, 0}));
    EXPECT_FALSE(last->heat->last_change(100));  // nobody ever writes there
    life.post(debug::SeekTo{{}});
    life.advance();
    EXPECT_FALSE(life.snapshot()->heat->last_change(4));
}

TEST(AlbumLife, goes_to_the_nearest_moment_and_says_so) {
    AlbumLife life(album::read_album(the_bytes()));
    auto const& moments = life.album().moments;
    Moment const second = moments[1].at;
    life.post(debug::SeekTo{{second.retired, second.sub + 1}});
    life.advance();
    if (moments[2].at != Moment{second.retired, second.sub + 1}) {
        EXPECT_EQ(second, life.snapshot()->moment);
        EXPECT_THAT(life.snapshot()->last_command.text, HasSubstr("is not in this album"));
        EXPECT_TRUE(life.snapshot()->last_command.done);
    }
    life.post(debug::SeekTo{{UINT64_MAX, 0}});
    life.advance();
    EXPECT_EQ(moments.back().at, life.snapshot()->moment);
}

TEST(AlbumLife, steps_by_events_and_by_its_own_moments) {
    AlbumLife life(album::read_album(the_bytes()));
    auto const go = [&](debug::Command command) {
        life.post(std::move(command));
        life.advance();
        return life.snapshot();
    };
    go(debug::SeekTo{{}});
    auto const packet = go(debug::Step{StepUnit::packet});
    auto const first = packet->events.nth(debug::EventGroup::packets, 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(packet->events.all[*first].at, packet->moment);
    auto const later = go(debug::Step{});
    EXPECT_GT(later->moment, packet->moment);
    EXPECT_THAT(later->last_command.text, HasSubstr("next moment of the album"));
    EXPECT_EQ(packet->moment, go(debug::Step{StepUnit::instruction, debug::Direction::backward})->moment);
    go(debug::SeekTo{{}});
    EXPECT_THAT(go(debug::Step{StepUnit::instruction, debug::Direction::backward})->last_command.text,
                HasSubstr("first moment"));
    EXPECT_THAT(go(debug::Step{StepUnit::packet, debug::Direction::backward})->last_command.text,
                HasSubstr("no packet"));
}

TEST(AlbumLife, plays_one_moment_after_the_other_until_the_end_or_a_pause) {
    AlbumLife life(album::read_album(the_bytes()));
    life.post(debug::SeekTo{{}});
    life.post(debug::Run{});
    EXPECT_TRUE(life.advance());
    EXPECT_EQ(1U, life.moment());
    EXPECT_EQ(debug::RunState::running, life.snapshot()->state);
    EXPECT_TRUE(life.advance());
    life.post(debug::Pause{});
    EXPECT_FALSE(life.advance());
    EXPECT_EQ(2U, life.moment());
    life.post(debug::Run{});
    std::size_t steps = 0;
    while (life.advance() && steps < 1000) ++steps;
    EXPECT_EQ(life.album().moments.size() - 1, life.moment());
}

TEST(AlbumLife, refuses_what_needs_a_machine_with_the_reason) {
    AlbumLife life(album::read_album(the_bytes()));
    for (debug::Command const& command : std::initializer_list<debug::Command>{
             debug::Poke{debug::AddressSpace::physical, 0x4000, {1}}, debug::TypeText{"x"}, debug::Ask{"threads"},
             debug::SetBreakpoint{1}, debug::AddStop{}, debug::Fork{}, debug::SelectProcessor{7}}) {
        life.post(command);
        life.advance();
        EXPECT_FALSE(life.snapshot()->last_command.done) << describe(command);
        EXPECT_THAT(life.snapshot()->last_command.text, HasSubstr("has no machine"));
    }
}

TEST(Album, holds_as_many_moments_as_was_said_and_tells_what_is_missing) {
    auto const few = album::read_album(bytes_of(up_to(12)));
    EXPECT_LE(few->moments.size(), 14U);
    EXPECT_EQ(until, few->moments.back().at);
    EXPECT_THAT(describe(*few), HasSubstr(" of "));
    AlbumOptions little = up_to();
    little.most_bytes = 6000;
    auto const cut = album::read_album(bytes_of(little));
    EXPECT_LT(cut->moments.size(), album::read_album(the_bytes())->moments.size());
    EXPECT_THAT(describe(*cut), HasSubstr("became too large"));
}

TEST(Album, is_never_larger_than_a_reader_takes) {
    std::size_t fewest = SIZE_MAX, most = 0;
    for (std::uint64_t room = the_bytes().size() * 2; room > 0; room = room * 3 / 4) {
        AlbumOptions options = up_to();
        options.most_total = room;
        std::vector<std::uint8_t> bytes;
        try {
            bytes = bytes_of(options);
        } catch (std::runtime_error const& error) {
            EXPECT_THAT(error.what(), HasSubstr("too large"));
            EXPECT_LT(room, the_bytes().size());
            break;
        }
        EXPECT_LE(bytes.size(), room);
        auto const album = album::read_album(bytes);
        fewest = std::min(fewest, album->moments.size());
        most = std::max(most, album->moments.size());
        AlbumLife life(album);
        EXPECT_THAT(life.snapshot()->kernel.problem, ::testing::Not(HasSubstr("damaged"))) << room;
    }
    EXPECT_LT(fewest, most);
}

TEST(Album, leaves_the_oldest_events_and_too_much_text_out) {
    auto const all = album::read_album(the_bytes());
    AlbumOptions options = up_to();
    options.most_event_bytes = 1000;
    options.most_code_bytes = 0;
    auto const some = album::read_album(bytes_of(options));
    EXPECT_EQ(all->events.all.end(), some->events.all.end());
    EXPECT_GT(some->events.all.begin(), 0U);
    EXPECT_GT(some->events.all.size(), 0U);
    EXPECT_TRUE(some->code.empty());
    EXPECT_EQ(some->events.forgotten, some->events.all.begin());
    // A packet keeps its number.
    auto const last = all->events.group(debug::EventGroup::packets).end();
    EXPECT_EQ(all->events.nth(debug::EventGroup::packets, last), some->events.nth(debug::EventGroup::packets, last));
    EXPECT_FALSE(some->events.nth(debug::EventGroup::packets, 1));
}

TEST(Album, that_a_reader_would_refuse_is_not_written) {
    Album empty;
    EXPECT_THROW(album::write_album(empty), AlbumError);
    Album many = *album::read_album(the_bytes());
    for (std::size_t i = many.moments.size(); i <= album::most_moments; ++i) {
        many.moments.push_back(many.moments.back());
        many.moments.back().pages.clear();
        ++many.moments.back().at.retired;
    }
    EXPECT_THROW(album::write_album(many), AlbumError);
    many.moments.pop_back();
    EXPECT_EQ(album::most_moments, album::read_album(album::write_album(many))->moments.size());
}

TEST(Album, holds_the_name_of_its_image_without_its_folder) {
    Session session(debug::script::subject(debug::script::ticking, 9, "/home/somebody/secret/kernel.elf"));
    session.perform(debug::SeekTo{until});
    auto const bytes = album::write_album(make_album(session, up_to(10)));
    EXPECT_EQ("kernel.elf", album::read_album(bytes)->image);
    EXPECT_EQ(std::string::npos, std::string(bytes.begin(), bytes.end()).find("secret"));
}

TEST(Album, written_again_is_the_same_bytes) {
    EXPECT_EQ(the_bytes(), bytes_of());
    EXPECT_EQ(the_bytes(), album::write_album(*album::read_album(the_bytes())));
}

// ---- hostile ----

// Opened and looked at whole, or refused by an AlbumError: nothing else.
bool opens(std::span<std::uint8_t const> bytes) {
    std::shared_ptr<Album const> album;
    try {
        album = album::read_album(bytes);
    } catch (AlbumError const&) {
        return false;
    }
    AlbumLife life(album);
    life.request(everything());
    for (std::size_t i = 0; i < std::min<std::size_t>(album->moments.size(), 4); ++i) {
        life.post(debug::SeekTo{album->moments[i].at});
        life.advance();
        for (auto const& view : debug::text_views()) debug::print_view(*life.snapshot(), view.name);
    }
    return true;
}

TEST(HostileAlbum, cut_short_anywhere_it_is_refused) {
    auto const& bytes = the_bytes();
    ASSERT_TRUE(opens(bytes));
    for (std::size_t n = 0; n < bytes.size(); n += n < 200 ? 1 : bytes.size() / 60)
        EXPECT_FALSE(opens(std::span(bytes).first(n))) << n;
    auto longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(opens(longer));
}

TEST(HostileAlbum, changed_bytes_are_refused_or_shown_but_never_believed_further) {
    std::mt19937 random(1);
    unsigned refused = 0;
    constexpr unsigned tries = 250;
    for (unsigned i = 0; i < tries; ++i) {
        auto bytes = the_bytes();
        for (unsigned changes = random() % 4 + 1; changes > 0; --changes)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(i % 3 ? random() : 0xff);
        refused += !opens(bytes);
    }
    EXPECT_GT(refused, tries / 10);
}

TEST(HostileAlbum, no_file_no_gzip_and_a_bomb_are_refused_with_one_line) {
    auto const why = [](auto const& what) {
        try {
            what();
        } catch (AlbumError const& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    EXPECT_THAT(why([] { album::open_album("/nonexistent.album"); }), HasSubstr("/nonexistent.album"));
    std::vector<std::uint8_t> const text{'h', 'e', 'l', 'l', 'o'};
    EXPECT_THAT(why([&] { album::unpacked(text); }), HasSubstr("viv export"));
    EXPECT_THAT(why([&] { album::read_album(text); }), HasSubstr("viv export"));
    auto packed = album::packed(the_bytes());
    packed.resize(packed.size() / 2);
    EXPECT_THAT(why([&] { album::unpacked(packed); }), HasSubstr("cut short"));
    std::vector<std::uint8_t> other(the_bytes());
    other[8] = 9;
    EXPECT_THAT(why([&] { album::read_album(other); }), HasSubstr("version 9"));
}

TEST(HostileAlbum, a_small_file_that_unpacks_to_too_much_is_refused) {
    auto const bomb = album::packed(std::vector<std::uint8_t>(9 << 20));
    EXPECT_LT(bomb.size(), 20U << 10);
    EXPECT_THROW(album::unpacked(bomb, 8 << 20), AlbumError);
    EXPECT_EQ(9U << 20, album::unpacked(bomb, 9 << 20).size());
}

// What would take minutes if it cost the square of its length.
TEST(HostileAlbum, many_events_and_names_at_one_moment_are_read_in_one_go) {
    Album album = *album::read_album(the_bytes());
    constexpr std::size_t count = 300'000, names = 60'000;
    debug::EventIndex index(count);
    for (std::size_t i = 0; i < count; ++i) {
        debug::Event e;
        e.kind = debug::EventKind::thread_wake;
        e.a = i;
        index.restore(std::move(e));
    }
    std::vector<std::string> all;
    std::vector<debug::EventView::Naming> namings;
    for (std::uint32_t i = 0; i < names; ++i) {
        all.push_back("thread " + std::to_string(i));
        namings.push_back({i, 0, i});
    }
    ASSERT_TRUE(index.restore_names(all, namings));
    album.events = index.view();
    auto const read = album::read_album(album::write_album(album));
    EXPECT_EQ(count, read->events.all.size());
    EXPECT_EQ("thread 59999", read->events.thread_name(59'999));
    EXPECT_EQ("thread 7", read->events.thread_name(7, std::uint64_t{100}));
}

TEST(HostileAlbum, the_processors_of_a_moment_are_read_when_it_is_looked_at) {
    Album album = *album::read_album(the_bytes());
    auto const part = static_cast<std::size_t>(album::Part::processors);
    std::vector<debug::ProcessorInfo> crowd(10'000);
    std::uint32_t const crowded = album.parts.add(album::processors_part(crowd));
    std::uint32_t const nobody = album.parts.add(album::processors_part({}));
    album::AlbumMoment last = album.moments.back();
    last.pages.clear();
    last.parts[part] = crowded;
    for (unsigned i = 0; i < 50'000; ++i) {
        ++last.at.retired;
        album.moments.push_back(last);
    }
    ++last.at.retired;
    last.parts[part] = nobody;
    album.moments.push_back(last);
    AlbumLife life(album::read_album(album::write_album(album)));
    EXPECT_THAT(life.snapshot()->kernel.problem, HasSubstr("no processors"));
    for (auto const& view : debug::text_views()) debug::print_view(*life.snapshot(), view.name);
    life.post(debug::Step{StepUnit::instruction, debug::Direction::backward});
    life.advance();
    EXPECT_THAT(life.snapshot()->stop_reason, HasSubstr("too many"));
    EXPECT_EQ(1U, life.snapshot()->processors.size());
    life.post(debug::SeekTo{{}});
    life.advance();
    EXPECT_THAT(life.snapshot()->kernel.problem, ::testing::Not(HasSubstr("damaged")));
}

TEST(HostileAlbum, names_that_are_not_in_order_or_nobodys_are_refused) {
    using Naming = debug::EventView::Naming;
    for (auto const& namings : {std::vector<Naming>{{2, 0, 0}, {1, 0, 0}}, std::vector<Naming>{{1, 0, 2}}}) {
        Album album = *album::read_album(the_bytes());
        album.events.names = std::make_shared<std::vector<std::string>>(2, "a");
        album.events.namings = std::make_shared<std::vector<Naming>>(namings);
        EXPECT_THROW(album::read_album(album::write_album(album)), AlbumError);
    }
}

TEST(HostileAlbum, a_frame_of_nobodys_is_in_no_view) {
    Album album = *album::read_album(the_bytes());
    debug::KernelView kernel;
    auto frames = std::make_shared<debug::FrameMap>();
    frames->owners = {"free"};
    frames->frames_by_owner = {1};
    frames->owner = {7};
    kernel.frames = std::move(frames);
    for (auto& moment : album.moments)
        moment.parts[static_cast<std::size_t>(album::Part::frames)] =
            album.parts.add(album::kernel_part(album::Part::frames, kernel));
    AlbumLife life(album::read_album(album::write_album(album)));
    EXPECT_THAT(life.snapshot()->kernel.problem, HasSubstr("nobody"));
    EXPECT_FALSE(life.snapshot()->kernel.frames);
}

// ---- contents ----

TEST(Contents, give_back_what_was_put_in_and_keep_equal_ones_once) {
    std::mt19937 random(2);
    Contents contents(8192);
    std::vector<std::vector<std::uint8_t>> all;
    std::vector<std::uint32_t> numbers;
    std::vector<std::uint8_t> page(4096);
    for (auto& b : page) b = static_cast<std::uint8_t>(random());
    for (unsigned i = 0; i < 200; ++i) {
        for (unsigned n = random() % 6; n > 0; --n) page[random() % page.size()] = static_cast<std::uint8_t>(random());
        if (i % 17 == 0) page.insert(page.begin() + static_cast<std::ptrdiff_t>(random() % page.size()), 7, 0x55);
        if (i % 23 == 0) page.resize(page.size() - 9);
        all.push_back(page);
        numbers.push_back(contents.add(page, numbers.empty() ? Contents::none : numbers.back()));
    }
    for (unsigned i = 0; i < 200; ++i) EXPECT_EQ(all[i], contents.get(numbers[i])) << i;
    EXPECT_EQ(numbers[50], contents.add(all[50]));
    EXPECT_LT(contents.bytes(), 200U * 4096 / 8);  // differences are small
    Contents copy(8192);
    for (auto const& stored : contents.stored()) copy.take_in(stored);
    for (unsigned i = 0; i < 200; ++i) EXPECT_EQ(all[i], copy.get(numbers[i])) << i;
}

TEST(Contents, that_are_taken_back_were_never_there) {
    Contents contents(100);
    std::vector<std::uint8_t> const a(50, 1), b(50, 2);
    contents.add(a);
    std::uint64_t const bytes = contents.bytes();
    contents.add(b);
    contents.truncate(1);
    EXPECT_EQ(bytes, contents.bytes());
    EXPECT_EQ(0U, contents.add(a));
    EXPECT_EQ(1U, contents.add(b));
    EXPECT_EQ(b, contents.get(1));
}

TEST(Contents, refuse_chains_that_are_too_long_and_bases_that_are_not_there) {
    Contents contents(100);
    contents.take_in({0, 0, 0, 1, 'a'});
    for (unsigned i = 1; i <= Contents::longest_chain; ++i)
        contents.take_in({static_cast<std::uint8_t>(i), 1, 0, 0});
    EXPECT_THROW(contents.take_in({Contents::longest_chain + 1, 1, 0, 0}), AlbumError);
    EXPECT_THROW(contents.take_in({99, 1, 0, 0}), AlbumError);
    EXPECT_THROW(contents.take_in({1, 2, 0, 0}), AlbumError);              // keeps more than there is
    EXPECT_THROW(contents.take_in({0, 0, 0, 101}), AlbumError);            // more than the file has
    EXPECT_THROW(contents.take_in({0, 0, 0, 0}), AlbumError);              // a piece of nothing
    EXPECT_EQ("a", std::string(1, static_cast<char>(contents.get(Contents::longest_chain)[0])));
}

}  // namespace
}  // namespace sim::exports
