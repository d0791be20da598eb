// SPDX-License-Identifier: MIT
//
// Things with numbers that are looked for when somebody first asks, and then stay: the
// disks of the machine, the file systems on them. For one thread, as the search is.
#pragma once

namespace platform {

template <class T, unsigned most>
class FirstAsked {
public:
    // `find(n)` says what there is; null: nothing, then and for ever.
    template <class Find>
    T* get(unsigned n, Find&& find) {
        if (n >= most) return nullptr;
        if (!asked_[n]) {
            asked_[n] = true;
            found_[n] = find(n);
        }
        return found_[n];
    }

private:
    T* found_[most] = {};
    bool asked_[most] = {};
};

}  // namespace platform
