// SPDX-License-Identifier: MIT
#include "kernel/apps/http/page.hpp"

#include <span>

#include "kernel/apps/http/greeting.hpp"

namespace apps {
namespace {

// With their lengths: this file is compiled small, and then nobody counts them beforehand.
using namespace std::string_view_literals;

constexpr std::string_view head = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vivarium</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect x='3' y='3' width='26' height='26' rx='6' fill='%230d3b33'/%3E%3Cpath d='M16 25C9 20 9 12 22 8c2 11-1 14-6 17z' fill='%2368d8a6'/%3E%3C/svg%3E">
<style>
:root{--ink:#12312b;--soft:#5b7a72;--line:#dbe8e3;--leaf:#0f8a63;--glass:#fff;--ground:#eef5f2}
@media(prefers-color-scheme:dark){:root{--ink:#e4f2ec;--soft:#8fb0a5;--line:#23443b;--leaf:#5fd3a3;--glass:#12261f;--ground:#0a1712}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
header{background:linear-gradient(120deg,#08231d,#0f5a45 65%,#2a9d74);color:#fff;padding:44px 24px 76px}
header>div{max-width:912px;margin:auto}
header p{margin:0;opacity:.85}
h1{font-size:34px;line-height:1.2;margin:6px 0 10px;letter-spacing:-.02em}
h2{font-size:15px;margin:0 0 12px}
main{max-width:960px;padding:0 24px 40px;margin:-48px auto 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:16px}
.card{background:var(--glass);border:1px solid var(--line);border-radius:14px;padding:18px 20px;box-shadow:0 8px 24px #08231d14}
.card small{display:block;color:var(--soft)}
.card b{display:block;font-size:27px;line-height:1.3;font-variant-numeric:tabular-nums}
.wide{margin-top:16px}
progress{width:100%;height:8px;margin-top:6px;accent-color:#0f8a63}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{text-align:left;font-size:13px;font-weight:500;color:var(--soft)}
th,td{padding:7px 8px;border-bottom:1px solid var(--line)}
tr:last-child td{border:0}
td:nth-child(n+3),th:nth-child(n+3){text-align:right}
i{font-style:normal;background:#0f8a6320;color:var(--leaf);border-radius:9px;padding:1px 9px;font-size:13px}
ol{display:flex;flex-wrap:wrap;gap:8px 26px;margin:0;padding:0;list-style:none;counter-reset:n}
li{counter-increment:n;font:13px ui-monospace,"DejaVu Sans Mono",monospace}
li:before{content:counter(n);color:#fff;background:var(--leaf);border-radius:50%;display:inline-block;width:20px;line-height:20px;text-align:center;margin-right:8px;font-size:11px}
footer{color:var(--soft);font-size:14px;margin-top:22px}
a{color:var(--leaf)}
</style>
</head>
<body>
<header><div><p>Vivarium, an educational x86-64 unikernel</p>
<h1>)";

constexpr std::string_view journey = R"(</tbody></table></section>
<section class="card wide"><h2>How this page reached you</h2><ol>
<li>Virtqueue::pop_used</li><li>VirtioNet::receive</li><li>Interface::on_frame</li><li>Connection::on_segment</li><li>RequestParser::feed</li><li>Router::dispatch</li><li>ResponseWriter::finish</li><li>Interface::next_frame</li><li>VirtioNet::transmit</li></ol></section>
<footer>The same facts as <a href="/api/facts">JSON</a>. Exact bytes to test with: <a href="/bytes/100000">/bytes/100000</a>. No operating system was running underneath.</footer>
</main>
)";

// Asks for the facts once a second, as long as somebody looks.
constexpr std::string_view script = R"(<script>
const $=i=>document.getElementById(i),n=x=>x.toLocaleString('en'),m=x=>(x/1048576).toFixed(1);
async function tick(){if(!document.hidden)try{const f=await(await fetch('/api/facts')).json();
$('uptime').textContent=f.uptime_seconds.toFixed(1);$('requests').textContent=n(f.requests);
$('open').textContent=n(f.connections_open);$('connections').textContent=n(f.connections);
$('free').textContent=m(f.memory_free);$('bar').value=f.memory_total-f.memory_free;
$('in').textContent=n(f.frames_in);$('out').textContent=n(f.frames_out);$('interrupts').textContent=n(f.interrupts);
$('threads').replaceChildren(...f.threads.map(t=>{const r=document.createElement('tr');
[t.name,t.state,t.processor_ms.toFixed(1),n(t.switches)].forEach((v,k)=>{const c=r.insertCell();(k==1?c.appendChild(document.createElement('i')):c).textContent=v});return r}))
}catch(e){}setTimeout(tick,1000)}
setTimeout(tick,1000)
</script>
</body>
</html>
)";

// 1234567 as "1,234,567".
void write_grouped(http::ResponseWriter& out, std::uint64_t value) {
    if (value < 1000) return out.write_decimal(value);
    write_grouped(out, value / 1000);
    char const last[] = {',', static_cast<char>('0' + value / 100 % 10),
                         static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
    out.write({last, sizeof last});
}

// A value in thousandths with `digits` (0 to 3) behind the point, rounded down.
void write_thousandths(http::ResponseWriter& out, std::uint64_t thousandths, unsigned digits) {
    out.write_decimal(thousandths / 1000);
    if (digits == 0) return;
    char const fraction[] = {'.', static_cast<char>('0' + thousandths / 100 % 10),
                             static_cast<char>('0' + thousandths / 10 % 10),
                             static_cast<char>('0' + thousandths % 10)};
    out.write({fraction, 1 + digits});
}

std::uint64_t mebibytes_in_thousandths(std::uint64_t bytes) { return bytes * 125 / 131072; }

void write_address(http::ResponseWriter& out, std::uint32_t address) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.write_decimal(address >> shift & 0xFF);
        if (shift) out.write("."sv);
    }
}

void write_mac(http::ResponseWriter& out, std::span<std::uint8_t const> mac) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < mac.size(); ++i) {
        char const text[] = {digits[mac[i] >> 4], digits[mac[i] & 15], ':'};
        out.write({text, i + 1 < mac.size() ? std::size_t{3} : 2});
    }
}

// Text inside a JSON string. Control characters do not occur in our names.
void write_quoted(http::ResponseWriter& out, std::string_view text) {
    out.write("\""sv);
    for (char const& c : text) {
        if (c == '"' || c == '\\') out.write("\\"sv);
        if (static_cast<unsigned char>(c) >= ' ') out.write({&c, 1});
    }
    out.write("\""sv);
}

void begin_card(http::ResponseWriter& out, std::string_view title, std::string_view id) {
    out.write("<section class=\"card\"><small>"sv);
    out.write(title);
    out.write("</small><b><span id=\""sv);
    out.write(id);
    out.write("\">"sv);
}

void write_cards(Facts const& facts, http::ResponseWriter& out) {
    out.write("<div class=\"facts\">\n"sv);
    begin_card(out, "Up for"sv, "uptime"sv);
    write_thousandths(out, static_cast<std::uint64_t>(facts.uptime.as_milliseconds()), 1);
    out.write("</span> s</b><small>since this kernel began</small></section>\n"sv);

    begin_card(out, "Requests answered"sv, "requests"sv);
    write_grouped(out, facts.requests);
    out.write("</span></b><small><span id=\"open\">"sv);
    write_grouped(out, facts.open);
    out.write("</span> connections open, <span id=\"connections\">"sv);
    write_grouped(out, facts.connections);
    out.write("</span> in all</small></section>\n"sv);

    begin_card(out, "Memory free"sv, "free"sv);
    write_thousandths(out, mebibytes_in_thousandths(facts.memory_free), 1);
    out.write("</span> MiB</b><progress id=\"bar\" aria-label=\"memory in use\" max=\""sv);
    out.write_decimal(facts.memory_total);
    out.write("\" value=\""sv);
    out.write_decimal(facts.memory_total - facts.memory_free);
    out.write("\"></progress><small>of "sv);
    write_thousandths(out, mebibytes_in_thousandths(facts.memory_total), 1);
    out.write(" MiB</small></section>\n"sv);

    begin_card(out, "Packets received"sv, "in"sv);
    write_grouped(out, facts.frames_in);
    out.write("</span></b><small><span id=\"out\">"sv);
    write_grouped(out, facts.frames_out);
    out.write("</span> sent, with <span id=\"interrupts\">"sv);
    write_grouped(out, facts.interrupts);
    out.write("</span> interrupts of the card</small></section>\n</div>\n"sv);
}

void write_threads(Facts const& facts, http::ResponseWriter& out) {
    out.write(
        "<section class=\"card wide\"><h2>Threads of this "
        "kernel</h2><table><thead><tr><th>Name</th><th>State</th>"
        "<th>Processor, ms</th><th>Switches to it</th></tr></thead><tbody id=\"threads\">\n"sv);
    for (ThreadFact const& thread : std::span(facts.threads).first(facts.thread_count)) {
        out.write("<tr><td>"sv);
        out.write_escaped(thread.name);
        out.write("</td><td><i>"sv);
        out.write_escaped(thread.state);
        out.write("</i></td><td>"sv);
        write_thousandths(out, static_cast<std::uint64_t>(thread.processor.as_microseconds()), 1);
        out.write("</td><td>"sv);
        write_grouped(out, thread.switches);
        out.write("</td></tr>\n"sv);
    }
}

class JsonObject {
public:
    explicit JsonObject(http::ResponseWriter& out) : out_(out) { out_.write("{"sv); }
    void number(std::string_view name, std::uint64_t value) {
        begin(name);
        out_.write_decimal(value);
    }
    void thousandths(std::string_view name, std::uint64_t value) {
        begin(name);
        write_thousandths(out_, value, 3);
    }
    void text(std::string_view name, std::string_view value) {
        begin(name);
        write_quoted(out_, value);
    }
    void begin(std::string_view name) {
        if (!first_) out_.write(","sv);
        first_ = false;
        write_quoted(out_, name);
        out_.write(":"sv);
    }
    void end() { out_.write("}"sv); }

private:
    http::ResponseWriter& out_;
    bool first_ = true;
};

}  // namespace

void write_page(Facts const& facts, http::ResponseWriter& response) {
    response.set_type("text/html; charset=utf-8");
    response.write(head);
    response.write_escaped(greeting);
    response.write("</h1>\n<p>"sv);
    response.write_escaped(facts.machine);
    response.write(" &middot; "sv);
    write_address(response, facts.address);
    response.write(" &middot; "sv);
    write_mac(response, facts.mac);
    response.write("</p></div></header>\n<main>\n"sv);
    write_cards(facts, response);
    write_threads(facts, response);
    response.write(journey);
    response.write(script);
}

void write_json(Facts const& facts, http::ResponseWriter& response) {
    response.set_type("application/json");
    JsonObject object(response);
    object.thousandths("uptime_seconds"sv, static_cast<std::uint64_t>(facts.uptime.as_milliseconds()));
    object.text("machine"sv, facts.machine);
    object.begin("address"sv);
    response.write("\""sv);
    write_address(response, facts.address);
    response.write("\""sv);
    object.begin("mac"sv);
    response.write("\""sv);
    write_mac(response, facts.mac);
    response.write("\""sv);
    object.number("memory_total"sv, facts.memory_total);
    object.number("memory_free"sv, facts.memory_free);
    object.number("requests"sv, facts.requests);
    object.number("connections"sv, facts.connections);
    object.number("connections_open"sv, facts.open);
    object.number("frames_in"sv, facts.frames_in);
    object.number("frames_out"sv, facts.frames_out);
    object.number("bytes_in"sv, facts.bytes_in);
    object.number("bytes_out"sv, facts.bytes_out);
    object.number("interrupts"sv, facts.interrupts);
    object.begin("threads"sv);
    response.write("["sv);
    for (std::size_t i = 0; i < facts.thread_count; ++i) {
        if (i) response.write(","sv);
        ThreadFact const& thread = facts.threads[i];
        JsonObject entry(response);
        entry.text("name"sv, thread.name);
        entry.text("state"sv, thread.state);
        entry.thousandths("processor_ms"sv, static_cast<std::uint64_t>(thread.processor.as_microseconds()));
        entry.number("switches"sv, thread.switches);
        entry.end();
    }
    response.write("]"sv);
    object.end();
    response.write("\n"sv);
}

}  // namespace apps
