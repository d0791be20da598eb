// SPDX-License-Identifier: MIT
std::size_t next = 0;
for (std::size_t i = 0; i < format.size(); ++i) {
    char const c = format[i];
    bool const twice = i + 1 < format.size() && format[i + 1] == c;
    if (c == '}') {
        sink.write("}");
        if (twice) ++i;
    } else if (c == '{' && twice) {
        sink.write("{");
        ++i;
    } else if (c == '{') {
        std::size_t const start = i + 1;
        std::size_t end = start;
        while (end < format.size() && format[end] != '}') ++end;
        if (next < values.size())
            write_value(sink, values[next++], parse_spec(format.substr(start, end - start)));
        else
            sink.write("{?}");
        i = end;
    } else {
        sink.write(format.substr(i, 1));
    }
}
