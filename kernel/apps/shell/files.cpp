// SPDX-License-Identifier: MIT
//
// The shell's look at files.
#include "kernel/platform/files.hpp"

#include "kernel/apps/shell/commands.hpp"

namespace apps {
namespace {

using base::print;

// Gathers names; what they belong to is asked afterwards, without the lock.
struct Names final : fs::DirectoryVisitor {
    explicit Names(std::span<Scratch::Name> room) : names(room) {}
    bool entry(std::string_view name, fs::NodeNumber node) override {
        if (count == names.size()) {
            more = true;
            return false;
        }
        Scratch::Name& next = names[count++];
        next.length = static_cast<std::uint8_t>(name.copy(next.text, sizeof next.text));
        next.node = node;
        return true;
    }
    std::span<Scratch::Name> names;
    std::size_t count = 0;
    bool more = false;
};

}  // namespace

void list_directory(Call const& call) {
    platform::Files* const files = platform::files(0);
    if (files == nullptr) return print(call.out, "ls: there is no disk with files\n");
    std::string_view words = call.words;
    std::string_view const path = take_word(words);
    Names found(call.scratch.names);
    auto const node = files->resolve(path);
    auto const listed = node ? files->list(node.value(), found) : base::fail(node.error());
    if (!listed) return print(call.out, "ls: {}: {}\n", path, name(listed.error()));
    for (std::size_t i = 0; i < found.count; ++i) {
        auto const info = files->info(found.names[i].node);
        std::string_view const text(found.names[i].text, found.names[i].length);
        if (info)
            print(call.out, "{:10}  {}{}\n", info.value().size, text, info.value().is_directory ? "/" : "");
    }
    if (found.more) print(call.out, "and more\n");
}

void print_file(Call const& call) {
    platform::Files* const files = platform::files(0);
    if (files == nullptr) return print(call.out, "cat: there is no disk with files\n");
    std::string_view words = call.words;
    std::string_view const path = take_word(words);
    auto const node = files->resolve(path);
    if (!node) return print(call.out, "cat: {}: {}\n", path, name(node.error()));
    std::array<char, 1024> buffer;
    for (std::uint64_t offset = 0;;) {
        auto const got = files->read(node.value(), offset, std::as_writable_bytes(std::span(buffer)));
        if (!got) return print(call.out, "cat: {}: {}\n", path, name(got.error()));
        if (got.value() == 0 || call.out.lost()) return;
        call.out.write({buffer.data(), got.value()});
        offset += got.value();
    }
}

}  // namespace apps
