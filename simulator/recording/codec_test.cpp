// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/codec.hpp"

#include <gtest/gtest.h>

#include <string>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/sha256.hpp"

namespace sim::recording {
namespace {

std::span<std::uint8_t const> bytes_of(std::string const& text) {
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

TEST(Crc32, knows_the_check_value) {
    EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926u);
    EXPECT_EQ(crc32(bytes_of("6789"), crc32(bytes_of("12345"))), 0xCBF43926u);
}

TEST(Crc32, is_the_same_in_pieces_of_any_length) {
    std::string text;
    for (unsigned i = 0; i < 100; ++i) text += static_cast<char>(i * i * 7);
    std::uint32_t by_bytes = 0;
    for (char const one : text) by_bytes = crc32(bytes_of(std::string(1, one)), by_bytes);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        EXPECT_EQ(crc32(bytes_of(text.substr(cut)), crc32(bytes_of(text.substr(0, cut)))), by_bytes) << cut;
}

TEST(Sha256, knows_the_standard_examples) {
    EXPECT_EQ(sha256(bytes_of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(bytes_of(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, only_its_own_form_is_a_name) {
    EXPECT_TRUE(is_sha256(sha256({})));
    EXPECT_FALSE(is_sha256("../../etc/passwd"));
    EXPECT_FALSE(is_sha256(std::string(64, 'A')));
}

TEST(Codec, numbers_and_bytes_come_back) {
    Encoder out;
    for (unsigned shift = 0; shift < 64; ++shift) out.number(std::uint64_t{1} << shift);
    out.number(UINT64_MAX);
    out.text("hello");
    out.u64(0x0123456789abcdef);
    Decoder in(out.result());
    for (unsigned shift = 0; shift < 64; ++shift) EXPECT_EQ(in.number(), std::uint64_t{1} << shift);
    EXPECT_EQ(in.number(), UINT64_MAX);
    EXPECT_EQ(in.text(5), "hello");
    EXPECT_EQ(in.u64(), 0x0123456789abcdefu);
    EXPECT_NO_THROW(in.finish());
}

TEST(Codec, refuses_what_cannot_be) {
    std::vector<std::uint8_t> const endless(11, 0xFF);
    EXPECT_THROW(Decoder(endless).number(), DecodeError);
    std::vector<std::uint8_t> const cut{0x80};
    EXPECT_THROW(Decoder(cut).number(), DecodeError);
    std::vector<std::uint8_t> const long_claim{100, 1, 2, 3};
    EXPECT_THROW(Decoder(long_claim).bytes(1000), DecodeError);
    EXPECT_THROW(Decoder(long_claim).bytes(10), DecodeError);
    EXPECT_THROW(Decoder(long_claim).number(99, "it"), DecodeError);
    EXPECT_THROW(Decoder(long_claim).finish(), DecodeError);
}

}  // namespace
}  // namespace sim::recording
