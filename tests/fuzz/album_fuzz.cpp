// SPDX-License-Identifier: MIT
//
// libFuzzer target: the reader of albums gets whatever bytes the fuzzer thinks of, and
// what it accepts is looked at: all parts of some moments, all text views. It may refuse
// with an AlbumError; anything else is a defect.
//
// The first byte chooses: 0 reads the rest as a file; anything else takes the rest as the
// nine sections, each a length in two bytes and its content.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "simulator/album/album_life.hpp"
#include "simulator/album/codec.hpp"
#include "simulator/debug/text.hpp"

namespace {

using namespace sim;
using Bytes = std::vector<std::uint8_t>;

Bytes file_of(std::span<std::uint8_t const> input) {
    album::Encoder out;
    constexpr std::string_view magic = "VIVALBUM";
    out.raw({reinterpret_cast<std::uint8_t const*>(magic.data()), magic.size()});
    out(album::version);
    for (unsigned section = 1; section <= 9; ++section) {
        std::size_t length = 0;
        if (input.size() >= 2) {
            length = std::min<std::size_t>(input[0] | input[1] << 8, input.size() - 2);
            input = input.subspan(2);
        }
        out(section, std::uint64_t{length});
        out.raw(input.first(length));
        input = input.subspan(length);
    }
    return out.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::span<std::uint8_t const> const input(data, size);
    if (input.empty()) return 0;
    Bytes const file = input[0] == 0 ? Bytes(input.begin() + 1, input.end()) : file_of(input.subspan(1));
    std::shared_ptr<album::Album const> album;
    try {
        album = album::read_album(file);
    } catch (album::AlbumError const&) {
        return 0;
    }
    album::AlbumLife life(album);
    auto request = debug::ViewRequest::everything();
    request.walk = debug::WalkRequest{0xffff'ffff'8000'0000};
    request.memory = {{debug::AddressSpace::physical, 0, 256}, {debug::AddressSpace::virtual_, 0x4ff0, 64}};
    life.request(request);
    for (std::size_t i = 0; i < std::min<std::size_t>(album->moments.size(), 3); ++i) {
        life.post(debug::SeekTo{album->moments[i].at});
        life.advance();
        debug::TextOptions options;
        options.max_rows = 50;
        for (auto const& view : debug::text_views()) {
            debug::print_view(*life.snapshot(), view.name, options);
            debug::print_view_json(*life.snapshot(), view.name, options);
        }
    }
    return 0;
}
