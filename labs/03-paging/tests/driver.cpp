// SPDX-License-Identifier: MIT
//
// Lab 3 on the host: does what each line of the standard input says with page
// tables in this process's memory, and writes an answer for each to descriptor 3.
// It knows nothing of right and wrong. Addresses are hexadecimal.
//
//   tables N             N frames for tables, dirty; an empty address space
//   plant VA PA R S      writes the entries for a page by hand, as the manual says
//   plant-global ...     the same, with the bit G
//   map VA PA R S        "ok" or the error; R: r, w or x; S: 1 (4 KiB), 2 (2 MiB), 3
//   map-uncached ...     the same
//   unmap VA             likewise
//   protect VA R         likewise
//   walk VA              what walk() says: "PA level" or "none level"
//   look VA              what the processor finds by the tables: "PA rights" or "none"; behind
//                        a + the bits that no request names (U/S, G, PAT, ignored ones)
//   touch VA             what it uses: the TLB first, which keeps all it ever saw
//   free                 how many frames for tables are free
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "kernel/memory/paging.hpp"
#include "labs/servant.hpp"

namespace {

using arch::PageEntry;
using base::PhysAddr;
using base::VirtAddr;
using memory::MemoryError;

// Of an entry that maps a page; PWT says nothing beside PCD, A and D are the processor's
// notes. [sdm-3a tables 4-15 to 4-20]
std::uint64_t unnamed_bits(std::uint64_t entry, bool small) {
    constexpr std::uint64_t user = 1 << 2, global = 1 << 8, ignored = 0x07f0'0000'0000'0e00;
    std::uint64_t const pat = small ? 1 << 7 : 1 << 12;
    return entry & (user | global | ignored | pat);
}

// Frames for tables, dirty when handed out, and a TLB that forgets nothing by itself. What it
// is told to forget while the tables still say it, it has again at once.
class Frames final : public memory::TableFrames {
public:
    static constexpr std::uint64_t first_frame = 0x100;
    explicit Frames(std::size_t frames) : memory_(frames * 512) {
        for (std::size_t i = frames; i > 0; --i) free_.push_back(PhysAddr((first_frame + i - 1) << 12));
    }
    base::Result<PhysAddr, MemoryError> allocate() override {
        if (free_.empty()) return base::fail(MemoryError::out_of_memory);
        PhysAddr const frame = free_.back();
        free_.pop_back();
        std::fill_n(entries(frame), 512, PageEntry{{0xa5a5'a5a5'a5a5'a5a5}});
        return frame;
    }
    void free(PhysAddr table) override {
        ASSERT(std::find(free_.begin(), free_.end(), table) == free_.end());  // a table was freed twice
        free_.push_back(table);
    }
    PageEntry* entries(PhysAddr table) override {
        std::uint64_t const index = (table.raw() >> 12) - first_frame;
        ASSERT(index * 512 < memory_.size() && table.page_offset() == 0);  // this is no table
        return memory_.data() + index * 512;
    }
    // Whichever page is named, what is kept of upper entries goes. [sdm-3a §4.10.4.1]
    void invalidate(VirtAddr page) override {
        paths_.clear();
        if (tlb_.erase(page.raw() >> 12) != 0) (void)touch(root_, page.raw());
    }
    void set_root(PhysAddr root) { root_ = root; }
    std::size_t free_count() const { return free_.size(); }

    // The processor's walk. [sdm-3a §4.5, §4.6.1]
    std::optional<std::string> look(PhysAddr root, std::uint64_t address) {
        std::uint64_t table = root.raw();
        bool writable = true, executable = true;
        for (int shift = 39; shift >= 12; shift -= 9) {
            std::uint64_t const entry = entries(PhysAddr(table))[address >> shift & 511].raw;
            if ((entry & 1) == 0) return std::nullopt;
            writable = writable && (entry >> 1 & 1);
            executable = executable && !(entry >> 63);
            std::uint64_t const target = entry & 0x000f'ffff'ffff'f000;
            if (shift == 12 || (entry >> 7 & 1)) {
                std::uint64_t const inside = (std::uint64_t{1} << shift) - 1;
                std::ostringstream text;
                text << std::hex << ((target & ~inside) | (address & inside & ~0xfffULL)) << ' '
                     << (writable ? "rw" : "r-") << (executable ? 'x' : '-')
                     << ((entry >> 4 & 1) ? 'u' : 'c');
                if (auto const more = unnamed_bits(entry, shift == 12); more != 0) text << " +" << more;
                return text.str();
            }
            table = target;
        }
        return std::nullopt;
    }
    std::optional<std::string> touch(PhysAddr root, std::uint64_t address) {
        auto const page = address >> 12;
        if (auto const cached = tlb_.find(page); cached != tlb_.end()) return cached->second;
        auto const now = lowest_table(root, address);
        auto const kept = now ? paths_.emplace(address >> 21, *now).first : paths_.find(address >> 21);
        bool const stale = kept != paths_.end() && kept->second != now;
        auto const found = stale ? look_in(kept->second, address) : look(root, address);
        if (found) tlb_[page] = *found;
        return found;
    }

private:
    std::optional<PhysAddr> lowest_table(PhysAddr root, std::uint64_t address) {
        PhysAddr table = root;
        for (int shift = 39; shift > 12; shift -= 9) {
            PageEntry const entry = entries(table)[address >> shift & 511];
            if ((entry.raw & 1) == 0 || (entry.raw >> 7 & 1) != 0) return std::nullopt;
            table = entry.target();
        }
        return table;
    }
    // The upper entries are not looked at again.
    std::optional<std::string> look_in(PhysAddr lowest, std::uint64_t address) {
        PageEntry const entry = entries(lowest)[address >> 12 & 511];
        if ((entry.raw & 1) == 0) return std::nullopt;
        std::ostringstream text;
        text << std::hex << entry.target().raw() << " by a table that is gone";
        return text.str();
    }

    std::vector<PageEntry> memory_;
    std::vector<PhysAddr> free_;
    std::map<std::uint64_t, std::string> tlb_;
    std::map<std::uint64_t, PhysAddr> paths_;  // of 2 MiB: where the upper entries led
    PhysAddr root_;
};

char const* name_of(MemoryError error) {
    switch (error) {
        case MemoryError::out_of_memory:
            return "out_of_memory";
        case MemoryError::misaligned:
            return "misaligned";
        case MemoryError::already_mapped:
            return "already_mapped";
        case MemoryError::not_mapped:
            return "not_mapped";
        case MemoryError::not_canonical:
            return "not_canonical";
        default:
            return "another error";
    }
}

std::string answer_of(base::Result<void, MemoryError> const& result) {
    return result.ok() ? "ok" : name_of(result.error());
}

class Servant {
public:
    std::string obey(std::string const& line) {
        std::istringstream words(line);
        std::string verb, rest;
        std::uint64_t address = 0;
        words >> verb >> std::hex >> address;
        if (verb == "tables") return begin(address);
        if (verb == "walk") return walk(VirtAddr(address));
        if (verb == "look") return frames_->look(tables_.root(), address).value_or("none");
        if (verb == "touch") return frames_->touch(tables_.root(), address).value_or("none");
        if (verb == "free") return std::to_string(frames_->free_count());
        if (verb == "unmap") return answer_of(tables_.unmap(VirtAddr(address)));
        if (verb == "protect") {
            words >> rest;
            return answer_of(tables_.protect(VirtAddr(address), rights_of(rest)));
        }
        std::uint64_t physical = 0;
        unsigned size = 1;
        words >> physical >> rest >> size;
        if (verb == "plant") return plant(address, physical, rest, size, 0);
        if (verb == "plant-global") return plant(address, physical, rest, size, 0x100);
        auto const caching = verb == "map-uncached" ? memory::Caching::uncached : memory::Caching::write_back;
        return answer_of(tables_.map(VirtAddr(address), PhysAddr(physical), rights_of(rest),
                                     static_cast<memory::PageSize>(size), caching));
    }

private:
    static memory::Rights rights_of(std::string const& letter) {
        if (letter == "w") return memory::Rights::read_write;
        return letter == "x" ? memory::Rights::read_execute : memory::Rights::read;
    }
    std::string begin(std::uint64_t frames) {
        frames_ = std::make_unique<Frames>(frames);
        tables_ = memory::PageTables::create(*frames_).value();
        frames_->set_root(tables_.root());
        return "ok";
    }
    std::string walk(VirtAddr address) {
        memory::Walk const found = tables_.walk(address);
        std::ostringstream text;
        if (found.mapped)
            text << std::hex << found.physical.raw();
        else
            text << "none";
        text << ' ' << found.level;
        // What it points to must be the entry that it read.
        if (found.slot == nullptr || found.slot->raw != found.entry.raw) text << " wrong slot";
        return text.str();
    }
    std::string plant(std::uint64_t address, std::uint64_t physical, std::string const& rights, unsigned size,
                      std::uint64_t more) {
        PhysAddr table = tables_.root();
        for (unsigned level = 4; level > size; --level) {
            std::uint64_t& entry = frames_->entries(table)[address >> (12 + 9 * (level - 1)) & 511].raw;
            if ((entry & 1) == 0) {
                auto const fresh = frames_->allocate().value();
                std::fill_n(frames_->entries(fresh), 512, PageEntry{});
                entry = fresh.raw() | 3;
            }
            table = PhysAddr(entry & 0x000f'ffff'ffff'f000);
        }
        std::uint64_t const flags = more | 1 | (rights == "w" ? 2 : 0) | (size > 1 ? 0x80 : 0);
        frames_->entries(table)[address >> (12 + 9 * (size - 1)) & 511].raw =
            physical | flags | (rights == "x" ? 0 : std::uint64_t{1} << 63);
        return "ok";
    }

    std::unique_ptr<Frames> frames_;
    memory::PageTables tables_;
};

}  // namespace

int main() {
    Servant servant;
    return lab::serve([&](std::string const& line) { return servant.obey(line); });
}
