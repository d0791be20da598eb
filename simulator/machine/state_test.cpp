// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/state.hpp"

#include <gtest/gtest.h>

namespace sim::machine {
namespace {

enum class Colour : std::uint8_t { red, green };

struct Inner {
    std::uint16_t x = 0;
    friend bool operator==(Inner const&, Inner const&) = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("x", self.x);
    }
};

struct Everything {
    std::uint8_t byte = 0;
    bool flag = false;
    std::int32_t negative = 0;
    Colour colour = Colour::red;
    std::string text;
    Inner inner;
    std::array<Inner, 2> pair{};
    std::vector<std::uint8_t> bytes;
    std::deque<std::uint32_t> numbers;
    std::optional<std::uint64_t> maybe;
    friend bool operator==(Everything const&, Everything const&) = default;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("byte", self.byte);
        visit("flag", self.flag);
        visit("negative", self.negative);
        visit("colour", self.colour);
        visit("text", self.text);
        visit("inner", self.inner);
        visit("pair", self.pair);
        visit("bytes", self.bytes);
        visit("numbers", self.numbers);
        visit("maybe", self.maybe);
    }
};

Everything sample() {
    return {7, true, -5, Colour::green, "text", {0x1234}, {{{1}, {2}}}, {1, 2, 3}, {9, 8}, 42};
}

std::vector<std::uint8_t> saved(Everything const& value) {
    StateWriter writer;
    Everything::fields(value, writer);
    return writer.take();
}

TEST(State, every_kind_of_field_round_trips_and_leaves_nothing_of_the_former) {
    auto const bytes = saved(sample());
    Everything loaded;
    loaded.numbers = {1, 2, 3, 4, 5};
    loaded.text = "longer than the other";
    StateReader reader(bytes);
    Everything::fields(loaded, reader);
    reader.finish();
    EXPECT_EQ(loaded, sample());
}

TEST(State, every_truncation_is_refused) {
    auto const bytes = saved(sample());
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        Everything loaded;
        StateReader reader(std::span<std::uint8_t const>(bytes).first(n));
        EXPECT_THROW(Everything::fields(loaded, reader), StateError) << n;
    }
}

TEST(State, bytes_left_over_are_refused) {
    auto bytes = saved(sample());
    bytes.push_back(0);
    Everything loaded;
    StateReader reader(bytes);
    Everything::fields(loaded, reader);
    EXPECT_THROW(reader.finish(), StateError);
}

TEST(State, an_absurd_length_asks_for_no_memory) {
    std::vector<std::uint8_t> const bytes{0xFF, 0xFF, 0xFF, 0xFF, 0};
    std::vector<std::uint8_t> loaded;
    StateReader reader(bytes);
    EXPECT_THROW(reader("bytes", loaded), StateError);
}

TEST(State, names_say_where_a_field_lies) {
    StateWriter writer(true);
    Everything const value = sample();
    Everything::fields(value, writer);
    EXPECT_EQ(writer.bytes(), saved(sample()));
    bool found = false;
    for (StateField const& field : writer.fields())
        if (field.name == "pair.1.x") {
            found = true;
            EXPECT_EQ(field.size, 2u);
            EXPECT_EQ(writer.bytes()[field.offset], 2);
        }
    EXPECT_TRUE(found);
}

}  // namespace
}  // namespace sim::machine
