// SPDX-License-Identifier: MIT
// TODO checkpoint 4: text goes to the sink as it is; {{ and }} are one brace; each
// placeholder is the next value, as parse_spec reads what stands between its braces.
(void)values, (void)parse_spec, (void)write_value;
sink.write(format);
