// SPDX-License-Identifier: MIT
//
// What the primer "C++ for C programmers" shows, compiled and run. The names of
// the tests are the primer's sentences.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace primer {

// [doc:reference]
void add_one(int& number) { ++number; }
int sum(std::span<int const> numbers) {
    int total = 0;
    for (int const number : numbers) total += number;
    return total;
}
// [/doc:reference]

TEST(Primer, a_reference_is_another_name) {
    int x = 4;
    add_one(x);
    EXPECT_EQ(x, 5);
    int const some[] = {1, 2, 3};
    EXPECT_EQ(sum(some), 6);
}

// [doc:class]
class Counter {
public:
    explicit Counter(int start) : value_(start) {}
    void count() { ++value_; }
    int value() const { return value_; }

private:
    int value_;
};
// [/doc:class]

TEST(Primer, a_class_keeps_its_members_to_itself) {
    Counter counter(7);
    counter.count();
    EXPECT_EQ(counter.value(), 8);
}

// [doc:lifetime]
int open_doors = 0;

class Door {
public:
    Door() { ++open_doors; }
    ~Door() { --open_doors; }
    Door(Door const&) = delete;
    Door& operator=(Door const&) = delete;
};

int doors_while_inside() {
    Door door;
    return open_doors;  // the door closes after this, whichever way we leave
}
// [/doc:lifetime]

TEST(Primer, a_destructor_runs_on_every_way_out) {
    EXPECT_EQ(doors_while_inside(), 1);
    EXPECT_EQ(open_doors, 0);
}

// [doc:types]
enum class Colour : std::uint8_t { red, green };

class Metres {
public:
    explicit constexpr Metres(double raw) : raw_(raw) {}
    constexpr double raw() const { return raw_; }
    friend constexpr Metres operator+(Metres a, Metres b) { return Metres(a.raw_ + b.raw_); }

private:
    double raw_;
};
static_assert((Metres(1) + Metres(2)).raw() == 3);
// [/doc:types]

TEST(Primer, a_type_costs_nothing) {
    EXPECT_EQ(sizeof(Metres), sizeof(double));
    EXPECT_EQ(static_cast<int>(Colour::green), 1);
}

// [doc:template]
template <class T>
T larger(T a, T b) {
    return a < b ? b : a;
}
// [/doc:template]

TEST(Primer, a_template_is_a_function_for_each_type) {
    EXPECT_EQ(larger(3, 4), 4);
    EXPECT_EQ(larger(2.5, 1.5), 2.5);
}

// [doc:interface]
class Sink {
public:
    virtual void write(std::string_view text) = 0;

protected:
    ~Sink() = default;
};

class Measure final : public Sink {
public:
    void write(std::string_view text) override { length += text.size(); }
    std::size_t length = 0;
};

void greet(Sink& sink) { sink.write("hello"); }
// [/doc:interface]

TEST(Primer, an_interface_is_a_table_of_functions) {
    Measure measure;
    greet(measure);
    EXPECT_EQ(measure.length, 5u);
}

// [doc:lambda]
std::optional<int> first_of(std::span<int const> numbers, bool (*wanted)(int)) {
    for (int const number : numbers)
        if (wanted(number)) return number;
    return std::nullopt;
}
// [/doc:lambda]

TEST(Primer, a_lambda_without_captures_is_a_function) {
    std::array<int, 3> const numbers = {1, 4, 9};
    auto const found = first_of(numbers, [](int n) { return n > 3; });
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, 4);
    EXPECT_FALSE(first_of(numbers, [](int n) { return n > 100; }));
}

}  // namespace primer
