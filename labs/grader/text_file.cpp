// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "labs/grader/definition.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class OpenFile {
public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    ~OpenFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    OpenFile(OpenFile const&) = delete;
    OpenFile& operator=(OpenFile const&) = delete;
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

[[noreturn]] void cannot_read(fs::path const& file) {
    throw UsageError("cannot read " + file.string(), "It is not there, or you may not read it.",
                     "ls -l says which.");
}

[[noreturn]] void cannot_write(fs::path const& file) {
    throw UsageError("cannot write " + file.string(), "The disk is full, or the folder is not yours.",
                     "df -h . and ls -ld . say which; then try again.");
}

}  // namespace

std::string read_text(fs::path const& file) {
    // A pipe that nobody writes to would keep us waiting.
    OpenFile const in(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat about {};
    if (in.get() < 0 || fstat(in.get(), &about) != 0) cannot_read(file);
    if (!S_ISREG(about.st_mode))
        throw UsageError(file.string() + " is no plain file", "A folder, a pipe or a device stands there.",
                         "Put a plain file in its place.");
    std::string text;
    std::array<char, 65536> piece;
    while (true) {
        ssize_t const n = read(in.get(), piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) cannot_read(file);
        if (n == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
        if (text.size() > most_text)
            throw UsageError(file.string() + " is larger than 8 MiB", "No file of a lab is so large.",
                             "Is it the file that you mean?");
    }
}

void write_text(fs::path const& file, std::string const& text) {
    std::string name = file.string() + ".XXXXXX";
    OpenFile const out(mkostemp(name.data(), O_CLOEXEC));
    if (out.get() < 0) cannot_write(file);
    bool good = true;
    for (std::size_t done = 0; good && done < text.size();) {
        ssize_t const n = write(out.get(), text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) done += static_cast<std::size_t>(n);
    }
    good = good && fchmod(out.get(), 0644) == 0;
    std::error_code error;
    if (good && fs::is_directory(fs::symlink_status(file, error))) fs::remove_all(file, error);
    if (!good || rename(name.c_str(), file.c_str()) != 0) {
        unlink(name.c_str());
        cannot_write(file);
    }
}

void require_empty_folder(fs::path const& folder) {
    std::error_code error;
    auto const status = fs::symlink_status(folder, error);
    if (fs::exists(status) && !fs::is_directory(status)) fs::remove(folder, error);
    fs::create_directories(folder, error);
    std::vector<fs::path> old;
    for (auto const& entry : fs::directory_iterator(folder, error)) old.push_back(entry.path());
    for (auto const& entry : old) fs::remove_all(entry, error);
    if (!fs::is_directory(fs::symlink_status(folder, error)) || !fs::is_empty(folder, error))
        cannot_write(folder);
}

void remove_entry(fs::path const& entry) {
    std::error_code error;
    fs::remove_all(entry, error);
    if (fs::exists(fs::symlink_status(entry))) cannot_write(entry);
}

}  // namespace lab
