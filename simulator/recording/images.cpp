// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/images.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "simulator/recording/sha256.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 30;

std::string variable(char const* name) {
    char const* value = std::getenv(name);
    return value ? value : "";
}

std::optional<std::vector<std::uint8_t>> read_all(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    in.seekg(0, std::ios::end);
    auto const size = in.tellg();
    if (size < 0 || static_cast<std::uint64_t>(size) > max_file_bytes) {
        errno = EFBIG;
        return std::nullopt;
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(bytes.data()), size);
    if (in.gcount() != size) {
        errno = EIO;
        return std::nullopt;
    }
    return bytes;
}

}  // namespace

machine::Blob read_blob(fs::path const& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        throw std::runtime_error(
            fmt::format("{} is a folder, not a file; give the file itself", path.string()));
    errno = 0;
    auto bytes = read_all(path);
    if (!bytes)
        throw std::runtime_error(
            fmt::format("cannot read {}: {}; check its name", path.string(), strerror(errno)));
    machine::Blob blob;
    blob.name = path.string();
    blob.sha256 = sha256(*bytes);
    blob.bytes = std::make_shared<std::vector<std::uint8_t> const>(std::move(*bytes));
    return blob;
}

fs::path images_folder() {
    if (std::string const build = variable("VIV_BUILD"); !build.empty()) return fs::path(build) / "images";
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path() / "images";
}

std::vector<std::string> known_applications() {
    std::vector<std::string> names;
    std::error_code ignored;
    for (auto const& entry : fs::directory_iterator(images_folder(), ignored))
        if (entry.path().extension() == ".elf") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

fs::path image_of(std::string_view application) {
    auto const known = known_applications();
    // Only a name from the list becomes a path: "../../etc" is no application.
    if (std::find(known.begin(), known.end(), application) != known.end())
        return images_folder() / fmt::format("{}.elf", application);
    if (known.empty())
        throw std::runtime_error(fmt::format(
            "no application is built yet (looked in {}); run ./viv build first", images_folder().string()));
    constexpr std::size_t in_a_line = 10;
    std::string names;
    for (std::size_t i = 0; i < known.size(); ++i)
        names += (i == 0 ? "" : i % in_a_line == 0 ? ",\n            " : ", ") + known[i];
    throw std::runtime_error(
        fmt::format("unknown application: {}\n     Cause  There are {}.\n"
                    "     Next   Name one of these, or a file of your own: --kernel FILE",
                    application, names));
}

ImageCache::ImageCache() {
    std::string const cache = variable("XDG_CACHE_HOME");
    std::string const home = variable("HOME");
    fs::path const base = !cache.empty() ? fs::path(cache)
                          : home.empty() ? fs::temp_directory_path()
                                         : fs::path(home) / ".cache";
    folder_ = base / "vivarium" / "images";
}

void ImageCache::keep(machine::Blob const& blob) const {
    machine::Blob present{blob.name, blob.sha256, nullptr};
    if (fetch(present)) return;
    std::error_code failure;
    fs::create_directories(folder_, failure);
    fs::path const part = folder_ / fmt::format("{}.{}.part", blob.sha256, getpid());
    {
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<char const*>(blob.bytes->data()),
                  static_cast<std::streamsize>(blob.bytes->size()));
        out.flush();
        if (out) {
            fs::rename(part, folder_ / blob.sha256, failure);
            if (!failure) {
                prune(most_bytes, blob.sha256);
                return;
            }
        }
    }
    std::string const cause = failure ? failure.message() : strerror(errno);
    fs::remove(part, failure);
    throw std::runtime_error(
        fmt::format("cannot keep the image in {}: {}; free some space there, or record with --embed",
                    folder_.string(), cause));
}

std::size_t ImageCache::prune(std::uint64_t most, std::string_view stays) const {
    struct Entry {
        fs::file_time_type used;
        std::string name;
        std::uint64_t bytes;
    };
    std::vector<Entry> entries;
    std::uint64_t whole = 0;
    std::error_code failure;
    for (auto const& file : fs::directory_iterator(folder_, failure)) {
        std::string const name = file.path().filename();
        if (!is_sha256(name)) continue;  // only what we put there
        std::error_code gone;
        Entry const entry{fs::last_write_time(file, gone), name, fs::file_size(file, gone)};
        if (gone) continue;
        whole += entry.bytes;
        if (name != stays) entries.push_back(entry);
    }
    std::sort(entries.begin(), entries.end(), [](Entry const& a, Entry const& b) {
        return std::tie(a.used, a.name) < std::tie(b.used, b.name);
    });
    std::size_t removed = 0;
    std::uint64_t freed = 0;
    for (Entry const& entry : entries) {
        if (whole - freed <= most) break;
        if (!fs::remove(folder_ / entry.name, failure)) continue;
        freed += entry.bytes;
        ++removed;
    }
    if (removed > 0)
        fmt::print(
            stderr,
            "viv: the image cache {} was over {} MiB: the {} images that were not used for longest are "
            "gone ({} MiB); recordings of them need --embed\n",
            folder_.string(), most >> 20, removed, freed >> 20);
    return removed;
}

bool ImageCache::fetch(machine::Blob& blob) const {
    if (!is_sha256(blob.sha256)) return false;
    auto bytes = read_all(folder_ / blob.sha256);
    if (!bytes || sha256(*bytes) != blob.sha256) return false;
    std::error_code ignored;  // used now: not the next to go
    fs::last_write_time(folder_ / blob.sha256, fs::file_time_type::clock::now(), ignored);
    blob.bytes = std::make_shared<std::vector<std::uint8_t> const>(std::move(*bytes));
    return true;
}

namespace {
bool find_among_built(machine::Blob& blob) {
    for (auto const& application : known_applications()) {
        machine::Blob const built = read_blob(image_of(application));
        if (built.sha256 != blob.sha256) continue;
        blob.bytes = built.bytes;
        return true;
    }
    return false;
}
}  // namespace

bool find_blob(machine::Blob& blob) {
    ImageCache const cache;
    return blob.present() || cache.fetch(blob) || find_among_built(blob);
}

}  // namespace sim::recording
