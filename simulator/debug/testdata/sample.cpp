// SPDX-License-Identifier: GPL-2.0-or-later
//
// A program that is never run: the tests of symbols, types, probes, queries and
// disassembly read its file. Linked at 0x400000 with no library. Whoever moves a
// line marked "line:" changes what the tests find by that mark.

namespace sample {

enum class State : unsigned char { ready, running, blocked };

struct Link {
    Link* next = nullptr;
    Link* previous = nullptr;
};

struct Base {
    int base_value = 7;
};

struct Task : Base {
    unsigned long id = 0;
    State state = State::ready;
    char name[16] = {};
    Link queue_link;
    unsigned low_bits : 3 = 0;
    unsigned high_bits : 5 = 0;
    union {
        int as_int;
        unsigned char as_bytes[4];
    };
    bool flag = false;
    short numbers[2][3] = {};
    Task* parent = nullptr;
    Task* children[2] = {};
    char const* title = nullptr;
};

struct Queue {
    Link head;
    unsigned long length = 0;
    struct Inner {
        int depth = 0;
    } inner;
};

Queue queue;
Task tasks[4];
Task* root = nullptr;
unsigned long counter = 40;

namespace {
unsigned hidden = 3;
}

__attribute__((noinline)) int add(int a, int b) {
    counter += 2;  // line: add body
    return a + b + static_cast<int>(counter);
}

struct Worker {
    int turns = 0;
    __attribute__((noinline)) int work(int n);
};

int Worker::work(int n) {
    turns += add(n, 1);  // line: call of add
    hidden += static_cast<unsigned>(turns);
    return turns;
}

Worker worker;

__attribute__((noinline, cold)) void complain(int n) { counter -= static_cast<unsigned long>(n); }

// The compiler puts the seldom half of it elsewhere, in front of all functions.
__attribute__((noinline)) int split(int n) {
    if (n < 0) {
        complain(n);
        n = -n;  // line: seldom
    }
    return add(n, n);
}

}  // namespace sample

// Probe "sample:step" with three arguments: 8 bytes in RDI, 4 signed bytes as an
// immediate, 8 bytes in memory. The format as in <sys/sdt.h>.
__asm__(
    ".text\n"
    ".globl probed\n"
    ".type probed, @function\n"
    "probed:\n"
    "  xor %eax, %eax\n"
    "990: nop\n"
    "  ret\n"
    ".size probed, .-probed\n"
    ".pushsection .note.stapsdt, \"\", \"note\"\n"
    ".balign 4\n"
    ".4byte 992f-991f, 994f-993f, 3\n"
    "991: .asciz \"stapsdt\"\n"
    "992: .balign 4\n"
    "993: .8byte 990b\n"
    ".8byte 0\n"
    ".8byte 0\n"
    ".asciz \"sample\"\n"
    ".asciz \"step\"\n"
    ".asciz \"8@%rdi -4@$-5 8@16(%rsp)\"\n"
    "994: .balign 4\n"
    ".popsection\n"
    ".pushsection .viv.views, \"\", @progbits\n"
    ".ascii \"# views of the sample\\n\"\n"
    ".popsection\n");

extern "C" void probed();

extern "C" [[noreturn]] void _start() {
    sample::root = &sample::tasks[0];
    sample::queue.head.next = &sample::tasks[1].queue_link;
    sample::worker.work(sample::split(3));
    probed();
    for (;;) {
    }
}
