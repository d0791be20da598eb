// SPDX-License-Identifier: MIT
//
// Lab 2 on the host: does what each line of the standard input says with a frame
// allocator over 4 KiB pieces of this process's memory, and writes an answer for
// each to descriptor 3. It knows nothing of right and wrong.
//
//   memory N          N frames, all of them nobody's
//   region A B        add_region(A, B)
//   allocate O        the first frame of a block of order O, or "none"
//   free K            frees what the K-th allocate gave (from 0), with its order
//   free-as K O       the same with another order
//   free-frame F O    frees frame F
//   blocks            how many free blocks there are, by order
//   bytes             frame:byte, hexadecimal, of each frame whose byte in blocks_ is not 0
//   owners A B        whose the frames A to B-1 are, a letter each: reserved - free f heap h
//   count             free_frames() total_frames()
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "kernel/memory/fake_frames.hpp"
#include "labs/servant.hpp"

namespace {

using base::FrameNumber;
using memory::FakeMemory;
using memory::FrameAllocator;
using memory::FrameOwner;

struct Block {
    bool there = false;
    FrameNumber first;
    unsigned order = 0;
};

class Servant {
public:
    std::string obey(std::string const& line) {
        std::istringstream words(line);
        std::string verb;
        std::uint64_t a = 0, b = 0;
        words >> verb >> a >> b;
        if (verb == "memory") return memory_ = std::make_unique<FakeMemory>(a), "ok";
        if (verb == "region") return frames().add_region(FrameNumber(a), FrameNumber(b)), "ok";
        if (verb == "allocate") return allocate(static_cast<unsigned>(a));
        if (verb == "free") return release(blocks_.at(a), blocks_.at(a).order);
        if (verb == "free-as") return release(blocks_.at(a), static_cast<unsigned>(b));
        if (verb == "free-frame") return frames().free(FrameNumber(a), static_cast<unsigned>(b)), "ok";
        if (verb == "blocks") return free_blocks();
        if (verb == "bytes") return bytes();
        if (verb == "owners") return owners(a, b);
        if (verb == "count")
            return std::to_string(frames().free_frames()) + " " + std::to_string(frames().total_frames());
        return "?";
    }

private:
    FrameAllocator& frames() { return memory_->allocator; }

    std::string allocate(unsigned order) {
        auto const got = frames().allocate(order, FrameOwner::heap);
        blocks_.push_back({got.ok(), got.ok() ? got.value() : FrameNumber(), order});
        if (!got.ok()) return "none";
        // The owner may write all of it.
        if (order <= FrameAllocator::max_order) std::memset(memory_->at(got.value()), 0xee, 4096ul << order);
        return std::to_string(got.value().raw());
    }
    std::string release(Block const& block, unsigned order) {
        if (!block.there) return "nothing";
        frames().free(block.first, order);
        return "ok";
    }
    std::string free_blocks() {
        std::string text;
        for (unsigned order = 0; order <= FrameAllocator::max_order; ++order)
            text += (order ? " " : "") + std::to_string(frames().free_blocks(order));
        return text;
    }
    std::string bytes() const {
        std::ostringstream text;
        auto const& blocks = memory_->blocks();
        for (std::size_t f = 0; f < blocks.size(); ++f)
            if (blocks[f] != 0) text << std::hex << f << ':' << unsigned{blocks[f]} << ' ';
        return text.str();
    }
    std::string owners(std::uint64_t first, std::uint64_t end) {
        std::string text;
        for (; first < end; ++first) {
            FrameOwner const owner = frames().owner(FrameNumber(first));
            text += owner == FrameOwner::reserved ? '-' : owner == FrameOwner::free ? 'f' : 'h';
        }
        return text;
    }

    std::unique_ptr<FakeMemory> memory_;
    std::vector<Block> blocks_;
};

}  // namespace

int main() {
    Servant servant;
    return lab::serve([&](std::string const& line) { return servant.obey(line); });
}
