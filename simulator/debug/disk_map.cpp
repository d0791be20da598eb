// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/disk_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "simulator/debug/disk_map_ext2.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t block_bytes = disk_block_bytes;
constexpr std::uint64_t most_blocks = 1U << 20;  // 4 GiB: more than a disk of the machine holds
constexpr std::uint32_t bits_per_block = 8 * block_bytes, most_inodes = bits_per_block;
constexpr std::uint32_t inode_bytes = 128, inodes_per_block = block_bytes / inode_bytes, most_extents = 12;
constexpr std::uint32_t entry_bytes = 64, longest_name = 59, root_inode = 1;
// No kernel of ours takes one as long; and a damaged disk can nest directories without an end.
constexpr std::size_t longest_path = 1024;
constexpr std::uint32_t list_magic = 0x4c49'5354, commit_magic = 0x434f'4d4d;
constexpr std::array<std::uint8_t, 8> magic = {'V', 'I', 'V', 'F', 'S', 0, 0, 1};

enum Owner : std::uint8_t {
    unknown,
    free_block,
    superblock,
    journal,
    inode_bitmap,
    block_bitmap,
    inode_table,
    lost,
    directories,
    first_file,
    other_files = 255,
};

// Castagnoli's, reflected. [rfc3720 §12.1]
std::uint32_t crc32c(std::span<std::uint8_t const> bytes, std::uint32_t before = 0) {
    static auto const table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            t[i] = i;
            for (int bit = 0; bit < 8; ++bit) t[i] = t[i] >> 1 ^ (t[i] & 1 ? 0x82f6'3b78U : 0U);
        }
        return t;
    }();
    std::uint32_t sum = ~before;
    for (std::uint8_t const b : bytes) sum = sum >> 8 ^ table[(sum ^ b) & 0xFF];
    return ~sum;
}

class Reader {
public:
    Reader(std::uint64_t blocks, DiskBlockSource const& source) : source_(source) {
        map_.blocks = std::min(blocks, most_blocks);
        map_.owner.owners = {"unknown",      "free",        "superblock",      "journal",    "inode bitmap",
                             "block bitmap", "inode table", "used by no file", "directories"};
        map_.owner.owner.assign(map_.blocks, unknown);
    }

    DiskMap run() {
        if (map_.blocks == 0) return finish("the disk has no block");
        read(0);
        if (!std::equal(magic.begin(), magic.end(), block_.begin()))
            return looks_like_ext2(block_) ? read_ext2_map(map_.blocks, source_)
                                           : finish("there is no file system of ours");
        map_.system = "our file system";
        for (std::size_t i = 0; i < fields_.size(); ++i) fields_[i] = at32(8 + 4 * i);
        if (std::string const odd = unsound(); !odd.empty()) return finish(odd);
        fill(0, 1, superblock);
        fill(journal_start(), journal_blocks(), journal);
        fill(inode_bitmap_at(), 1, inode_bitmap);
        fill(block_bitmap_at(), block_bitmap_blocks(), block_bitmap);
        fill(inode_table_at(), inode_table_blocks(), inode_table);
        read_journal();
        visit_all();
        map_.find_stretches();
        mark_free();
        return finish("");
    }

private:
    // The superblock's numbers in their order.
    std::uint32_t blocks() const { return fields_[0]; }
    std::uint32_t inodes() const { return fields_[1]; }
    std::uint32_t journal_start() const { return fields_[2]; }
    std::uint32_t journal_blocks() const { return fields_[3]; }
    std::uint32_t inode_bitmap_at() const { return fields_[4]; }
    std::uint32_t block_bitmap_at() const { return fields_[5]; }
    std::uint32_t block_bitmap_blocks() const { return fields_[6]; }
    std::uint32_t inode_table_at() const { return fields_[7]; }
    std::uint32_t inode_table_blocks() const { return fields_[8]; }
    std::uint32_t data_start() const { return fields_[9]; }

    using Block = std::array<std::uint8_t, block_bytes>;
    void read(std::uint64_t number) { source_(number, block_); }
    static std::uint32_t at32(Block const& block, std::size_t offset) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{block[offset + i]} << (8 * i);
        return value;
    }
    std::uint32_t at32(std::size_t offset) const { return at32(block_, offset); }
    std::uint64_t at64(std::size_t offset) const {
        return at32(offset) | std::uint64_t{at32(offset + 4)} << 32;
    }

    // The first is told; a damaged disk has one in every block.
    template <class... T>
    void odd(fmt::format_string<T const&...> text, T const&... values) {
        if (map_.problem.empty()) map_.problem = fmt::format(text, values...);
    }
    DiskMap finish(std::string const& problem) {
        if (!problem.empty()) odd("{}", problem);
        map_.owner.frames_by_owner.assign(map_.owner.owners.size(), 0);
        for (std::uint8_t const o : map_.owner.owner) ++map_.owner.frames_by_owner[o];
        return std::move(map_);
    }
    void fill(std::uint64_t first, std::uint64_t count, std::uint8_t owner) {
        std::fill_n(map_.owner.owner.begin() + static_cast<std::ptrdiff_t>(first), count, owner);
    }

    std::string unsound() {
        if (at32(48) != crc32c(std::span(block_).first(48))) return "the superblock's checksum is wrong";
        std::uint64_t const end = blocks();
        struct Part {
            std::uint64_t first, count;
        };
        for (Part const part :
             {Part{journal_start(), journal_blocks()}, Part{inode_bitmap_at(), 1},
              Part{block_bitmap_at(), block_bitmap_blocks()}, Part{inode_table_at(), inode_table_blocks()}})
            if (part.first == 0 || part.count == 0 || part.first + part.count > data_start())
                return "a part of the file system lies where it cannot";
        if (end > map_.blocks || data_start() > end || inodes() > most_inodes ||
            inode_table_blocks() < (inodes() + inodes_per_block - 1) / inodes_per_block ||
            block_bitmap_blocks() < (end + bits_per_block - 1) / bits_per_block || journal_blocks() < 3)
            return "the superblock's numbers cannot be";
        return "";
    }

    void read_journal() {
        DiskJournal& j = map_.journal;
        j.state = DiskJournal::State::empty;
        j.start = journal_start();
        j.blocks = journal_blocks();
        read(j.start);
        std::uint32_t const count = at32(4);
        if (at32(0) != list_magic || count == 0 || count > j.blocks - 2 || count > (block_bytes - 16) / 4)
            return;
        j.sequence = at64(8);
        for (std::uint32_t i = 0; i < count; ++i) j.targets.push_back(at32(16 + std::size_t{i} * 4));
        j.state = DiskJournal::State::torn;
        auto const possible = [&](std::uint32_t t) {
            return t < blocks() && (t < j.start || t >= j.start + j.blocks);
        };
        if (!std::ranges::all_of(j.targets, possible)) return;
        std::uint32_t sum = crc32c(block_);
        for (std::uint32_t i = 0; i < count; ++i) {
            read(j.start + 1 + i);
            sum = crc32c(block_, sum);
            auto const content = block_;
            read(j.targets[i]);
            j.in_place.push_back(content == block_);
        }
        read(j.start + 1 + count);
        if (at32(0) != commit_magic || at32(4) != sum || at64(8) != j.sequence) return;
        j.state = std::ranges::all_of(j.in_place, [](bool there) { return there; })
                      ? DiskJournal::State::done
                      : DiskJournal::State::pending;
    }

    void visit_all() {
        reached_.assign(inodes(), false);
        reach(root_inode, "", "/");
        while (!todo_.empty()) {
            auto const [inode, path] = std::move(todo_.front());
            todo_.pop_front();
            if (!visit(inode, path) || !map_.files.back().directory) continue;
            DiskFile const directory = map_.files.back();
            for (DiskFile::Extent const& extent : directory.extents)
                for (std::uint64_t b = 0; b < extent.blocks; ++b) {
                    read(extent.first + b);
                    read_entries(directory.path);
                }
        }
    }

    void read_entries(std::string const& path) {
        Block const entries = block_;
        for (std::size_t at = 0; at < block_bytes; at += entry_bytes) {
            std::uint32_t const leads_to = at32(entries, at);
            std::size_t const length = entries[at + 4];
            if (leads_to == 0) continue;
            if (length == 0 || length > longest_name)
                odd("{} has a name that cannot be", path);
            else
                reach(leads_to, path, printable({&entries[at + 5], length}));
        }
    }

    // What a name leads to is visited later, once.
    void reach(std::uint32_t inode, std::string const& folder, std::string const& name) {
        if (inode == 0 || inode >= inodes())
            return odd("{}{} leads to an inode that does not exist", folder, name);
        if (reached_[inode]) return odd("{}{} is a second name of an inode", folder, name);
        if (folder.size() + name.size() > longest_path)
            return odd("a path is longer than {} bytes: {}", longest_path, folder);
        reached_[inode] = true;
        todo_.emplace_back(inode, folder + name);
    }

    static std::string printable(std::span<std::uint8_t const> name) {
        std::string text;
        for (std::uint8_t const c : name)
            text += c < 0x20 || c == 0x7F || c == '/' ? '?' : static_cast<char>(c);
        return text;
    }

    // The file behind an inode takes its blocks. False: it is none.
    bool visit(std::uint32_t inode, std::string const& path) {
        read(inode_table_at() + inode / inodes_per_block);
        std::size_t const at = std::size_t{inode % inodes_per_block} * inode_bytes;
        unsigned const type = at32(at) & 0xFFFF;
        std::uint32_t const extents = at32(at + 4);
        if ((type != 1 && type != 2) || extents > most_extents)
            return odd("{} has a damaged inode", path), false;
        DiskFile file{path, type == 2, inode, at64(at + 8), {}};
        if (file.directory && !path.ends_with('/')) file.path += '/';
        std::uint64_t index = 0;
        for (std::uint32_t i = 0; i < extents; ++i) {
            DiskFile::Extent const extent{at32(at + 16 + i * 8), at32(at + 20 + i * 8), index};
            if (extent.blocks == 0 || extent.first < data_start() ||
                extent.first + extent.blocks > blocks()) {
                odd("{} has blocks outside the data", path);
                break;
            }
            std::uint64_t const end = extent.first + extent.blocks;
            auto const next = taken_.lower_bound(end);  // those before it begin before our end
            if (next != taken_.begin() && std::prev(next)->second > extent.first) {
                odd("{} has a block that another one has", path);
                break;
            }
            taken_.emplace(extent.first, end);
            file.extents.push_back(extent);
            fill(extent.first, extent.blocks, owner_for(file));
            index += extent.blocks;
        }
        map_.files.push_back(std::move(file));
        return true;
    }

    std::uint8_t owner_for(DiskFile const& file) {
        if (file.directory) return directories;
        auto& names = map_.owner.owners;
        if (names.back() == file.path) return static_cast<std::uint8_t>(names.size() - 1);
        if (names.size() < other_files) {
            names.push_back(file.path);
            return static_cast<std::uint8_t>(names.size() - 1);
        }
        if (names.size() == other_files) names.push_back("other files");
        return other_files;
    }

    // What nobody has is free, or was lost: marked as used all the same.
    void mark_free() {
        for (std::uint64_t b = data_start(); b < blocks(); ++b) {
            if (b == data_start() || b % bits_per_block == 0) read(block_bitmap_at() + b / bits_per_block);
            std::uint64_t const bit = b % bits_per_block;
            bool const used = (static_cast<unsigned>(block_[bit / 8]) >> (bit % 8) & 1U) != 0;
            std::uint8_t& owner = map_.owner.owner[b];
            if (owner != unknown) {
                if (!used && map_.problem.empty())
                    odd("block {} of {} is marked as free", b, map_.describe(b));
            } else {
                owner = used ? lost : free_block;
            }
        }
    }

    DiskBlockSource const& source_;
    DiskMap map_;
    Block block_{};
    std::array<std::uint32_t, 10> fields_{};
    std::vector<bool> reached_;
    std::deque<std::pair<std::uint32_t, std::string>> todo_;  // inodes and their paths
    std::map<std::uint64_t, std::uint64_t> taken_;  // by files: first block, and the one behind the last
};

}  // namespace

char const* name_of(DiskJournal::State state) {
    switch (state) {
        case DiskJournal::State::none:
            return "none";
        case DiskJournal::State::empty:
            return "empty";
        case DiskJournal::State::torn:
            return "torn";
        case DiskJournal::State::pending:
            return "pending";
        case DiskJournal::State::done:
            return "done";
    }
    return "";
}

std::string const& DiskMap::owner_of(std::uint64_t block) const { return owner.owner_of(block); }

std::optional<DiskMap::Place> DiskMap::place_of(std::uint64_t block) const {
    if (block >= owner.owner.size() || owner.owner[block] < directories) return std::nullopt;
    auto const after = std::ranges::upper_bound(stretches, block, {}, &Stretch::first);
    if (after == stretches.begin() || block - (after - 1)->first >= (after - 1)->blocks) return std::nullopt;
    DiskFile const& file = files[(after - 1)->file];
    return Place{&file, file.extents[(after - 1)->extent].index + block - (after - 1)->first};
}

void DiskMap::find_stretches() {
    stretches.clear();
    for (std::size_t f = 0; f < files.size(); ++f)
        for (std::size_t e = 0; e < files[f].extents.size(); ++e)
            stretches.push_back({files[f].extents[e].first, files[f].extents[e].blocks, f, e});
    std::ranges::sort(stretches, {}, &Stretch::first);
}

std::string DiskMap::describe(std::uint64_t block) const {
    if (auto const place = place_of(block))
        return fmt::format("block {} of {}", place->index, place->file->path);
    if (journal.state != DiskJournal::State::none && block > journal.start &&
        block - journal.start - 1 < journal.targets.size())
        return fmt::format("journal, for block {}", journal.targets[block - journal.start - 1]);
    return owner_of(block);
}

DiskMap read_disk_map(std::uint64_t blocks, DiskBlockSource const& source) {
    return Reader(blocks, source).run();
}

}  // namespace sim::debug
