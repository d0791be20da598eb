// SPDX-License-Identifier: MIT
auto const take = [&format](std::size_t count) {
    auto const piece = format.substr(0, count);
    format.remove_prefix(piece.size());
    return piece;
};
while (!format.empty()) {
    if (auto const text = take(format.find_first_of("{}")); !text.empty()) {
        sink.write(text);
        continue;
    }
    char const brace = take(1)[0];
    bool const twice = !format.empty() && format[0] == brace;
    if (twice || brace == '}') {
        if (twice) take(1);
        sink.write({&brace, 1});
        continue;
    }
    auto const inside = take(format.find('}'));
    take(1);
    if (values.empty()) {
        sink.write("{?}");
    } else {
        write_value(sink, values[0], parse_spec(inside));
        values = values.subspan(1);
    }
}
