// SPDX-License-Identifier: MIT
#include "kernel/base/symbol_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace base {
namespace {

std::vector<std::byte> table(std::vector<std::pair<std::uint32_t, std::string>> const& symbols) {
    std::vector<std::byte> bytes(4 + 4 * symbols.size());
    auto put = [&](std::size_t at, std::uint32_t value) { std::memcpy(bytes.data() + at, &value, 4); };
    put(0, static_cast<std::uint32_t>(symbols.size()));
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        put(4 + 4 * i, symbols[i].first);
        std::string const name = symbols[i].second, last = i > 0 ? symbols[i - 1].second : "";
        std::size_t shared = 0;
        while (shared < std::min(name.size(), last.size()) && name[shared] == last[shared]) ++shared;
        bytes.push_back(static_cast<std::byte>(shared));
        for (char const c : name.substr(shared)) bytes.push_back(static_cast<std::byte>(c));
        bytes.push_back(std::byte{0});
    }
    return bytes;
}

VirtAddr at(std::uint32_t low) { return VirtAddr(0xffff'ffff'0000'0000 | low); }

TEST(SymbolTable, finds_the_function_around_an_address) {
    auto const bytes = table({{0x8010'0000, "first"}, {0x8010'0040, "fifth"}, {0x8010'0100, "third"}});
    SymbolTable const symbols{bytes};
    EXPECT_EQ(symbols.size(), 3u);
    EXPECT_EQ(symbols.find(at(0x8010'0000)).name(), "first");
    EXPECT_EQ(symbols.find(at(0x8010'003f)).name(), "first");
    EXPECT_EQ(symbols.find(at(0x8010'003f)).offset, 0x3fu);
    EXPECT_EQ(symbols.find(at(0x8010'0040)).name(), "fifth");
    EXPECT_EQ(symbols.find(at(0x8011'0000)).name(), "third");
    EXPECT_EQ(symbols.find(at(0x800f'ffff)).name(), "");
}

TEST(SymbolTable, an_absent_or_damaged_table_gives_no_name) {
    EXPECT_EQ(SymbolTable({}).find(at(0x8010'0000)).name(), "");
    auto const empty = table({});
    EXPECT_EQ(SymbolTable(empty).find(at(0x8010'0000)).name(), "");
    auto bytes = table({{0x8010'0000, "first"}});
    std::uint32_t const wild = 0xffff'fff0;
    std::memcpy(bytes.data(), &wild, 4);  // more symbols than bytes
    EXPECT_EQ(SymbolTable(bytes).size(), 0u);
    auto open = table({{0x8010'0000, "first"}});
    open.pop_back();  // the last name has no end
    EXPECT_EQ(SymbolTable(open).find(at(0x8010'0000)).name(), "");
    auto shares = table({{0x8010'0000, "first"}});
    shares[8] = std::byte{1};  // with a name that is not there
    EXPECT_EQ(SymbolTable(shares).find(at(0x8010'0000)).name(), "");
    auto const longest = table({{0x8010'0000, std::string(SymbolTable::longest_name, 'x')}});
    EXPECT_EQ(SymbolTable(longest).find(at(0x8010'0000)).name().size(), SymbolTable::longest_name);
    auto const longer = table({{0x8010'0000, std::string(SymbolTable::longest_name + 1, 'x')}});
    EXPECT_EQ(SymbolTable(longer).find(at(0x8010'0000)).name(), "");
    auto short_of_one = table({{0x8010'0000, "first"}, {0x8010'0040, ""}});
    short_of_one.pop_back();
    EXPECT_EQ(SymbolTable(short_of_one).find(at(0x8010'0040)).name(), "");
    EXPECT_EQ(SymbolTable(short_of_one).find(at(0x8010'0000)).name(), "first");
}

}  // namespace
}  // namespace base
