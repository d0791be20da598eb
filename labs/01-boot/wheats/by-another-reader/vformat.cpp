// SPDX-License-Identifier: MIT
// Eats the format from its front, a piece at a time.
auto const eat = [&format](std::size_t count) {
    std::string_view const piece = format.substr(0, count);
    format.remove_prefix(std::min(count, format.size()));
    return piece;
};
while (!format.empty()) {
    std::size_t plain = 0;
    while (plain < format.size() && format[plain] != '{' && format[plain] != '}') ++plain;
    if (plain != 0) {
        sink.write(eat(plain));
        continue;
    }
    if (format.starts_with("{{") || format.starts_with("}}")) {
        sink.write(eat(2).substr(1));
        continue;
    }
    if (format.front() == '}') {
        sink.write(eat(1));
        continue;
    }
    eat(1);
    std::size_t inside = 0;
    for (char const c : format) {
        if (c == '}') break;
        ++inside;
    }
    Spec const spec = parse_spec(eat(inside));
    eat(1);
    if (values.empty()) {
        sink.write("{?}");
    } else {
        write_value(sink, values.front(), spec);
        values = values.subspan(1);
    }
}
