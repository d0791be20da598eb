// SPDX-License-Identifier: MIT
#include "kernel/fs/volume.hpp"

#include <algorithm>

namespace fs {

std::string_view next_part(std::string_view& path) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    std::string_view const part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    return part;
}

base::Result<NodeNumber, Error> Volume::resolve(std::string_view path) {
    NodeNumber node = root();
    for (std::string_view part = next_part(path); !part.empty(); part = next_part(path))
        node = TRY(find(node, part));
    return node;
}

}  // namespace fs
