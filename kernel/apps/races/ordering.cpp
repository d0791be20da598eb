// SPDX-License-Identifier: MIT
//
// Races about who is first: waiting, waking, locking in turn, and getting ready.
#include "kernel/apps/races/race.hpp"

namespace races {

// ---- 4: tested here, waited for there ----

namespace {

struct Kitchen {
    bool fixed;
    threads::Mutex mutex{"kitchen"};
    threads::Condition served{};
    Word<bool> ready{false};
};

}  // namespace

bool missed_wake_up(bool fixed) {
    Kitchen kitchen{fixed};
    auto const eat = [](Kitchen& in) {
        if (in.fixed) {
            threads::MutexGuard guard(in.mutex);
            while (!in.ready.get()) in.served.wait(in.mutex);
        } else if (!in.ready.get()) {
            // The dish may be served, and announced, just now.
            threads::MutexGuard guard(in.mutex);
            in.served.wait(in.mutex);
        }
    };
    auto const cook = [](Kitchen& in) {
        threads::MutexGuard guard(in.mutex);
        in.ready.set(true);
        in.served.notify_one();
    };
    run_both<Kitchen>(kitchen, eat, cook);
    return true;  // or never: the guest sleeps for ever
}

// ---- 5: two mutexes in two orders ----

namespace {

struct Bank {
    bool fixed;
    threads::Mutex left{"left"}, right{"right"};
    int left_balance = 50, right_balance = 50;
};

void transfer(threads::Mutex& first, threads::Mutex& second, int& from, int& to) {
    threads::MutexGuard one(first);
    threads::MutexGuard other(second);
    from -= 10;
    to += 10;
}

}  // namespace

bool deadlock(bool fixed) {
    Bank bank{fixed};
    auto const rightwards = [](Bank& in) { transfer(in.left, in.right, in.left_balance, in.right_balance); };
    auto const leftwards = [](Bank& in) {
        if (in.fixed)
            transfer(in.left, in.right, in.right_balance, in.left_balance);
        else
            transfer(in.right, in.left, in.right_balance, in.left_balance);
    };
    run_both<Bank>(bank, rightwards, leftwards);
    return expect(bank.left_balance == 50 && bank.right_balance == 50, "money came or went");
}

// ---- 6: the flag comes before what it stands for ----

namespace {

struct Squares {
    bool fixed;
    threads::Mutex mutex{"squares"};
    Word<bool> ready{false};
    Word<int> table[3]{};
    bool wrong = false;

    void fill() {
        for (int i = 0; i < 3; ++i) table[i].set((i + 1) * (i + 1));
    }
    void prepare() {
        if (ready.get()) return;
        threads::MutexGuard guard(mutex);
        if (ready.get()) return;
        if (fixed) fill();
        ready.set(true);
        if (!fixed) fill();
    }
};

}  // namespace

bool double_checked(bool fixed) {
    Squares squares{fixed};
    auto const use = [](Squares& from) {
        from.prepare();
        if (from.table[2].get() != 9) from.wrong = true;
    };
    run_both<Squares>(squares, use, use);
    return expect(!squares.wrong, "a table was used before it was filled");
}

// ---- 8: a semaphore as a mutex, released once too often ----

namespace {

struct Printer {
    bool fixed;
    threads::Semaphore free{1};
    Word<int> inside{0};
    bool mixed = false;

    // An empty page is an error: the printer is given back.
    bool feed(int page) {
        if (page != 0) return true;
        if (!fixed) free.release();  // so does our caller
        return false;
    }
    void print(int page) {
        free.acquire();
        if (feed(page)) {
            inside.set(inside.get() + 1);
            if (inside.get() != 1) mixed = true;
            inside.set(inside.get() - 1);
        }
        free.release();
    }
};

}  // namespace

bool released_twice(bool fixed) {
    Printer printer{fixed};
    auto const with_an_empty_page = [](Printer& on) {
        on.print(0);
        on.print(1);
    };
    auto const plain = [](Printer& on) { on.print(2); };
    run_both<Printer>(printer, with_an_empty_page, plain);
    return expect(!printer.mixed, "two were at the printer at once");
}

}  // namespace races
