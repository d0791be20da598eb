// SPDX-License-Identifier: MIT
//
// Lab 1 on the host: does what each line of the standard input says and writes an
// answer for each to descriptor 3. It knows nothing of right and wrong. Words are
// separated by tabs.
//
//   format FORMAT VALUE...  what vformat writes: "text" between the quotes. A value is
//                           i:-5 (signed), u:5, p:4096 (a pointer), b:1, c:x or t:text
//   put BUSY TEXT           Uart::put for each byte, with a chip that is busy for BUSY
//                           looks at its status after each byte:
//                           "sent [TEXT] lost N", or "endless"
#include <cstdlib>
#include <string>
#include <vector>

#include "kernel/base/format.hpp"
#include "kernel/devices/uart.hpp"
#include "labs/servant.hpp"

namespace {

// A transmitter that takes its time.
struct Chip {
    static constexpr unsigned data = 0, status = 5;
    static constexpr std::uint8_t data_ready = 0x01, transmit_empty = 0x20, all_empty = 0x40,
                                  broken_inside = 0x80;
    static constexpr int most_looks = 500'000;  // between two bytes: nobody waits that long

    int busy = 0;       // looks, after each byte
    int remaining = 0;  // until the holding register is empty; twice that: until all is sent
    int looks = 0, lost = 0;
    bool endless = false, clearing = false;
    std::string sent;

    std::uint8_t look() {
        if (++looks > most_looks) {  // let whatever waits for a bit come out of its loop
            endless = true;
            clearing = !clearing;
            return clearing ? 0 : 0xff;
        }
        // Somebody types all the while: the other bits mean other things.
        std::uint8_t value = data_ready | broken_inside;
        if (remaining <= busy) value |= transmit_empty;
        if (remaining == 0) value |= all_empty;
        if (remaining > 0) --remaining;
        return value;
    }
    void take(std::uint8_t byte) {
        if (remaining > busy) {
            ++lost;  // the byte before it was never sent
            sent.pop_back();
        }
        sent += static_cast<char>(byte);
        remaining = 2 * busy;
        looks = 0;
    }
};
Chip chip;

class StringSink final : public base::TextSink {
public:
    void write(std::string_view more) override { text += more; }
    std::string text;
};

std::string printable(std::string const& text) {
    static char const hex[] = "0123456789abcdef";
    std::string shown;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f)
            shown += c;
        else
            shown += std::string("\\x") + hex[byte >> 4] + hex[byte & 15];
    }
    return shown;
}

std::vector<std::string> split(std::string const& line) {
    std::vector<std::string> words(1);
    for (char const c : line)
        if (c == '\t')
            words.emplace_back();
        else
            words.back() += c;
    return words;
}

std::string format(std::vector<std::string> const& words) {
    std::vector<base::Argument> values;
    for (std::size_t i = 2; i < words.size(); ++i) {
        char const* const text = words[i].c_str() + 2;
        switch (words[i][0]) {
            case 'i':
                values.emplace_back(static_cast<std::int64_t>(std::strtoll(text, nullptr, 10)));
                break;
            case 'u':
                values.emplace_back(static_cast<std::uint64_t>(std::strtoull(text, nullptr, 10)));
                break;
            case 'p':
                values.emplace_back(reinterpret_cast<void const*>(std::strtoull(text, nullptr, 10)));
                break;
            case 'b':
                values.emplace_back(*text == '1');
                break;
            case 'c':
                values.emplace_back(*text);
                break;
            default:
                values.emplace_back(std::string_view(text));
        }
    }
    // Exactly as long as it is, so that a look beyond its end is seen.
    std::vector<char> const exact(words[1].begin(), words[1].end());
    StringSink sink;
    base::vformat(sink, {exact.data(), exact.size()}, {values.data(), values.size()});
    return '"' + printable(sink.text) + '"';
}

std::string put(std::vector<std::string> const& words) {
    chip = {};
    chip.busy = std::atoi(words[1].c_str());
    devices::Uart uart(devices::Uart::first_port);
    for (char const c : words[2]) uart.put(c);
    if (chip.endless) return "endless";
    return "sent [" + printable(chip.sent) + "] lost " + std::to_string(chip.lost);
}

}  // namespace

std::uint8_t arch::fake_port_read(std::uint16_t number) {
    return number - devices::Uart::first_port == Chip::status ? chip.look() : 0;
}
void arch::fake_port_write(std::uint16_t number, std::uint8_t value) {
    if (number - devices::Uart::first_port == Chip::data) chip.take(value);
}

int main() {
    return lab::serve([](std::string const& line) -> std::string {
        auto const words = split(line);
        if (words[0] == "format") return format(words);
        return words[0] == "put" ? put(words) : "?";
    });
}
