// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/picture.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace viz::app {

Picture cut_to_content(Picture const& picture, model::Colour ground, unsigned margin) {
    unsigned right = 0, bottom = 0;
    for (unsigned y = 0; y < picture.height; ++y)
        for (unsigned x = 0; x < picture.width; ++x) {
            model::Colour const c = picture.pixel(x, y);
            if (c.r == ground.r && c.g == ground.g && c.b == ground.b) continue;
            right = std::max(right, x + 1);
            bottom = y + 1;
        }
    if (bottom == 0) return picture;
    Picture out;
    out.width = std::min(picture.width, right + margin);
    out.height = std::min(picture.height, bottom + margin);
    for (unsigned y = 0; y < out.height; ++y) {
        auto const row = picture.rgb.begin() + static_cast<std::ptrdiff_t>(y) * picture.width * 3;
        out.rgb.insert(out.rgb.end(), row, row + out.width * 3);
    }
    return out;
}

std::vector<std::uint8_t> to_png(Picture const& picture) {
    std::vector<std::uint8_t> out;
    auto append = [](void* context, void* data, int size) {
        auto* bytes = static_cast<std::uint8_t*>(data);
        static_cast<std::vector<std::uint8_t>*>(context)->insert(
            static_cast<std::vector<std::uint8_t>*>(context)->end(), bytes, bytes + size);
    };
    stbi_write_png_to_func(append, &out, static_cast<int>(picture.width), static_cast<int>(picture.height), 3,
                           picture.rgb.data(), static_cast<int>(picture.width * 3));
    return out;
}

std::string write_png(Picture const& picture, std::string const& path) {
    std::vector<std::uint8_t> bytes = to_png(picture);
    if (bytes.empty()) return "the picture could not be encoded";
    std::string part = fmt::format("{}.{}.part", path, getpid());
    std::FILE* file = std::fopen(part.c_str(), "wb");
    if (!file) return fmt::format("cannot write {}: {}", path, std::strerror(errno));
    bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    written = std::fclose(file) == 0 && written;
    if (written && std::rename(part.c_str(), path.c_str()) == 0) return {};
    std::string why = std::strerror(errno);
    std::remove(part.c_str());
    return fmt::format("cannot write {}: {}", path, why);
}

}  // namespace viz::app
