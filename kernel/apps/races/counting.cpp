// SPDX-License-Identifier: MIT
//
// Races about numbers that more than one thread changes.
#include "kernel/apps/races/race.hpp"

namespace races {

namespace {

struct Account {
    bool fixed;
    threads::Mutex mutex{"account"};
    Word<int> balance{0};
    Word<int> cents{0};  // torn_read: always a hundred times the balance
    Word<bool> busy{false};
    bool torn = false;
};

}  // namespace

// ---- 1: read, add, write back ----

bool lost_update(bool fixed) {
    Account account{fixed};
    auto const deposit = [](Account& to) {
        for (int i = 0; i < 3; ++i) {
            GuardIf guard(to.fixed, to.mutex);
            int const before = to.balance.get();
            to.balance.set(before + 10);
        }
    };
    run_both<Account>(account, deposit, deposit);
    return expect(account.balance.get() == 60, "a deposit was lost");
}

// ---- 2: is there enough? Then take it ----

bool check_then_act(bool fixed) {
    Account account{fixed};
    account.balance.set(100);
    auto const withdraw = [](Account& from) {
        GuardIf guard(from.fixed, from.mutex);
        if (from.balance.get() >= 80) {
            GuardIf debit(!from.fixed, from.mutex);  // at least the arithmetic is safe
            from.balance.set(from.balance.get() - 80);
        }
    };
    run_both<Account>(account, withdraw, withdraw);
    return expect(account.balance.get() >= 0, "the account is overdrawn");
}

// ---- 7: two words that belong together ----

bool torn_read(bool fixed) {
    Account account{fixed};
    auto const write = [](Account& to) {
        for (int i = 1; i <= 2; ++i) {
            GuardIf guard(to.fixed, to.mutex);
            to.busy.set(true);
            to.balance.set(i);
            to.cents.set(100 * i);
            to.busy.set(false);
        }
    };
    auto const read = [](Account& from) {
        GuardIf guard(from.fixed, from.mutex);
        if (from.busy.get()) return;  // come back another day
        int const whole = from.balance.get();
        int const cents = from.cents.get();
        if (from.balance.get() != whole) return;  // it changed while we read
        if (cents != 100 * whole) from.torn = true;
    };
    run_both<Account>(account, read, write);
    return expect(!account.torn, "half of an old amount and half of a new one were read");
}

// ---- 9: two critical sections, and what lies between them ----

namespace {

struct Shop {
    bool fixed;
    threads::Mutex order{"order"}, shelf{"shelf"};
    int items = 3;
    int sold = 0;

    int in_stock() {
        threads::MutexGuard guard(shelf);
        return items;
    }
    void take(int count) {
        threads::MutexGuard guard(shelf);
        items -= count;
        sold += count;
    }
};

}  // namespace

bool two_sections(bool fixed) {
    Shop shop{fixed};
    auto const buy = [](Shop& from) {
        GuardIf guard(from.fixed, from.order);
        if (from.in_stock() >= 2) from.take(2);
    };
    run_both<Shop>(shop, buy, buy);
    return expect(shop.items >= 0, "more was sold than there was");
}

}  // namespace races
