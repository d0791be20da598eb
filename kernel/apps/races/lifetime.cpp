// SPDX-License-Identifier: MIT
//
// Races about memory that is no longer whose it was.
#include "kernel/apps/need.hpp"
#include "kernel/apps/races/race.hpp"

namespace races {

// ---- 3: a message is read after it was given away ----

namespace {

struct Message {
    std::uint64_t length = 0;
};

struct Post {
    bool fixed;
    threads::Semaphore filled{0};
    Word<Message*> box[2]{};
    std::uint64_t sent = 0, received = 0;
};

}  // namespace

bool use_after_free(bool fixed) {
    Post post{fixed};
    auto const send = [](Post& by) {
        for (std::uint64_t i = 0; i < 2; ++i) {
            auto* const message = apps::need(memory::make<Message>(Message{100}));
            if (by.fixed) by.sent += message->length;
            by.box[i].set(message);
            by.filled.release();
            // Whose is it now?
            if (!by.fixed) by.sent += static_cast<Message volatile*>(message)->length;
        }
    };
    auto const receive = [](Post& by) {
        for (auto& slot : by.box) {
            by.filled.acquire();
            Message* const message = slot.get();
            by.received += message->length;
            memory::destroy(message);
        }
    };
    run_both<Post>(post, send, receive);
    return expect(post.sent == post.received, "the sender read a message that was freed");
}

// ---- 10: the same pointer again, and another list behind it ----

namespace {

struct Node {
    Word<Node*> next{nullptr};
    Word<int> owners{0};
};

// A stack without locks. The pointer's upper 16 bits, all ones in this kernel,
// can hold a count of changes; without it, compare-and-swap is fooled.
struct Stack {
    bool fixed;
    std::atomic<std::uint64_t> head{0};
    Node nodes[3]{};
    bool shared = false;

    static constexpr std::uint64_t address_bits = (std::uint64_t{1} << 48) - 1;
    static constexpr std::uint64_t one_change = std::uint64_t{1} << 48;

    static Node* node(std::uint64_t word) {
        std::uint64_t const address = word & address_bits;
        return address == 0 ? nullptr : reinterpret_cast<Node*>(address | ~address_bits);
    }
    std::uint64_t word(Node* node, std::uint64_t before) const {
        std::uint64_t const address = reinterpret_cast<std::uint64_t>(node) & address_bits;
        return address | (fixed ? (before & ~address_bits) + one_change : 0);
    }
    void push(Node* node_in) {
        std::uint64_t top = head.load();
        do node_in->next.set(node(top));
        while (!head.compare_exchange_strong(top, word(node_in, top)));
    }
    Node* pop() {
        std::uint64_t top = head.load();
        for (;;) {
            Node* const first = node(top);
            if (first == nullptr) return nullptr;
            Node* const second = first->next.get();
            // Here another thread may take both nodes and put the first one back.
            if (head.compare_exchange_strong(top, word(second, top))) return first;
        }
    }
    // A node that was taken belongs to one thread.
    void own(Node* taken) {
        if (taken == nullptr) return;
        taken->owners.set(taken->owners.get() + 1);
        if (taken->owners.get() != 1) shared = true;
    }
};

}  // namespace

bool aba(bool fixed) {
    Stack stack{fixed};
    for (Node& node : stack.nodes) stack.push(&node);
    auto const take_two = [](Stack& from) {
        from.own(from.pop());
        from.own(from.pop());
    };
    auto const keep_the_second = [](Stack& from) {
        Node* const first = from.pop();
        from.own(from.pop());
        if (first != nullptr) from.push(first);
    };
    run_both<Stack>(stack, take_two, keep_the_second);
    return expect(!stack.shared, "one node has two owners");
}

}  // namespace races
