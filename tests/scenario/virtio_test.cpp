// SPDX-License-Identifier: MIT
//
// Every virtio device of every machine does what it is asked for, and one that
// does not, harms nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

class Virtio : public testing::TestWithParam<std::pair<char const*, Words>> {
protected:
    Virtio() { write_file(folder / "disk", std::string(2 << 20, '\0')); }
    Result ask(std::string const& words, Words const& more = {}) {
        Words all{"run", "virtio", "--disk", folder / "disk", "--append", words};
        all.insert(all.end(), more.begin(), more.end());
        auto const& target = GetParam().second;
        all.insert(all.end(), target.begin(), target.end());
        // The simulator's devices outside PCI, which nobody names there.
        if (target.back() == "mmio")
            for (char const* window : {"0xfeb00200:6", "0xfeb00400:7", "0xfeb00600:12", "0xfeb00800:14"})
                all[5] += std::string(" virtio_mmio.device=512@") + window;
        return run(viv(all));
    }
    Folder folder;
};

TEST_P(Virtio, disks_keep_what_is_written_randomness_comes_and_the_console_prints) {
    Result const result = ask("scribble", {"--console", "--disk", folder / "disk" + ",readonly"});
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("disk 0 keeps what is written"),
                                  HasSubstr("disk 1 has 512 blocks of 4 KiB, read-only"),
                                  HasSubstr("randomness comes"), HasSubstr("hello from the virtio console"),
                                  HasSubstr("virtio: all is well"), Not(HasSubstr("were not freed"))));
}

INSTANTIATE_TEST_SUITE_P(Machine, Virtio,
                         testing::Values(std::pair{"sim", Words{"--on", "sim"}},
                                         std::pair{"sim_mmio", Words{"--virtio", "mmio"}},
                                         std::pair{"sim_transitional", Words{"--virtio", "transitional"}},
                                         std::pair{"q35", Words{"--on", "qemu", "--machine", "q35"}},
                                         std::pair{"pc", Words{"--on", "qemu", "--machine", "pc"}},
                                         std::pair{"microvm", Words{"--on", "qemu", "--machine", "microvm"}}),
                         [](auto const& each) { return std::string(each.param.first); });

TEST(VirtioFault, a_disk_that_fails_or_goes_silent_is_an_error_and_not_the_end) {
    Folder folder;
    write_file(folder / "disk", std::string(1 << 20, '\0'));
    auto const with = [&](char const* fault) {
        return run(
            viv({"run", "virtio", "--disk", folder / "disk", "--append", "scribble", "--fault", fault}));
    };
    Result const failed = with("fail read 2");
    EXPECT_EQ(failed.status, 1) << failed.err;
    EXPECT_THAT(failed.out, HasSubstr("disk: block 1 could not be read"));
    Result const silent = with("cut write 3");  // half a minute of virtual time passes
    EXPECT_EQ(silent.status, 1) << silent.err;
    EXPECT_THAT(silent.out, HasSubstr("virtio-blk: the device does not answer. It is no longer used."));
}

}  // namespace
}  // namespace scenario
