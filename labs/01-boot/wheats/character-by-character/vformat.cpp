// SPDX-License-Identifier: MIT
// A state machine over the characters.
std::size_t value = 0, start = 0;
bool inside = false;
for (std::size_t i = 0; i < format.size(); ++i) {
    char const c = format[i];
    if (inside) {
        if (c != '}') continue;
    } else if (c == '{' && (i + 1 == format.size() || format[i + 1] != '{')) {
        inside = true;
        start = i + 1;
        if (start != format.size()) continue;
    } else {
        bool const doubled = (c == '{' || c == '}') && i + 1 < format.size() && format[i + 1] == c;
        sink.write(std::string_view(&format[i], 1));
        if (doubled) ++i;
        continue;
    }
    inside = false;
    if (value == values.size()) {
        sink.write("{?}");
        continue;
    }
    write_value(sink, values[value], parse_spec(format.substr(start, i > start ? i - start : 0)));
    ++value;
}
if (!inside) return;
if (value == values.size())
    sink.write("{?}");
else
    write_value(sink, values[value], parse_spec(format.substr(start)));
