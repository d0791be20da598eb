// SPDX-License-Identifier: MIT
#include "kernel/base/probe_notes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace base {
namespace {

void add(std::string& notes, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) notes += static_cast<char>(value >> (8 * i));
}

std::string note(std::uint64_t address, std::string const& name, std::string const& arguments) {
    std::string body;
    add(body, address, 8);
    add(body, 0, 8);
    add(body, 0, 8);
    body += "viv";
    body += '\0' + name + '\0' + arguments + '\0';
    std::string note;
    add(note, 8, 4);
    add(note, body.size(), 4);
    add(note, 3, 4);
    note += std::string("stapsdt\0", 8) + body;
    note.resize((note.size() + 3) / 4 * 4);
    return note;
}

std::vector<ProbeNotes::Probe> read(std::string const& bytes) {
    std::vector<ProbeNotes::Probe> probes;
    ProbeNotes notes(std::as_bytes(std::span(bytes)));
    while (auto const probe = notes.next()) probes.push_back(*probe);
    return probes;
}

TEST(ProbeNotes, are_read_one_after_the_other) {
    std::string const bytes = note(0xffff'ffff'8010'6000, "thread_switch", "8@%rax 8@%rdi") +
                              note(0x1234, "app_ready", "") + note(7, "abc", "8@$1");
    auto const probes = read(bytes);
    ASSERT_EQ(probes.size(), 3u);
    EXPECT_EQ(probes[0].name, "thread_switch");
    EXPECT_EQ(probes[0].arguments, "8@%rax 8@%rdi");
    EXPECT_EQ(probes[0].address.raw(), 0xffff'ffff'8010'6000);
    EXPECT_EQ(probes[1].name, "app_ready");
    EXPECT_EQ(probes[1].arguments, "");
    EXPECT_EQ(probes[2].address.raw(), 7u);
    EXPECT_TRUE(read("").empty());
}

// Cut anywhere, and with any byte another: never a read outside (the sanitizer sees it).
TEST(ProbeNotes, that_are_damaged_end_the_list) {
    std::string const good = note(0x1000, "one", "8@%rax") + note(0x2000, "two", "");
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_LE(read(good.substr(0, length)).size(), 2u);
    for (std::size_t i = 0; i < good.size(); ++i)
        for (char const value : {'\x00', '\x7f', '\xff'}) {
            std::string bad = good;
            bad[i] = value;
            EXPECT_LE(read(bad).size(), 2u);
        }
    EXPECT_EQ(read(good.substr(0, good.size() - 1)).size(), 2u) << "only filling is missing";
    EXPECT_EQ(read(note(1, "a", "") + "rubbish and more rubbish, as long as a note may be").size(), 1u);
}

}  // namespace
}  // namespace base
