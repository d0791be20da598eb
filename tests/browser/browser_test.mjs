// SPDX-License-Identifier: MIT
//
// The page in headless Chromium, driven by its debugging protocol over a pipe: a
// recording served by `viv open --browser`, its views compared with what Linux prints,
// keys and mouse, the page from a disk with an album dropped on it, and files that are
// none. Pictures of all perspectives stay in the folder given last.
//
//   node browser_test.mjs BUILD FOLDER
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const [build, folder] = process.argv.slice(2);
const bin = name => path.join(build, 'bin', name);
const page = path.join(build, 'browser', 'viewer.html');
fs.mkdirSync(folder, { recursive: true });
let passed = 0, failed = 0;
function check(what, right, detail = '') {
  if (right) { ++passed; return; }
  ++failed;
  console.log(`FAILED: ${what}${detail ? '\n  ' + String(detail).slice(0, 2000) : ''}`);
}
function run(program, words, input = '') {
  const done = spawnSync(bin(program), words, { encoding: 'utf8', maxBuffer: 1 << 28, input });
  if (done.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${done.status}\n${done.stderr}`);
  return done.stdout;
}

class Chromium {
  constructor() {
    const profile = fs.mkdtempSync(path.join(folder, 'profile.'));
    this.profile = profile;
    this.process = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu-sandbox', '--use-gl=angle',
      '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--remote-debugging-pipe', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars',
      '--force-color-profile=srgb', '--window-size=1600,900', `--user-data-dir=${profile}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.number = 0;
    this.waiting = new Map();
    this.heard = [];
    let text = Buffer.alloc(0);
    this.process.stdio[4].on('data', data => {
      text = Buffer.concat([text, data]);
      for (let end; (end = text.indexOf(0)) >= 0; text = text.subarray(end + 1)) {
        const message = JSON.parse(text.subarray(0, end).toString());
        const done = this.waiting.get(message.id);
        if (!done) { this.heard.push(message); continue; }
        this.waiting.delete(message.id);
        message.error ? done.no(new Error(message.error.message)) : done.yes(message.result);
      }
    });
  }
  say(method, params = {}, sessionId = this.session) {
    const id = ++this.number;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((yes, no) => this.waiting.set(id, { yes, no }));
  }
  async open(url, width = 1600, height = 900, scale = 1) {
    const { targetId } = await this.say('Target.createTarget', { url: 'about:blank' }, undefined);
    this.session = (await this.say('Target.attachToTarget', { targetId, flatten: true }, undefined)).sessionId;
    this.heard.length = 0;
    await this.say('Page.enable');
    await this.say('Runtime.enable');
    await this.say('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
    await this.say('Page.navigate', { url });
  }
  async value(expression) {
    const { result, exceptionDetails } = await this.say('Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails.exception ?? exceptionDetails)}`);
    return result.value;
  }
  // Until it is so; a minute at most, for machines are busy.
  async until(expression) {
    for (let tries = 0; tries < 600; ++tries) {
      if (await this.value(`!!(${expression})`).catch(() => false)) return true;
      await new Promise(done => setTimeout(done, 100));
    }
    return false;
  }
  async frames(count = 6) {
    await this.value(`new Promise(done => { let left = ${count};
      const next = () => --left > 0 ? requestAnimationFrame(next) : done(); requestAnimationFrame(next); })`);
  }
  async picture(name) {
    const { data } = await this.say('Page.captureScreenshot', { format: 'png' });
    fs.writeFileSync(path.join(folder, name + '.png'), Buffer.from(data, 'base64'));
  }
  async key(key, code, modifiers = 0) {
    const text = key.length === 1 && !(modifiers & 2) ? key : undefined;
    for (const type of ['keyDown', 'keyUp'])
      await this.say('Input.dispatchKeyEvent', { type, key, code, modifiers, text: type === 'keyDown' ? text : undefined });
    await this.frames();
  }
  async click(x, y) {
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
      await this.say('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 });
      await this.frames(3);
    }
  }
  async drop(file) {
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'])
      await this.say('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
  // How many colours a frame has, and how much of it is its commonest one.
  colours() {
    return this.value(`(() => { const c = document.getElementById('canvas'), d = document.createElement('canvas');
      d.width = c.width; d.height = c.height; const g = d.getContext('2d'); g.drawImage(c, 0, 0);
      const p = new Uint32Array(g.getImageData(0, 0, d.width, d.height).data.buffer), n = new Map();
      for (const v of p) n.set(v, (n.get(v) || 0) + 1);
      return { colours: n.size, most: Math.max(...n.values()) / p.length }; })()`);
  }
  call(name, ...words) {
    const list = words.map(w => typeof w === 'number' ? w : JSON.stringify(w)).join(', ');
    const types = words.map(w => typeof w === 'number' ? "'number'" : "'string'").join(', ');
    return this.value(`Module.ccall('${name}', 'string', [${types}], [${list}])`);
  }
  errors() {
    return this.heard.filter(m => m.method === 'Runtime.exceptionThrown').map(m => JSON.stringify(m.params.exceptionDetails));
  }
  async end() {
    const gone = new Promise(done => this.process.on('exit', done));
    this.say('Browser.close', {}, undefined).catch(() => {});
    setTimeout(() => this.process.kill('SIGKILL'), 5000).unref();
    await gone;
    fs.rmSync(this.profile, { recursive: true, force: true });
  }
}

// What only says how a machine is kept at hand.
const comparable = text => text.replace(/^checkpoints:.*$/gm, '');

const recording = path.join(folder, 'demo.run');
for (const old of fs.readdirSync(folder)) fs.rmSync(path.join(folder, old), { recursive: true, force: true });
run('viv-glass', ['demo', '--headless', '--port', '0', '--exit-after', '3', '--self-request', '--record', recording]);
const album = path.join(folder, 'demo.album');
run('viv-machine', ['export', recording, '--album', '-o', album]);

const server = spawn(bin('viv-glass'), ['open', recording + '@packet:7', '--browser', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
const url = await new Promise((yes, no) => {
  let text = '', trouble = '';
  server.stdout.on('data', d => { text += d; if (text.includes('\n')) yes(text.trim()); });
  server.stderr.on('data', d => trouble += d);
  server.on('exit', status => no(new Error(`viv open --browser ended with ${status}: ${trouble}`)));
});
const chromium = new Chromium();
try {
  check('the address is of the loopback interface, with the moment', /^http:\/\/127\.0\.0\.1:\d+\/#packet:7$/.test(url), url);
  await chromium.open(url);
  check('the page opens the album that is served', await chromium.until('document.body.dataset.open'),
    await chromium.value('document.getElementById("trouble").textContent'));
  check('its title names the recording', (await chromium.value('document.title')) === 'Vivarium: demo.run');
  check('what the album holds is told', /moments of demo\.run: .*packets/.test(await chromium.call('viewer_about')));

  const views = (await chromium.call('viewer_print', '', 0)).trim().split('\n')
    .filter(v => v !== 'heat'        // from checkpoint to checkpoint: an album has its own
              && v !== 'accesses');  // and no machine that could live the stretch again
  check('accesses say that they need a machine',
    (await chromium.call('viewer_print', 'accesses', 0)).startsWith('(not here: an album has no machine'));
  check('all views are there', views.length >= 17, views.join(' '));
  for (const place of ['packet:7', 'switch:2', 'connection:3', 'end']) {
    check(`goes to ${place}`, (await chromium.call('viewer_go', place)) === '');
    // All views by one conversation: the machine is run once. It begins with where it stands.
    const told = run('viv-glass', ['open', `${recording}@${place}`, '--repl'], views.map(v => `print ${v}\n`).join(''));
    // An album names the image without its folder.
    let here = comparable(told.slice(told.indexOf('\n') + 1)).replace(/image \S*\/(?=[^\/\s]+$)/m, 'image ');
    for (const view of views) {
      const there = comparable(await chromium.call('viewer_print', view, 0));
      check(`${view} at ${place} is what Linux prints`, here.startsWith(there), `there:\n${there.slice(0, 600)}\nhere:\n${here.slice(0, 600)}`);
      here = here.slice(there.length);
    }
    check(`nothing more is printed at ${place}`, here === '', here);
  }

  await chromium.call('viewer_go', 'packet:7');
  for (const perspective of ['overview', 'boot', 'memory', 'scheduling', 'network']) {
    check(`shows ${perspective}`, (await chromium.call('viewer_do', `perspective.${perspective}`)) === '');
    await chromium.frames(12);
    const { colours, most } = await chromium.colours();
    check(`${perspective} is drawn`, colours > 60 && most < 0.93, JSON.stringify({ colours, most }));
    await chromium.picture(perspective);
  }

  // Keys and mouse go to the views.
  const where = () => chromium.call('viewer_print', 'overview', 0);
  await chromium.value('document.getElementById("canvas").focus()');
  const before = await where();
  await chromium.key('ArrowRight', 'ArrowRight');
  const after = await where();
  check('the right arrow goes to the next moment', before !== after, after);
  await chromium.key('ArrowLeft', 'ArrowLeft');
  check('the left arrow goes back', (await where()) === before);
  await chromium.key('Home', 'Home');
  check('Home goes to the beginning', /at 0 of /.test(await where()), await where());
  await chromium.key(' ', 'Space');
  await new Promise(done => setTimeout(done, 1500));
  await chromium.key(' ', 'Space');
  check('Space plays, and stops', !/at 0 of /.test(await where()));
  await chromium.call('viewer_do', 'perspective.network');
  await chromium.frames(8);
  const stood = await where();
  await chromium.click(800, 845);  // on the time line
  check('a click on the time line travels', (await where()) !== stood, await where());
  await chromium.key('p', 'KeyP', 2);
  await chromium.frames(6);
  await chromium.picture('palette');
  for (const c of 'walk') await chromium.key(c, 'Key' + c.toUpperCase());
  await chromium.key('Enter', 'Enter');
  await chromium.frames(8);
  await chromium.picture('after-palette');
  await chromium.key('F2', 'F2');
  check('F2 shows a view as text', await chromium.value('!document.getElementById("text").hidden && document.getElementById("words").textContent.length > 50'));
  await chromium.picture('text');
  await chromium.key('Escape', 'Escape');
  check('Escape closes it', await chromium.value('document.getElementById("text").hidden'));
  check('nothing was thrown', chromium.errors().length === 0, chromium.errors().join('\n'));

  // The page by itself, from a disk.
  await chromium.open('file://' + page);
  check('the page opens from a disk', await chromium.until('ready'), chromium.errors().join('\n'));
  await chromium.frames(3);
  await chromium.picture('start');
  const bad = { 'text.album': 'hello', 'cut.album': fs.readFileSync(album).subarray(0, 5000), 'empty.album': '' };
  for (const [name, bytes] of Object.entries(bad)) {
    fs.writeFileSync(path.join(folder, name), bytes);
    await chromium.value('document.getElementById("trouble").textContent = ""');
    await chromium.drop(path.join(folder, name));
    check(`${name} is refused where one looks`, await chromium.until(`document.getElementById("trouble").textContent.startsWith("${name}: ")`));
  }
  await chromium.drop(recording);
  check('a recording is told how to become an album', await chromium.until('document.getElementById("trouble").textContent.includes("--album")'));
  await chromium.picture('refused');
  await chromium.drop(album);
  check('an album that is dropped opens', await chromium.until('document.body.dataset.open === "demo.album"'),
    await chromium.value('document.getElementById("trouble").textContent'));
  await chromium.frames(10);
  check('and is drawn', (await chromium.colours()).colours > 60);
  check('nothing was thrown there', chromium.errors().length === 0, chromium.errors().join('\n'));

  // What was open stays, and Escape leads back to it.
  await chromium.drop(path.join(folder, 'text.album'));
  check('a refusal stands before what is open', await chromium.until('!document.getElementById("start").hidden && document.getElementById("trouble").textContent'));
  await chromium.frames(3);
  await chromium.picture('refused-later');
  await chromium.key('Escape', 'Escape');
  check('Escape leads back', await chromium.value('document.getElementById("start").hidden'));
  check('to the album that was open', /demo\.run/.test(await chromium.call('viewer_about')));

  // Fingers, and the Command key of a Mac, of which no browser there tells what is let go below it.
  const touch = (type, ...points) => chromium.say('Input.dispatchTouchEvent',
    { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) }).then(() => chromium.frames(8));
  const forward = [648, 25], elsewhere = [700, 400];  // the button of a step
  await chromium.call('viewer_go', 'packet:7');
  await chromium.frames(8);
  const untouched = await where();
  await touch('touchStart', forward);
  await touch('touchCancel');
  await touch('touchStart', forward);
  await touch('touchStart', forward, elsewhere);
  await touch('touchEnd');
  check('what is cancelled, and two fingers, are no click', (await where()) === untouched, await where());
  await touch('touchStart', forward);
  await touch('touchEnd');
  check('a tap is one', (await where()) !== untouched, await where());
  await chromium.value('document.getElementById("canvas").focus()');
  const canvas = () => chromium.value('document.getElementById("canvas").toDataURL()');
  const command_p = () => chromium.say('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'p', code: 'KeyP', modifiers: 4 })
    .then(() => chromium.say('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Meta', code: 'MetaLeft' }))
    .then(() => chromium.frames(8));
  await command_p();
  await chromium.key('Escape', 'Escape');
  await chromium.frames(8);
  const closed = await canvas();
  await chromium.frames(8);
  check('the palette is closed', (await canvas()) === closed);
  await command_p();
  check('Command P opens it once more', (await canvas()) !== closed);
  await chromium.key('Escape', 'Escape');

  // Chosen before the viewer is there.
  await chromium.say('Page.addScriptToEvaluateOnNewDocument', { source: `
    const start = WebAssembly.instantiate, held = new Promise(done => window.letGo = done);
    WebAssembly.instantiate = async (...words) => { await held; return start.apply(WebAssembly, words); };` })
    .then(({ identifier }) => chromium.early = identifier);
  await chromium.say('Page.navigate', { url: 'file://' + page });
  check('the page is there before its viewer', await chromium.until('window.letGo && byId("file").onchange && !ready'));
  const { root } = await chromium.say('DOM.getDocument');
  const { nodeId } = await chromium.say('DOM.querySelector', { nodeId: root.nodeId, selector: '#file' });
  await chromium.say('DOM.setFileInputFiles', { nodeId, files: [album] });
  check('what is chosen early is told', await chromium.until('byId("busy").textContent.includes("demo.album")'));
  await chromium.say('Page.removeScriptToEvaluateOnNewDocument', { identifier: chromium.early });
  await chromium.value('letGo()');
  check('and opens when the viewer is there', await chromium.until('document.body.dataset.open === "demo.album"'),
    await chromium.value('document.getElementById("trouble").textContent'));
  await chromium.value('DecompressionStream = undefined');
  await chromium.drop(album);
  check('a browser that cannot unpack is told so', await chromium.until('document.getElementById("trouble").textContent.includes("Safari 16.4")'));
  check('nothing was thrown before the viewer was there', chromium.errors().length === 0, chromium.errors().join('\n'));
  await chromium.open('file://' + page);
  await chromium.until('ready');

  // Albums made to harm: each is refused in words or shown, and the next one opens.
  const corpus = path.join(path.dirname(fileURLToPath(import.meta.url)), '../fuzz/corpus/album');
  const whole = zlib.gunzipSync(fs.readFileSync(album));
  const hostile = fs.readdirSync(corpus).map(name => [name, fs.readFileSync(path.join(corpus, name))])
    .map(([name, bytes]) => [name, bytes[0] === 0 ? bytes.subarray(1) : bytes]);  // 0: a whole file follows
  let random = 12345;
  const below = n => (random = (Math.imul(random, 1103515245) + 12345) >>> 0) % n;
  for (let i = 0; i < 24; ++i) {
    const bytes = Buffer.from(whole);
    // Half of them where the structures are dense, in the first thousands.
    for (let k = 0; k < 1 + i % 4; ++k) bytes[below(i % 2 ? bytes.length : 20000)] = below(256);
    hostile.push([`changed ${i}`, i % 5 === 4 ? bytes.subarray(0, below(bytes.length)) : bytes]);
  }
  let refused = 0;
  for (const [name, bytes] of hostile) {
    const packed = zlib.gzipSync(bytes, { level: 1 }).toString('base64');
    const why = await chromium.value(`(async () => {
      document.getElementById('trouble').textContent = '';
      await show(Uint8Array.from(atob('${packed}'), c => c.charCodeAt(0)).buffer, 'hostile.album');
      return document.getElementById('trouble').textContent; })()`);
    if (why) { ++refused; check(`${name} is refused in a line`, /^hostile\.album: [^\n]+$/.test(why), why); }
    else
      for (const view of ['overview', 'threads', 'packets', 'pages', 'heap', 'disassembly', 'connections']) {
        await chromium.call('viewer_go', 'end');
        await chromium.call('viewer_print', view, 0);
      }
    await chromium.frames(2);
  }
  check('some hostile albums are refused', refused > 3, refused);
  check('hostile albums throw nothing', chromium.errors().length === 0, chromium.errors().join('\n'));
  await chromium.drop(album);
  check('after them an album opens', await chromium.until('document.body.dataset.open === "demo.album" && document.getElementById("start").hidden'),
    await chromium.value('document.getElementById("trouble").textContent'));
  check('and is whole', /moments of demo\.run: .*packets/.test(await chromium.call('viewer_about')));

  // A folder on a course's web server.
  const site = path.join(folder, 'site');
  const made = spawnSync(bin('viv-machine'), ['export', recording, '--page', site], { encoding: 'utf8' });
  check('viv export --page makes the folder', made.status === 0, made.stderr);
  const course = http.createServer((request, answer) => {
    const name = path.basename(decodeURIComponent(new URL(request.url, 'http://x').pathname)) || 'index.html';
    const file = path.join(site, name);
    if (!fs.existsSync(file)) { answer.writeHead(404); answer.end(); return; }
    answer.writeHead(200, { 'Content-Type': name.endsWith('.html') ? 'text/html' : 'application/octet-stream' });
    fs.createReadStream(file).pipe(answer);
  });
  await new Promise(done => course.listen(0, '127.0.0.1', done));
  const host = `http://127.0.0.1:${course.address().port}/`;
  await chromium.open(host);
  check('the page lists its folder', await chromium.until('document.querySelectorAll("#albums a").length === 1'));
  check('with what is in it', /demo\.run.*moments.*MiB/s.test(await chromium.value('document.getElementById("albums").textContent')));
  await chromium.picture('list');
  await chromium.value('document.querySelector("#albums a").click()');
  check('a click opens the album', await chromium.until('document.body.dataset.open === "demo.album"'));
  for (const [query, why] of [['?album=none.album', 'has no such album'], ['?album=..%2Fx.album', 'no name of an album'],
    ['?album=https:%2F%2Fx%2Fy.album', 'no name of an album']]) {
    await chromium.open(host + query);
    check(`${query} is refused`, await chromium.until(`document.getElementById("trouble").textContent.includes("${why}")`));
  }
  await chromium.open(host + '?album=demo.album#%E0%A4%A');
  check('an address that is none does no harm', await chromium.until('document.body.dataset.open === "demo.album"'));
  await chromium.open(host + '?album=demo.album#packet:3', 390, 844, 3);
  check('a link leads to a moment of an album', await chromium.until('document.body.dataset.open === "demo.album"'));
  await chromium.frames(12);
  check('a telephone shows it', (await chromium.colours()).colours > 60);
  await chromium.picture('phone');
  await chromium.open(host, 390, 844, 3);
  await chromium.until('document.querySelectorAll("#albums a").length');
  await chromium.picture('phone-start');
  await new Promise(done => { course.close(done); course.closeAllConnections(); });

  // A small display, and one of twice the pixels.
  await chromium.open(url.replace('packet:7', 'end'), 1280, 720, 1);
  await chromium.until('document.body.dataset.open');
  await chromium.frames(12);
  await chromium.picture('small');
  // Each view alone, as `viv shot` names them.
  for (const view of ['machine', 'console', 'disassembly', 'registers', 'memory', 'frames', 'walk', 'threads', 'scheduler',
    'packets', 'ladder', 'connection', 'events', 'devices']) {
    check(`shows ${view} alone`, (await chromium.call('viewer_do', `view.alone ${view}`)) === '');
    await chromium.frames(10);
    await chromium.picture(`small-${view}`);
  }
  await chromium.open(url, 1600, 900, 2);
  await chromium.until('document.body.dataset.open');
  await chromium.frames(12);
  check('the canvas has the pixels of its display', (await chromium.value('document.getElementById("canvas").width')) === 3200);
  await chromium.picture('double');
} catch (error) {
  check('no trouble', false, error.stack);
} finally {
  await chromium.end();
}
const ended = new Promise(done => server.on('exit', done));
server.kill('SIGINT');
check('Ctrl-C ends the server well', (await ended) === 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
