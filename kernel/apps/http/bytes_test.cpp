// SPDX-License-Identifier: MIT
#include "kernel/apps/http/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace apps {
namespace {

struct Answer {
    explicit Answer(std::string_view count) { serve_bytes(nullptr, {}, count, writer); }
    std::array<char, 1024> buffer{};
    http::ResponseWriter writer{buffer};
};

TEST(Bytes, are_the_same_in_any_portions) {
    Answer answer("100000");
    ASSERT_EQ(answer.writer.source_length(), 100'000u);
    std::string bytes(100'000, '?');
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t const size = std::min<std::size_t>(1 + at % 777, bytes.size() - at);
        ASSERT_TRUE(answer.writer.source().make(nullptr, 0, at, {bytes.data() + at, size}));
        at += size;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_EQ(bytes[i], byte_at(i)) << i;
    EXPECT_EQ(static_cast<unsigned char>(bytes[0x1234]), 0x12 ^ 0x34);
}

TEST(Bytes, refuses_what_is_no_length) {
    for (char const* bad : {"", "x", "-1", "1x", "99999999999999999999", "1099511627777", "1/2"}) {
        Answer answer(bad);
        EXPECT_EQ(answer.writer.status(), http::Status::NotFound) << bad;
    }
    EXPECT_EQ(Answer("0").writer.status(), http::Status::Ok);
    EXPECT_EQ(Answer("1099511627776").writer.source_length(), most_bytes);
}

}  // namespace
}  // namespace apps
