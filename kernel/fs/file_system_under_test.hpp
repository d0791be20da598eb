// SPDX-License-Identifier: MIT
//
// A mounted file system with the words that tests want, and a plain model of one.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "kernel/fs/check.hpp"
#include "kernel/fs/file_system.hpp"
#include "kernel/fs/memory_device.hpp"
#include "kernel/fs/mkfs.hpp"

namespace fs {

// Everything below a directory, a line each, sorted: "d/", "d/f = content".
inline std::string tree_of(Volume& volume) {
    struct Walk final : DirectoryVisitor {
        std::vector<std::pair<std::string, NodeNumber>> found;
        bool entry(std::string_view name, NodeNumber node) override {
            found.emplace_back(name, node);
            return true;
        }
    };
    std::map<std::string, std::string> lines;
    std::vector<std::pair<std::string, NodeNumber>> todo{{"", volume.root()}};
    while (!todo.empty()) {
        auto const [path, node] = todo.back();
        todo.pop_back();
        Walk walk;
        MUST(volume.list(node, walk));
        for (auto const& [name, child] : walk.found) {
            NodeInfo const info = MUST(volume.info(child));
            if (info.is_directory) {
                lines[path + name + "/"] = "\n";
                todo.emplace_back(path + name + "/", child);
                continue;
            }
            std::string content(info.size, '?');
            EXPECT_EQ(MUST(volume.read(child, 0, std::as_writable_bytes(std::span(content)))), info.size);
            lines[path + name] = " = " + content + "\n";
        }
    }
    std::string all;
    for (auto const& [path, rest] : lines) all += path + rest;
    return all;
}

// The room for a cache, empty. It is large and tests want thousands of them: what one
// has left serves the next.
class Places {
public:
    explicit Places(std::size_t count) : free_(free_of(count)) {
        if (free_.empty()) {
            room_ = std::make_unique<std::vector<CachedBlock>>(count);
            return;
        }
        room_ = std::move(free_.back());
        free_.pop_back();
        for (CachedBlock& place : *room_) {  // but for the bytes, which count for nothing now
            place.number = place.used = 0;
            place.valid = place.dirty = false;
            place.users = 0;
        }
    }
    ~Places() { free_.push_back(std::move(room_)); }
    Places(Places const&) = delete;
    Places& operator=(Places const&) = delete;
    operator std::span<CachedBlock>() const { return *room_; }

private:
    using Rooms = std::vector<std::unique_ptr<std::vector<CachedBlock>>>;
    static Rooms& free_of(std::size_t count) {
        static std::map<std::size_t, Rooms> all;
        return all[count];
    }
    Rooms& free_;
    std::unique_ptr<std::vector<CachedBlock>> room_;
};

class Mounted {
public:
    explicit Mounted(MemoryDevice& device, std::size_t places = 64)
        : device_(device), places_(places), fs_(std::make_unique<FileSystem>(device, places_)) {
        auto const mounted = fs_->mount();
        EXPECT_TRUE(mounted.ok()) << (mounted ? "" : name(mounted.error()));
    }
    FileSystem* operator->() { return fs_.get(); }

    void put(std::string const& path, std::string const& content) {
        MUST(fs_->create(path));
        write(path, 0, content);
    }
    void write(std::string const& path, std::uint64_t offset, std::string const& content) {
        NodeNumber const file = MUST(fs_->resolve(path));
        MUST(fs_->write(file, offset, std::as_bytes(std::span(content))));
    }
    std::string get(std::string const& path, std::uint64_t offset = 0, std::size_t most = 1 << 20) {
        std::string content(most, '?');
        NodeNumber const file = MUST(fs_->resolve(path));
        content.resize(MUST(fs_->read(file, offset, std::as_writable_bytes(std::span(content)))));
        return content;
    }
    std::string tree() { return tree_of(*fs_); }
    void expect_whole() {
        MUST(fs_->sync());
        for (auto const& problem : check(device_).problems) ADD_FAILURE() << problem;
    }

private:
    MemoryDevice& device_;
    Places places_;
    std::unique_ptr<FileSystem> fs_;
};

// The same operations on a map.
class Model {
public:
    // Does one step with both. What fails for one fails for the other.
    void random_step(std::mt19937& random, Mounted& fs) {
        between_.clear();
        auto const below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
        std::string const directories[] = {"", "a/", "b/", "a/c/"};
        auto const any_path = [&] { return directories[below(4)] + "xyz"[below(3)]; };
        std::string const path = any_path();
        switch (below(8)) {
            case 0: {
                std::string const directory = directories[1 + below(3)];
                bool const good =
                    parent_is_there(directory.substr(0, directory.size() - 1)) && !nodes_.contains(directory);
                EXPECT_EQ(fs->make_directory("/" + directory).ok(), good) << directory;
                if (good) nodes_[directory] = "";
                return;
            }
            case 1:
            case 2: {
                bool const good = parent_is_there(path) && !nodes_.contains(path);
                EXPECT_EQ(fs->create("/" + path).ok(), good) << path;
                if (good) nodes_[path] = "";
                return;
            }
            case 3: {
                EXPECT_EQ(fs->remove("/" + path).ok(), nodes_.erase(path) > 0) << path;
                return;
            }
            case 4: {
                std::string const to = any_path();
                bool const good = nodes_.contains(path) && parent_is_there(to);
                EXPECT_EQ(fs->rename("/" + path, "/" + to).ok(), good) << path << " to " << to;
                if (good && to != path) nodes_[to] = nodes_[path], nodes_.erase(path);
                return;
            }
            case 5: {
                if (!nodes_.contains(path)) return;
                std::size_t const size = below(3) == 0 ? 0 : below(12'000);
                std::string& content = nodes_[path];
                if (size > content.size() + block_size) return;  // several transactions
                NodeNumber const file = MUST(fs->resolve("/" + path));
                MUST(fs->truncate(file, size));
                content.resize(size);
                return;
            }
            default: {
                if (!nodes_.contains(path)) return;
                std::string& content = nodes_[path];
                std::size_t const offset = below(static_cast<std::uint32_t>(content.size()) + 1);
                if (offset > 40'000) return;
                std::size_t const length = 1 + below(3 * block_size);
                std::string const bytes(length, static_cast<char>('a' + below(26)));
                fs.write("/" + path, offset, bytes);
                // Each block is a step of the history.
                for (std::size_t done = 0; done < length;) {
                    if (done > 0) between_.push_back(tree());
                    std::size_t const at = offset + done;
                    std::size_t const piece = std::min(length - done, block_size - at % block_size);
                    content.resize(std::max(content.size(), at + piece));
                    content.replace(at, piece, bytes, done, piece);
                    done += piece;
                }
            }
        }
    }
    // What the last step passed through, if it had several parts.
    std::vector<std::string> const& between() const { return between_; }
    std::string tree() const {
        std::string all;
        for (auto const& [path, content] : nodes_)
            all += path.back() == '/' ? path + "\n" : path + " = " + content + "\n";
        return all;
    }

private:
    bool parent_is_there(std::string const& path) const {
        std::size_t const slash = path.rfind('/');
        return slash == std::string::npos || nodes_.contains(path.substr(0, slash + 1));
    }
    std::map<std::string, std::string> nodes_;  // directories end in a slash
    std::vector<std::string> between_;
};

}  // namespace fs
