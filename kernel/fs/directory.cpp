// SPDX-License-Identifier: MIT
//
// Names: directories are files of entries.
#include <algorithm>
#include <cstring>

#include "kernel/fs/file_system.hpp"

namespace fs {
namespace {

// The length is the disk's word: longer than an entry's room is no name at all.
bool has_name(DirectoryEntry const& entry, std::string_view name) {
    return entry.inode != 0 && name.size() <= DirectoryEntry::longest_name && entry.length == name.size() &&
           std::memcmp(entry.name, name.data(), name.size()) == 0;
}

void fill(DirectoryEntry& entry, std::string_view name, NodeNumber node) {
    entry = {};
    entry.inode = node;
    entry.length = static_cast<std::uint8_t>(name.size());
    std::memcpy(entry.name, name.data(), name.size());
}

}  // namespace

bool is_good_name(std::string_view name) {
    return !name.empty() && name.size() <= DirectoryEntry::longest_name && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

base::Result<Inode, Error> FileSystem::load_directory(NodeNumber directory) {
    Inode const inode = TRY(load(directory));
    if (inode.type != InodeType::directory) return base::fail(Error::not_directory);
    return inode;
}

base::Result<NodeNumber, Error> FileSystem::find(NodeNumber directory, std::string_view name) {
    // [lab:09-find]
    Inode const inode = TRY(load_directory(directory));
    for (std::uint64_t index = 0; index < inode.size / block_size; ++index) {
        auto const block = TRY(content(inode, index));
        auto const* const entries = block.as<DirectoryEntry>();
        for (unsigned i = 0; i < entries_per_block; ++i)
            if (has_name(entries[i], name)) return entries[i].inode;
    }
    return base::fail(Error::not_found);
    // [/lab:09-find]
}

base::Result<void, Error> FileSystem::list(NodeNumber directory, DirectoryVisitor& visitor) {
    Inode const inode = TRY(load_directory(directory));
    for (std::uint64_t index = 0; index < inode.size / block_size; ++index) {
        auto const block = TRY(content(inode, index));
        auto const* const entries = block.as<DirectoryEntry>();
        for (unsigned i = 0; i < entries_per_block; ++i) {
            DirectoryEntry const& entry = entries[i];
            if (entry.inode == 0) continue;
            if (entry.length > DirectoryEntry::longest_name) return base::fail(Error::corrupt);
            std::string_view const name(entry.name, entry.length);
            if (!is_good_name(name)) return base::fail(Error::corrupt);
            if (!visitor.entry(name, entry.inode)) return {};
        }
    }
    return {};
}

base::Result<bool, Error> FileSystem::is_empty(NodeNumber directory) {
    struct Found final : DirectoryVisitor {
        bool any = false;
        bool entry(std::string_view, NodeNumber) override {
            any = true;
            return false;
        }
    } found;
    TRY(list(directory, found));
    return !found.any;
}

// Into the first free place, or into a new block at the end.
base::Result<void, Error> FileSystem::add_entry(NodeNumber directory, std::string_view name,
                                                NodeNumber node) {
    // [lab:09-add-entry]
    Inode inode = TRY(load_directory(directory));
    for (std::uint64_t index = 0; index < inode.size / block_size; ++index) {
        auto block = TRY(content(inode, index));
        for (unsigned i = 0; i < entries_per_block; ++i) {
            if (block.as<DirectoryEntry>()[i].inode != 0) continue;
            fill(block.change_as<DirectoryEntry>()[i], name, node);
            return {};
        }
    }
    auto block = TRY(append_block(inode));
    fill(block.change_as<DirectoryEntry>()[0], name, node);
    inode.size += block_size;
    return store(directory, inode);
    // [/lab:09-add-entry]
}

// The name leads to another node from now on; to none with 0.
base::Result<void, Error> FileSystem::replace_entry(NodeNumber directory, std::string_view name,
                                                    NodeNumber node) {
    Inode const inode = TRY(load_directory(directory));
    for (std::uint64_t index = 0; index < inode.size / block_size; ++index) {
        auto block = TRY(content(inode, index));
        for (unsigned i = 0; i < entries_per_block; ++i) {
            if (!has_name(block.as<DirectoryEntry>()[i], name)) continue;
            if (node == 0)
                block.change_as<DirectoryEntry>()[i] = {};
            else
                fill(block.change_as<DirectoryEntry>()[i], name, node);
            return {};
        }
    }
    return base::fail(Error::not_found);
}

// The directory that a path's last part is in, or would be in, and that part.
base::Result<FileSystem::Place, Error> FileSystem::place_of(std::string_view path) {
    Place place{root_inode, next_part(path)};
    for (std::string_view next = next_part(path); !next.empty(); next = next_part(path)) {
        place.directory = TRY(find(place.directory, place.name));
        place.name = next;
    }
    if (!is_good_name(place.name)) return base::fail(Error::bad_name);
    TRY(load_directory(place.directory));
    return place;
}

base::Result<NodeNumber, Error> FileSystem::make_node(std::string_view path, InodeType type) {
    Place const place = TRY(place_of(path));
    if (auto const there = find(place.directory, place.name); there || there.error() != Error::not_found)
        return base::fail(there ? Error::exists : there.error());
    NodeNumber const node = TRY(take_inode(type));
    auto const added = add_entry(place.directory, place.name, node);
    if (!added) {
        TRY(destroy(node));
        return base::fail(added.error());
    }
    return node;
}

base::Result<NodeNumber, Error> FileSystem::create(std::string_view path) {
    TRY(begin());
    return end(make_node(path, InodeType::file));
}

base::Result<NodeNumber, Error> FileSystem::make_directory(std::string_view path) {
    TRY(begin());
    return end(make_node(path, InodeType::directory));
}

// No name leads to it any more.
base::Result<void, Error> FileSystem::destroy(NodeNumber node) {
    Inode inode = TRY(load(node));
    TRY(release_blocks(inode, 0));
    inode = {};
    TRY(store(node, inode));
    return clear_bit(super_.inode_bitmap, node);
}

// Before it is destroyed, in transactions of its own.
base::Result<void, Error> FileSystem::shorten_if_huge(NodeNumber node) {
    Inode const inode = TRY(load(node));
    if (inode.type != InodeType::file || inode.block_count() <= 4 * bits_per_block) return {};
    return truncate(node, 0);
}

base::Result<void, Error> FileSystem::remove(std::string_view path) {
    NodeNumber const going = TRY(resolve(path));
    TRY(shorten_if_huge(going));
    TRY(begin());
    auto const do_remove = [&]() -> base::Result<void, Error> {
        Place const place = TRY(place_of(path));
        NodeNumber const node = TRY(find(place.directory, place.name));
        if (TRY(load(node)).type == InodeType::directory && !TRY(is_empty(node)))
            return base::fail(Error::not_empty);
        TRY(replace_entry(place.directory, place.name, 0));
        return destroy(node);
    };
    return end(do_remove());
}

// Does the way to the path's last part lead through the node?
base::Result<bool, Error> FileSystem::passes(std::string_view path, NodeNumber node) {
    NodeNumber at = root_inode;
    for (std::string_view part = next_part(path); !part.empty(); part = next_part(path)) {
        auto const next = find(at, part);
        if (!next && next.error() != Error::not_found) return base::fail(next.error());
        if (!next) return false;  // the last part need not be there
        at = next.value();
        if (at == node) return true;
    }
    return false;
}

// What a rename would do, if it may be done at all. Nothing is changed.
base::Result<FileSystem::Move, Error> FileSystem::plan_rename(std::string_view from, std::string_view to) {
    Move move{TRY(place_of(from)), TRY(place_of(to))};
    move.node = TRY(find(move.from.directory, move.from.name));
    bool const is_directory = TRY(load(move.node)).type == InodeType::directory;
    auto const there = find(move.to.directory, move.to.name);
    if (!there && there.error() != Error::not_found) return base::fail(there.error());
    if (there && there.value() == move.node) {
        move.replaced = move.node;
        return move;
    }
    if (is_directory && TRY(passes(to, move.node))) return base::fail(Error::bad_name);
    if (!there) return move;
    if (is_directory) return base::fail(Error::exists);
    if (TRY(load(there.value())).type == InodeType::directory) return base::fail(Error::is_directory);
    move.replaced = there.value();
    return move;
}

base::Result<void, Error> FileSystem::do_rename(Move const& move) {
    if (move.replaced != 0) {
        TRY(replace_entry(move.to.directory, move.to.name, move.node));
        TRY(destroy(move.replaced));
    } else {
        TRY(add_entry(move.to.directory, move.to.name, move.node));
    }
    return replace_entry(move.from.directory, move.from.name, 0);
}

base::Result<void, Error> FileSystem::rename(std::string_view from, std::string_view to) {
    if (read_only()) return base::fail(Error::read_only);
    Move const move = TRY(plan_rename(from, to));
    if (move.replaced == move.node) return {};
    if (move.replaced != 0) TRY(shorten_if_huge(move.replaced));
    TRY(begin());
    return end(do_rename(move));
}

}  // namespace fs
