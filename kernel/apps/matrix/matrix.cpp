// SPDX-License-Identifier: MIT
//
// Threads at work: each multiplies matrices of doubles, in SSE registers, and is
// preempted every few microseconds. Were one register of one thread lost at one
// switch, a product would be wrong. The status is 0 when all are right.
#include "kernel/apps/app.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/thread.hpp"

namespace {

constexpr unsigned size = 24;
constexpr unsigned workers = 4;
constexpr unsigned rounds = 20;

struct Matrix {
    double at[size][size];
};

// Any numbers will do, but others for each thread.
void fill(Matrix& m, unsigned seed) {
    for (unsigned row = 0; row < size; ++row)
        for (unsigned column = 0; column < size; ++column)
            m.at[row][column] = 1.0 / (1 + row + seed) + 0.5 * column;
}

void multiply(Matrix const& a, Matrix const& b, Matrix& product) {
    for (unsigned row = 0; row < size; ++row)
        for (unsigned column = 0; column < size; ++column) {
            double sum = 0;
            for (unsigned k = 0; k < size; ++k) sum += a.at[row][k] * b.at[k][column];
            product.at[row][column] = sum;
        }
}

bool same(Matrix const& a, Matrix const& b) {
    for (unsigned row = 0; row < size; ++row)
        for (unsigned column = 0; column < size; ++column)
            if (a.at[row][column] != b.at[row][column]) return false;
    return true;
}

struct Work {
    Matrix a, b, expected, product;
    unsigned wrong = 0;
};

void run(void* argument) {
    auto& work = *static_cast<Work*>(argument);
    for (unsigned i = 0; i < rounds; ++i) {
        multiply(work.a, work.b, work.product);
        if (!same(work.product, work.expected)) ++work.wrong;
    }
}

// How the processor calculates: every thread begins with the same. [sysv-abi §3.2.1]
struct ControlWords {
    std::uint16_t x87 = 0;
    std::uint32_t sse = 0;
};
ControlWords control_words() {
    ControlWords now;
    asm volatile("fnstcw %0\n stmxcsr %1" : "=m"(now.x87), "=m"(now.sse));
    return now;
}
bool are_the_initial_ones(ControlWords words) { return words.x87 == 0x037f && words.sse == 0x1f80; }

}  // namespace

int apps::main(Boot const& boot) {
    bool right_start = are_the_initial_ones(control_words());
    PROBE_0(app_ready);
    boot.words.warn_about_the_rest();
    Work* work[workers];
    for (unsigned i = 0; i < workers; ++i) {
        work[i] = apps::need(memory::make<Work>());
        fill(work[i]->a, i);
        fill(work[i]->b, 10 * i + 3);
        multiply(work[i]->a, work[i]->b, work[i]->expected);  // alone: nobody interferes
    }
    threads::set_time_slice(base::Duration::microseconds(15));
    threads::Thread* threads[workers];
    for (unsigned i = 0; i < workers; ++i) threads[i] = apps::need(threads::create("worker", run, work[i]));
    unsigned wrong = 0;
    for (unsigned i = 0; i < workers; ++i) {
        threads::join(threads[i]);
        wrong += work[i]->wrong;
        memory::destroy(work[i]);
    }
    auto const check_start = [](void* right) {
        *static_cast<bool*>(right) = *static_cast<bool*>(right) && are_the_initial_ones(control_words());
    };
    threads::join(apps::need(threads::create("fresh", check_start, &right_start)));
    if (!right_start) base::log_error("matrix: a thread begins with other control words");
    if (wrong > 0)
        base::log_error("matrix: {} of {} products are wrong", wrong, workers * rounds);
    else
        base::log_info("matrix: {} products, all right", workers * rounds);
    return wrong == 0 && right_start ? 0 : 1;
}
