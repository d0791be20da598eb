// SPDX-License-Identifier: MIT
#include "kernel/base/symbol_table.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace base {
namespace {

std::vector<std::byte> table(std::vector<std::pair<std::uint32_t, std::string>> const& symbols) {
    std::vector<std::byte> bytes(4 + 8 * symbols.size());
    auto put = [&](std::size_t at, std::uint32_t value) { std::memcpy(bytes.data() + at, &value, 4); };
    put(0, static_cast<std::uint32_t>(symbols.size()));
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        put(4 + 8 * i, symbols[i].first);
        put(8 + 8 * i, static_cast<std::uint32_t>(bytes.size()));
        for (char const c : symbols[i].second) bytes.push_back(static_cast<std::byte>(c));
        bytes.push_back(std::byte{0});
    }
    return bytes;
}

VirtAddr at(std::uint32_t low) { return VirtAddr(0xffff'ffff'0000'0000 | low); }

TEST(SymbolTable, finds_the_function_around_an_address) {
    auto const bytes = table({{0x8010'0000, "first"}, {0x8010'0040, "second"}, {0x8010'0100, "third"}});
    SymbolTable const symbols{bytes};
    EXPECT_EQ(symbols.size(), 3u);
    EXPECT_EQ(symbols.find(at(0x8010'0000)).name, "first");
    EXPECT_EQ(symbols.find(at(0x8010'003f)).name, "first");
    EXPECT_EQ(symbols.find(at(0x8010'003f)).offset, 0x3fu);
    EXPECT_EQ(symbols.find(at(0x8010'0040)).name, "second");
    EXPECT_EQ(symbols.find(at(0x8011'0000)).name, "third");
    EXPECT_EQ(symbols.find(at(0x800f'ffff)).name, "");
}

TEST(SymbolTable, an_absent_or_damaged_table_gives_no_name) {
    EXPECT_EQ(SymbolTable({}).find(at(0x8010'0000)).name, "");
    auto const empty = table({});
    EXPECT_EQ(SymbolTable(empty).find(at(0x8010'0000)).name, "");
    auto bytes = table({{0x8010'0000, "first"}});
    std::uint32_t wild = 0xffff'fff0;
    std::memcpy(bytes.data() + 8, &wild, 4);  // the name lies outside
    EXPECT_EQ(SymbolTable(bytes).find(at(0x8010'0000)).name, "");
    std::memcpy(bytes.data(), &wild, 4);  // more symbols than bytes
    EXPECT_EQ(SymbolTable(bytes).size(), 0u);
    auto open = table({{0x8010'0000, "first"}});
    open.pop_back();  // the last name has no end
    EXPECT_EQ(SymbolTable(open).find(at(0x8010'0000)).name, "");
}

}  // namespace
}  // namespace base
