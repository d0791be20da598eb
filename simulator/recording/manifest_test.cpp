// SPDX-License-Identifier: GPL-2.0-or-later
//
// The manifest grows: what is absent is the default, what is unknown is named.
#include "simulator/recording/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulator/recording/codec.hpp"

namespace sim::recording {
namespace {

using nlohmann::json;

std::string const hash_a(64, 'a'), hash_b(64, 'b');

machine::MachineConfig config() {
    machine::MachineConfig result;
    result.image = {"http.elf", hash_a, nullptr};
    return result;
}

Recording decoded(json const& manifest) {
    Recording result;
    decode_manifest(manifest.dump(), result);
    return result;
}

std::string error_of(json const& manifest) {
    try {
        decoded(manifest);
        return "";
    } catch (DecodeError const& error) {
        return error.what();
    }
}

TEST(Manifest, what_is_written_comes_back) {
    machine::MachineConfig wanted = config();
    wanted.initrd = {"initrd", hash_b, nullptr};
    wanted.command_line = "a \"b\"";
    wanted.seed = UINT64_MAX;
    wanted.memory_bytes = 3 << 20;
    wanted.processors = 2;
    wanted.network = false;
    wanted.rtc_base = 12345;
    Recording got;
    decode_manifest(encode_manifest(wanted), got);
    EXPECT_THAT(manifest_differences(wanted, got.config), testing::IsEmpty());
    EXPECT_EQ(got.config.initrd.name, "initrd");
    EXPECT_THAT(got.unknown_fields, testing::IsEmpty());
}

TEST(Manifest, an_absent_field_is_its_default) {
    Recording const got = decoded({{"engine", 1}, {"image", {{"name", "x"}, {"sha256", hash_a}}}});
    EXPECT_THAT(manifest_differences(config(), got.config), testing::IsEmpty());
}

TEST(Manifest, a_field_that_the_first_version_had_is_always_there) {
    json const manifest = json::parse(encode_manifest(config()));
    for (char const* name : {"format", "engine", "image", "command_line", "memory_bytes", "seed",
                             "processors", "network", "rtc_base"})
        EXPECT_TRUE(manifest.contains(name)) << name;
    EXPECT_FALSE(manifest.contains("initrd"));  // a default is not written
}

TEST(Manifest, a_field_from_the_future_is_named) {
    json manifest = json::parse(encode_manifest(config()));
    manifest["floppies"] = json::array({1, 2});
    manifest["image"]["signature"] = "x";
    EXPECT_THAT(decoded(manifest).unknown_fields,
                testing::UnorderedElementsAre("floppies", "image.signature"));
}

TEST(Manifest, wrong_types_and_impossible_values_are_refused) {
    json const right = json::parse(encode_manifest(config()));
    auto const with = [&](char const* name, json value) {
        json manifest = right;
        manifest[name] = std::move(value);
        return error_of(manifest);
    };
    EXPECT_THAT(with("seed", "one"), testing::HasSubstr("\"seed\" has the wrong type"));
    EXPECT_THAT(with("seed", -1), testing::HasSubstr("\"seed\" has the wrong type"));
    EXPECT_THAT(with("network", 1), testing::HasSubstr("wrong type"));
    EXPECT_THAT(with("image", json::array()), testing::HasSubstr("wrong type"));
    EXPECT_THAT(with("processors", std::uint64_t{1} << 33), testing::HasSubstr("out of range"));
    EXPECT_THAT(with("processors", 0), testing::HasSubstr("out of range"));
    EXPECT_THAT(with("memory_bytes", 1), testing::HasSubstr("out of range"));
    EXPECT_THAT(with("image", {{"name", "x"}, {"sha256", "../../etc/passwd"}}),
                testing::HasSubstr("SHA-256"));
    EXPECT_THAT(error_of(json::array()), testing::HasSubstr("no JSON object"));
    EXPECT_THAT(error_of({{"engine", 1}}), testing::HasSubstr("no \"image\""));
}

TEST(Manifest, differences_are_named_field_by_field) {
    machine::MachineConfig other = config();
    other.image.sha256 = hash_b;
    other.image.name = "elsewhere/http.elf";  // a name alone is no difference
    other.memory_bytes = 1 << 20;
    EXPECT_THAT(manifest_differences(config(), other),
                testing::UnorderedElementsAre("image: SHA-256 " + hash_a + " against SHA-256 " + hash_b,
                                              "memory_bytes: 67108864 against 1048576"));
}

TEST(Manifest, every_file_of_the_machine_is_found) {
    machine::MachineConfig c = config();
    EXPECT_THAT(blobs_of(c), testing::ElementsAre(&c.image, &c.initrd));
}

}  // namespace
}  // namespace sim::recording
