// SPDX-License-Identifier: MIT
#include "kernel/fs/error.hpp"

namespace fs {

char const* name(Error error) {
    switch (error) {
        case Error::io:
            return "the disk could not read or write";
        case Error::read_only:
            return "it may not be written";
        case Error::no_space:
            return "there is no room left";
        case Error::not_found:
            return "there is no such file";
        case Error::exists:
            return "the name is taken";
        case Error::not_directory:
            return "it is not a directory";
        case Error::is_directory:
            return "it is a directory";
        case Error::not_empty:
            return "the directory is not empty";
        case Error::bad_name:
            return "no file can have this name";
        case Error::not_ours:
            return "it holds no file system that we know";
        case Error::corrupt:
            return "what it says cannot be";
        case Error::no_memory:
            return "there is no memory for it";
    }
    return "?";
}

}  // namespace fs
