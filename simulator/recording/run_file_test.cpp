// SPDX-License-Identifier: GPL-2.0-or-later
//
// The .run file: what is written comes back, and whatever happens to the file
// on the way is noticed and said.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/run_reader.hpp"
#include "simulator/recording/run_writer.hpp"
#include "simulator/recording/sha256.hpp"

namespace sim::recording {
namespace {

using Bytes = std::vector<std::uint8_t>;
namespace fs = std::filesystem;

struct Folder {
    fs::path path = fs::temp_directory_path() / ("viv-run-file-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
};

machine::MachineConfig config() {
    machine::MachineConfig result;
    Bytes const image{0x7F, 'E', 'L', 'F', 1, 2, 3};
    result.image = {"images/http.elf", sha256(image), std::make_shared<Bytes const>(image)};
    result.command_line = "exit-after=5 \"quoted\"";
    result.seed = 42;
    result.memory_bytes = 32 << 20;
    return result;
}

std::vector<machine::Input> some_inputs() {
    using machine::InputKind;
    return {
        {{1000, 0}, 1000, "net0", InputKind::frame, Bytes(60, 0xAA)},
        {{1000, 1}, 1000, "net0", InputKind::frame, Bytes(1514, 0xBB)},
        {{1000, 4}, 5'000'000, "uart0", InputKind::console, {'h', 'i'}},
        {{70'000'000'000, 0}, 80'000'000'000, "memory", InputKind::poke, Bytes(9, 1)},
        {{70'000'000'000, 1}, 80'000'000'000, "net0", InputKind::link_state, {}},
    };
}

machine::MachineHash hash_of_parts(std::uint64_t base) {
    return {base, {{"cpu0", base + 1}, {"ram", base + 2}}};
}

End some_end() {
    End end;
    end.at = {70'000'000'001, 3};
    end.virtual_ns = 80'000'000'009;
    end.ending = Ending::exited;
    end.status = 7;
    end.hash = hash_of_parts(900);
    return end;
}

Bookmark some_bookmark() {
    return {"first-bad", {77, 1}, "\"quoted\", and \xff no text", "page-walk", 0xFFFF'FFFF'8010'0000};
}

Parent some_parent() { return {"fork", "a.run", {400, 2}, std::string(64, 'a')}; }

void write(fs::path const& path, bool embed = false) {
    RunWriter writer(path, config(), embed);
    for (auto const& input : some_inputs()) {
        writer.input(input);
        writer.flush();  // a section each: boundaries must not matter
    }
    writer.bookmark(some_bookmark());
    writer.parent(some_parent());
    writer.hash({{500, 0}, hash_of_parts(100)});
    writer.hash({{1000, 2}, hash_of_parts(200)});
    writer.finish(some_end());
}

Bytes read_bytes(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string error_of(Bytes const& file, Tolerance tolerance = Tolerance::whole) {
    try {
        read_run_bytes(file, "a.run", tolerance);
        return "";
    } catch (RunFileError const& error) {
        return error.what();
    }
}

// A recording as bytes, made once.
Bytes const& sample() {
    static Bytes const bytes = [] {
        Folder folder;
        write(folder.path / "a.run", true);
        return read_bytes(folder.path / "a.run");
    }();
    return bytes;
}

TEST(RunFile, the_machine_is_told_first_with_what_of_it_is_inside) {
    unsigned told = 0;
    Reading reading;
    reading.begins = [&](machine::MachineConfig const& machine) {
        ++told;
        EXPECT_EQ(machine.command_line, config().command_line);
        EXPECT_TRUE(machine.image.present());
    };
    // Whatever else is in the file: here nothing behind the first input.
    Bytes const& all = sample();
    for (std::size_t size = all.size(); told > 0 || size == all.size(); size -= 16) {
        told = 0;
        try {
            read_run_bytes(std::span(all).first(size), "a.run", Tolerance::salvage, max_unpacked_bytes, reading);
        } catch (RunFileError const&) {
        }
        ASSERT_TRUE(told == 1 || (told == 0 && size < all.size())) << told;
        ASSERT_GT(size, 16u);
    }
}

TEST(RunFile, what_is_written_comes_back) {
    Folder folder;
    write(folder.path / "a.run");
    Recording const got = read_run_file(folder.path / "a.run");
    EXPECT_EQ(got.engine, engine_version);
    EXPECT_EQ(got.config.image.name, "images/http.elf");
    EXPECT_EQ(got.config.image.sha256, config().image.sha256);
    EXPECT_FALSE(got.config.image.present());
    EXPECT_EQ(got.config.command_line, config().command_line);
    EXPECT_EQ(got.config.seed, 42u);
    EXPECT_EQ(got.config.memory_bytes, 32u << 20);
    EXPECT_EQ(got.inputs, some_inputs());
    ASSERT_EQ(got.hashes.size(), 2u);
    EXPECT_EQ(got.hashes[1].at, (machine::Moment{1000, 2}));
    EXPECT_EQ(got.hashes[1].hash, hash_of_parts(200));
    EXPECT_EQ(got.end.at, some_end().at);
    EXPECT_EQ(got.end.virtual_ns, some_end().virtual_ns);
    EXPECT_EQ(got.end.ending, Ending::exited);
    EXPECT_EQ(got.end.status, 7u);
    EXPECT_EQ(got.end.hash, some_end().hash);
    EXPECT_EQ(got.parent, some_parent());
    EXPECT_TRUE(got.complete);
}

TEST(RunFile, a_bookmark_comes_back) {
    Folder folder;
    write(folder.path / "a.run");
    auto const bookmarks = read_run_file(folder.path / "a.run").bookmarks;
    ASSERT_EQ(bookmarks.size(), 1u);
    Bookmark expected = some_bookmark();
    expected.text = "\"quoted\", and \xEF\xBF\xBD no text";  // what is no UTF-8 is replaced
    EXPECT_EQ(bookmarks[0], expected);
}

TEST(RunFile, embedded_image_comes_back) {
    Recording const got = read_run_bytes(sample(), "a.run");
    ASSERT_TRUE(got.config.image.present());
    EXPECT_EQ(*got.config.image.bytes, *config().image.bytes);
}

TEST(RunFile, cut_at_every_byte_is_an_error) {
    for (std::size_t length = 0; length < sample().size(); ++length) {
        std::string const error =
            error_of(Bytes(sample().begin(), sample().begin() + static_cast<std::ptrdiff_t>(length)));
        ASSERT_FALSE(error.empty()) << length;
        EXPECT_EQ(error.find('\n'), std::string::npos);
        if (length > 0) {
            EXPECT_NE(error.find("truncated"), std::string::npos) << length << ": " << error;
        }
    }
}

TEST(RunFile, salvage_gives_what_came_before_the_cut) {
    std::size_t most = 0;
    for (std::size_t length = 0; length < sample().size(); ++length) {
        Bytes const cut(sample().begin(), sample().begin() + static_cast<std::ptrdiff_t>(length));
        try {
            Recording const got = read_run_bytes(cut, "a.run", Tolerance::salvage);
            EXPECT_FALSE(got.complete);
            EXPECT_GE(got.inputs.size(), most);
            most = got.inputs.size();
            for (std::size_t i = 0; i < most; ++i) {
                EXPECT_EQ(got.inputs[i], some_inputs()[i]);
                EXPECT_LT(got.inputs[i].at, got.end.at);
            }
        } catch (RunFileError const& error) {
            EXPECT_EQ(most, 0u) << length << ": " << error.what();
        }
    }
    EXPECT_EQ(most, some_inputs().size());
}

TEST(RunFile, every_flipped_bit_is_an_error) {
    for (std::size_t at = 0; at < sample().size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            Bytes damaged = sample();
            damaged[at] ^= static_cast<std::uint8_t>(1u << bit);
            EXPECT_FALSE(error_of(damaged).empty()) << "byte " << at << " bit " << bit;
            error_of(damaged, Tolerance::salvage);  // must not crash
        }
}

TEST(RunFile, another_version_is_named) {
    Bytes file = sample();
    file[8] = 9;
    std::uint32_t const crc = crc32(std::span(file).first(12));
    for (unsigned i = 0; i < 4; ++i) file[12 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
    EXPECT_NE(error_of(file).find("version 9"), std::string::npos) << error_of(file);
}

TEST(RunFile, another_kind_of_file_is_named) {
    std::string const text =
        "\x7f"
        "ELF and the rest of a program";
    EXPECT_NE(error_of(Bytes(text.begin(), text.end())).find("no recording"), std::string::npos);
    EXPECT_THROW(read_run_file("/nowhere/a.run"), RunFileError);
    EXPECT_THROW(read_run_file(fs::temp_directory_path()), RunFileError);
}

TEST(RunFile, something_after_the_end_is_an_error) {
    Bytes file = sample();
    file.push_back(0);
    EXPECT_FALSE(error_of(file).empty());
}

// Every section, with its checksum put right after the damage: what the checks
// behind the checksum are for.
TEST(RunFile, wrong_content_under_a_right_checksum_never_crashes) {
    auto u32_at = [](Bytes const& b, std::size_t at) {
        return std::uint32_t{b[at]} | std::uint32_t{b[at + 1]} << 8 | std::uint32_t{b[at + 2]} << 16 |
               std::uint32_t{b[at + 3]} << 24;
    };
    unsigned refused = 0;
    for (std::size_t at = 16; at < sample().size(); at += 16 + u32_at(sample(), at + 8)) {
        std::size_t const size = 16 + u32_at(sample(), at + 8);
        for (std::size_t i = at; i < at + size; ++i) {
            if (i >= at + 8 && i < at + 16) continue;  // the stored length and the checksum itself
            for (std::uint8_t change : {0x01, 0x80, 0xFF}) {
                Bytes file = sample();
                file[i] ^= change;
                std::span<std::uint8_t const> const all(file);
                std::uint32_t const crc = crc32(all.subspan(at + 16, size - 16), crc32(all.subspan(at, 12)));
                for (unsigned k = 0; k < 4; ++k)
                    file[at + 12 + k] = static_cast<std::uint8_t>(crc >> (8 * k));
                refused += !error_of(file).empty();
            }
        }
    }
    EXPECT_GT(refused, 100u);
}

TEST(RunWriter, leaves_other_files_alone) {
    Folder folder;
    auto const thesis = folder.path / "thesis.tex";
    std::ofstream(thesis) << "years of work";
    EXPECT_THROW(RunWriter(thesis, config(), false), std::runtime_error);
    EXPECT_EQ(read_bytes(thesis).size(), 13u);
    EXPECT_THROW(RunWriter(folder.path / "nowhere" / "a.run", config(), false), std::runtime_error);
}

TEST(RunWriter, the_old_recording_stays_until_the_new_one_is_whole) {
    Folder folder;
    auto const path = folder.path / "a.run";
    write(path);
    Bytes const before = read_bytes(path);
    {
        RunWriter abandoned(path, config(), false);
        abandoned.input(some_inputs()[0]);
        abandoned.flush();
        EXPECT_EQ(read_bytes(path), before);
        Recording const part = read_run_file(abandoned.part_path(), Tolerance::salvage);
        EXPECT_EQ(part.inputs.size(), 1u);
    }
    EXPECT_EQ(read_bytes(path), before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), {}), 1);
}

// A request is about five frames that resemble those of the one before.
TEST(RunWriter, a_thousand_requests_fit_in_a_mebibyte) {
    Folder folder;
    auto const path = folder.path / "a.run";
    RunWriter writer(path, config(), false);
    std::uint64_t random = 1, now = 0;
    for (unsigned i = 0; i < 5000; ++i) {
        Bytes frame(i % 5 == 2 ? 132 : 60, 'x');
        for (std::size_t k = 34; k < 54; ++k) {  // ports, sequence numbers, checksums: not to be packed
            random = random * 6364136223846793005u + 1442695040888963407u;
            frame[k] = static_cast<std::uint8_t>(random >> 56);
        }
        now += 20'000 + (random >> 50);
        writer.input({{now, 1}, now, "net0", machine::InputKind::frame, frame});
    }
    writer.finish({{now + 1, 0}, now + 1, Ending::stopped, 0, 0, {}});
    EXPECT_LT(fs::file_size(path), 256u << 10);
}

// Everything that a recording holds, round and round until there is no room.
TEST(RunWriter, what_it_writes_finds_room_in_the_reader) {
    for (std::uint64_t const most : {300u << 10, 3u << 20, 5u << 20}) {
        Folder folder;
        RunWriter writer(folder.path / "a.run", config(), true, most);
        machine::PhysicalMemory memory(config().memory_bytes, config().seed);
        machine::PageOverlay disk(1000);
        unsigned checkpoints = 0;
        for (std::uint64_t now = 1; writer.room() > most / 16; ++now) {
            writer.input({{now, 0},
                          now,
                          "device" + std::to_string(now % 5),
                          machine::InputKind::frame,
                          Bytes(now % 900)});
            writer.trail({{now, 0}, now, true, now - 1, 7});
            HashPoint point{{now, 1}, {now, {}}};
            for (unsigned part = 0; part < now % 40; ++part)
                point.hash.parts.push_back({std::string(now % 200, 'x') + std::to_string(part), part});
            writer.hash(point);
            if (now % 3 == 0) {
                memory.write(now % 4000 * machine::page_bytes, Bytes(5000, static_cast<std::uint8_t>(now)));
                disk.put(now % 1000, memory.page(now % 4000));
                machine::Checkpoint checkpoint;
                checkpoint.at = {now, 2};
                checkpoint.parts = {{"cpu0", Bytes(now % 5000)}};
                checkpoint.ram = memory.capture();
                checkpoint.overlays = {{"disk0", disk}};
                checkpoints += writer.checkpoint(checkpoint);
            }
            if (now % 7 == 0 && now / 7 < max_bookmarks) writer.bookmark(some_bookmark());
            if (now % 2 == 0) writer.flush();
        }
        End end = some_end();
        writer.finish(end);
        Bytes const file = read_bytes(folder.path / "a.run");
        Recording const got = read_run_bytes(file, "a.run", Tolerance::whole, most);
        EXPECT_EQ(got.checkpoints.size(), checkpoints);
        EXPECT_GT(checkpoints, 1u);
        EXPECT_THROW(read_run_bytes(file, "a.run", Tolerance::whole, most * 8 / 10), RunFileError);
    }
}

TEST(RunWriter, refuses_what_finds_no_room) {
    Folder folder;
    RunWriter writer(folder.path / "a.run", config(), false, 300'000);
    machine::Input const large{{1, 0}, 1, "net0", machine::InputKind::frame, Bytes(90'000)};
    writer.input(large);
    EXPECT_THROW(writer.input(large), RunFileError);
}

// Names of parts are told once and count for every point that uses them.
TEST(RunFile, a_small_file_cannot_ask_for_much_memory) {
    Folder folder;
    RunWriter writer(folder.path / "a.run", config(), false);
    HashPoint point{{1, 0}, {1, {}}};
    for (unsigned i = 0; i < 200; ++i) point.hash.parts.push_back({std::string(4000, 'a'), i});
    for (; point.at.retired < 500; ++point.at.retired) writer.hash(point);
    writer.finish(some_end());
    EXPECT_LT(fs::file_size(folder.path / "a.run"), 100'000u);
    EXPECT_THROW(read_run_bytes(read_bytes(folder.path / "a.run"), "a.run", Tolerance::whole, 100 << 20),
                 RunFileError);
}

}  // namespace
}  // namespace sim::recording
