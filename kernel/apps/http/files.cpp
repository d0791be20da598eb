// SPDX-License-Identifier: MIT
#include "kernel/apps/http/files.hpp"

#include "kernel/http/range.hpp"
#include "kernel/http/text.hpp"

namespace apps {
namespace {

constexpr std::size_t longest_path = 1024;

bool read_piece(void* volume, std::uint64_t file, std::uint64_t offset, std::span<char> out) {
    auto const node = static_cast<fs::NodeNumber>(file);
    auto const got = static_cast<fs::Volume*>(volume)->read(node, offset, std::as_writable_bytes(out));
    return got && got.value() == out.size();  // shorter: it was cut since we said how long it is
}

http::Status status_of(fs::Error error) {
    bool const absent = error == fs::Error::not_found || error == fs::Error::not_directory;
    return absent ? http::Status::NotFound : http::Status::InternalServerError;
}

struct Found {
    fs::NodeNumber node = 0;
    std::uint64_t size = 0;
    std::string_view name;
    bool is_index = false;  // of the directory that was asked for
};

base::Result<Found, fs::Error> find(fs::Volume& volume, std::string_view path) {
    fs::NodeNumber node = TRY(volume.resolve(path));
    fs::NodeInfo info = TRY(volume.info(node));
    bool const is_index = info.is_directory;
    if (is_index) {
        path = "index.html";
        node = TRY(volume.find(node, path));
        info = TRY(volume.info(node));
    }
    if (!info.is_file) return base::fail(fs::Error::not_found);  // nor a link or a device
    return Found{node, info.size, path, is_index};
}

// A directory that is asked for without a slash at its end would lend its parent to the links
// on its page. Its name, to which one must be added; empty when there is nothing to add.
std::string_view lacks_slash(std::string_view path) {
    if (path.empty() || path.back() == '/') return {};
    std::string_view const name = path.substr(path.rfind('/') + 1);
    return name.size() <= http::ResponseWriter::longest_location ? name : std::string_view();
}

}  // namespace

std::string_view type_of(std::string_view name) {
    struct Type {
        std::string_view ending, type;
    };
    static constexpr Type types[] = {
        {".html", "text/html; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/plain; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".ico", "image/x-icon"},
        {".wasm", "application/wasm"},
        {".pdf", "application/pdf"},
    };
    for (Type const& each : types)
        if (name.ends_with(each.ending)) return each.type;
    return "application/octet-stream";
}

std::string_view decode_path(std::string_view text, std::span<char> room) {
    std::size_t size = 0;
    while (!text.empty()) {
        char c = text.front();
        std::size_t used = 1;
        if (c == '%') {
            std::uint64_t code = 0;
            if (text.size() < 3 || !http::parse_hexadecimal(text.substr(1, 2), code)) return {};
            c = static_cast<char>(code);
            used = 3;
        }
        if (c == '\0' || size == room.size()) return {};
        room[size++] = c;
        text.remove_prefix(used);
    }
    return {room.data(), size};
}

void serve_file(void* context, http::Request const& request, std::string_view path,
                http::ResponseWriter& response) {
    auto* const volume = static_cast<fs::Volume*>(context);
    if (volume == nullptr) return response.fail(http::Status::NotFound);
    char room[longest_path];
    std::string_view const decoded = decode_path(path, room);
    if (decoded.empty() && !path.empty()) return response.fail(http::Status::BadRequest);
    auto const found = find(*volume, decoded);
    if (!found) return response.fail(status_of(found.error()));
    auto const& [node, size, name, is_index] = found.value();
    if (is_index && !decoded.ends_with('/') && !lacks_slash(path).empty())
        return response.redirect(lacks_slash(path));

    // A part only if nothing has changed since: we have nothing to tell that by.
    std::string_view const wanted = request.field("If-Range").empty() ? request.field("Range") : "";
    http::Range range;
    if (request.method == http::Method::Get && !wanted.empty()) range = http::parse_range(wanted, size);
    if (range.kind == http::Range::Kind::nowhere) return response.refuse_part(size);
    response.offer_parts();
    response.set_type(type_of(name));
    if (range.kind == http::Range::Kind::part) {
        response.set_part(range.first, range.last, size);
        return response.stream(range.last - range.first + 1, {read_piece, volume, node, range.first});
    }
    response.stream(size, {read_piece, volume, node});
}

}  // namespace apps
