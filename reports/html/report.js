// Draws the page from the JSON in #data. Numbers are shown as the database has them, rounded; nothing is worked out anew but
// sums, shares and differences. Text enters the page as text, never as HTML.
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const main = document.getElementById('main'), contents = document.getElementById('contents');
const SVG = 'http://www.w3.org/2000/svg';
const redraw = []; // charts, each a function of the width that there is

function put(node, attributes, children) {
  for (const [k, v] of Object.entries(attributes || {}))
    if (v !== undefined && v !== null && v !== false) {
      if (k === 'on') for (const [event, f] of Object.entries(v)) node.addEventListener(event, f);
      else node.setAttribute(k, v);
    }
  for (const c of children.flat(3)) if (c !== undefined && c !== null && c !== false) node.append(c);
  return node;
}
const el = (tag, attributes, ...children) => put(document.createElement(tag), attributes, children);
const draw = (tag, attributes, ...children) => put(document.createElementNS(SVG, tag), attributes, children);
const sum = (list, f) => list.reduce((s, x) => s + (f(x) || 0), 0);
const known = v => v !== null && v !== undefined && v !== '';

const fixed = (v, n) => known(v) ? Number(v).toFixed(n) : '-';
const ms = (v, n = 3) => known(v) ? fixed(v * 1e3, n) : '-';
const mj = (v, n = 3) => known(v) ? fixed(v / 1e3, n) : '-';
const whole = v => known(v) ? String(Math.round(v)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ') : '-';
const kib = v => known(v) ? fixed(v / 1024, 1) : '-';
const size = v => v >= 10 * 1048576 ? [fixed(v / 1048576, 1), 'MiB'] : [kib(v), 'KiB']; // short enough for a phone
const percent = (part, all, n = 1) => all > 0 ? fixed(100 * part / all, n) + ' %' : '-';
const cut = (text, n) => text.length > n ? text.slice(0, n - 1) + '\u2026' : text;

// ---- colours ----

const causeColour = { base: '#4c7fb8', lsu: '#e8a33d', data: '#cf4b5c', fetch: '#8b6bb1', refill: '#4fa07e', mispredict: '#d98c6a', cpi: '#97755c',
  exc: '#9aa3ad', sleep: '#c3c9d0', 'npu.compute': '#4c7fb8', 'npu.fill': '#e8a33d', 'npu.store': '#4fa07e', 'npu.stall': '#cf4b5c', 'npu.link': '#8b6bb1',
  'mcu.cycle': '#9aa3ad', 'measured.cycles': '#4c7fb8' };
const wheel = ['#4c7fb8', '#e8a33d', '#4fa07e', '#cf4b5c', '#8b6bb1', '#d98c6a', '#5bb0c9', '#97755c', '#b5a642', '#9aa3ad'];
const colours = names => Object.fromEntries(names.map((n, i) => [n, causeColour[n] || wheel[i % wheel.length]]));

// ---- parts of the page ----

function section(id, title, note, ...children) {
  const s = el('section', { id }, el('h2', {}, title), note && el('p', { class: 'note' }, note), ...children);
  main.append(s);
  contents.append(el('a', { href: '#' + id }, title));
  return s;
}

function chart(parent, height, f) {
  const box = el('div', { class: 'chart' });
  parent.append(box);
  let last = 0;
  const again = () => {
    const w = Math.floor(box.clientWidth);
    if (w < 40 || w === last) return;
    last = w;
    const h = typeof height === 'function' ? height(w) : height;
    const s = draw('svg', { viewBox: `0 0 ${w} ${h}`, height: h, role: 'img' });
    f(s, w, h);
    box.replaceChildren(s);
  };
  redraw.push(again);
  again();
}

function legend(map, meaning) {
  return el('div', { class: 'legend' }, Object.entries(map).map(([name, colour]) =>
    el('span', { title: meaning ? meaning(name) : '' }, el('i', { style: `background:${colour}` }), name)));
}

function select(label, options, chosen, f) {
  const s = el('select', { on: { change: e => f(e.target.value) } },
    options.map(([value, text]) => el('option', { value, selected: value === chosen ? 'selected' : null }, text)));
  return el('label', {}, label, s);
}

const tip = text => draw('title', {}, text);

// Round steps for an axis.
function steps(max, n) {
  if (!(max > 0)) return [0];
  const raw = max / n, p = 10 ** Math.floor(Math.log10(raw)), s = [1, 2, 5, 10].find(k => k * p >= raw) * p, out = [];
  for (let v = 0; v <= max * 1.0001; v += s) out.push(v);
  return out;
}
const short = v => v >= 1e6 ? +(v / 1e6).toPrecision(3) + ' M' : v >= 1e4 ? +(v / 1e3).toPrecision(3) + ' k' : String(+v.toPrecision(3));

const causeText = Object.fromEntries(data.causes.map(c => [c.cause, c]));
const describe = run => `${run.network || 'a program'}${run.variant ? ', ' + run.variant : ''}`;
const place = run => `${run.platform}${run.core ? ' (' + run.core + ')' : ''}${run.clock_hz ? ' at ' + +(run.clock_hz / 1e6).toPrecision(10) + ' MHz' : ''}`;
const energyText = r => known(r.inference_energy_uj)
  ? mj(r.inference_energy_uj) + ' mJ' + (r.energy_assumed ? '*' : '') : 'not known';
const band = (low, high) => known(low) && known(high) ? `${mj(low)} to ${mj(high)} mJ` : 'no band known';

// ---- cards ----

function cards(run, other) {
  const card = (id, k, v, s, meter) => el('div', { class: 'card', 'data-card': id }, el('div', { class: 'k' }, k), el('div', { class: 'v' }, v),
    s && el('div', { class: 's' }, s),
    known(meter) && el('div', { class: 'meter' }, el('i', { class: meter > 100 ? 'full' : '', style: `width:${Math.min(100, meter)}%` })));
  const against = (a, b, f) => known(a) && known(b) ? ` against ${f(b)} (${a >= b ? '+' : ''}${fixed(100 * (a / b - 1), 1)} %)` : '';
  const stall = run.causes.find(c => (causeText[c.cause] || {}).helps);
  const of = (used, all) => known(all) && all > 0 ? `${percent(used, all)} of ${whole(all)}` : '';
  return el('div', { class: 'cards' },
    card('latency', 'latency', ms(run.inference_seconds) + ' ms' + (known(run.cycles_error_percent) ? ` \u00b1${fixed(run.cycles_error_percent, 1)} %` : ''),
      (run.layer_count ? `${fixed(1 / run.inference_seconds, 2)} inferences/s` : 'the whole program') + (other ? against(run.inference_seconds, other.inference_seconds, v => ms(v) + ' ms') : '')),
    card('cycles', 'cycles', whole(run.inference_cycles) + (known(run.cycles_error_percent) ? ` \u00b1${fixed(run.cycles_error_percent, 1)} %` : ''), (run.macs > 0 ? `${fixed(run.inference_cycles / run.macs, 3)} a MAC` : '') +
      (other ? against(run.inference_cycles, other.inference_cycles, whole) : '')),
    known(run.unvalidated_percent) && card('evidence', 'evidence', known(run.cycles_error_rows) ? `${whole(run.cycles_error_rows)} figures` : 'not enough',
      (known(run.cycles_error_rows) ? `measured, of ${run.cycles_error_code} like it` : 'how far the cycles are off is not known') +
      (run.unvalidated_percent >= 1 ? `; none for ${fixed(run.unvalidated_percent, 0)} % of the cycles${run.unvalidated ? ': ' + run.unvalidated : ''}` : '')),
    card('energy', 'energy', energyText(run), band(run.inference_energy_uj_low, run.inference_energy_uj_high) + (run.supply ? `; ${run.supply}` : '') +
      (run.energy_assumed ? '; * assumed' : '')),
    known(run.peak_sram_bytes) && card('sram', 'SRAM', whole(run.peak_sram_bytes) + ' bytes', of(run.peak_sram_bytes, run.board_sram_bytes),
      run.board_sram_bytes ? 100 * run.peak_sram_bytes / run.board_sram_bytes : null),
    known(run.flash_bytes) && card('flash', 'flash', whole(run.flash_bytes) + ' bytes', of(run.flash_bytes, run.board_flash_bytes),
      run.board_flash_bytes ? 100 * run.flash_bytes / run.board_flash_bytes : null),
    known(run.onchip_bytes) && card('onchip', 'on-chip memory', whole(run.onchip_bytes) + ' bytes', known(run.fit) ? (run.fit === 'yes' ? 'fits the device' : 'DOES NOT FIT') : ''),
    known(run.watts) && card('power', 'mean power', fixed(run.watts * 1e3, 1) + ' mW', 'over the whole run'),
    known(run.top1) && card('class', 'class', String(run.top1), 'what the firmware printed first'),
    stall && card('stall', 'largest stall', `${stall.cause} ${fixed(stall.percent, 1)} %`, `${causeText[stall.cause].is}. What helps: ${causeText[stall.cause].helps}`));
}

function alarms(run) {
  const out = [];
  if (run.unfit) out.push(`Run ${run.run} does not fit: ${run.unfit}. Every number of it is of a device with room for it.`);
  if (known(run.wait_states_needed)) out.push(`Run ${run.run}: ${run.wait_states} flash wait states are too few for this clock. A board would not work so.`);
  if (run.clock_override && run.clock_override !== run.firmware_hz) out.push(`Run ${run.run}: the clock was overridden (--clock); the firmware set ${run.firmware_hz / 1e6} MHz.`);
  if (run.uncosted) out.push(`Run ${run.run} is incomplete: ${run.uncosted} tallies have no cost.`);
  return out.map(t => el('p', { class: 'alarm' }, t));
}

// ---- layers ----

const moved = l => (l.read_bytes || 0) + (l.write_bytes || 0);

function layersSection(run) {
  const layers = run.layers, total = sum(layers, l => l.cycles), causes = run.causes.map(c => c.cause), colour = colours(causes);
  const by = {};
  for (const s of run.stalls) (by[s.name] = by[s.name] || []).push(s);
  let order = 'order', word = '';
  const body = el('div', { id: 'layer-rows' });
  const most = Math.max(...layers.map(l => l.cycles), 1);
  const row = (l, i) => el('div', { class: 'row', 'data-layer': l.name, title: (by[l.name] || []).map(s => `${s.cause} ${whole(s.cycles)}`).join('\n') },
    el('div', { class: 'name' }, l.name, ' ', el('small', {}, l.op)),
    el('div', { class: 'bar' }, (by[l.name] || []).map(s => el('i', { style: `width:${100 * s.cycles / most}%;background:${colour[s.cause]}` }))),
    el('div', { class: 'num', 'data-v': 'ms' }, ms(l.seconds)), el('div', { class: 'num' }, percent(l.cycles, total)),
    el('div', { class: 'num more', 'data-v': 'cycles' }, whole(l.cycles)), el('div', { class: 'num more', 'data-v': 'cpm' }, fixed(l.cycles_per_mac, 3)),
    el('div', { class: 'num more', 'data-v': 'read' }, kib(l.read_bytes)), el('div', { class: 'num more', 'data-v': 'write' }, kib(l.write_bytes)),
    el('div', { class: 'num more', 'data-v': 'mj' }, mj(l.energy_uj, 4) + (l.energy_assumed ? '*' : '')));
  const keys = { order: (a, b) => a.seq - b.seq, time: (a, b) => b.cycles - a.cycles, name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
    'cycles a MAC': (a, b) => (b.cycles_per_mac || 0) - (a.cycles_per_mac || 0), traffic: (a, b) => moved(b) - moved(a),
    stalls: (a, b) => lost(b) - lost(a) };
  const lost = l => sum(by[l.name] || [], s => (causeText[s.cause] || {}).helps ? s.cycles : 0);
  const fill = () => {
    const shown = layers.filter(l => (l.name + ' ' + l.op).toLowerCase().includes(word.toLowerCase())).sort(keys[order]);
    body.replaceChildren(...shown.map(row), el('div', { class: 'row total' }, el('div', { class: 'name' }, shown.length === layers.length ? 'total' : `${shown.length} layers`),
      el('div', { class: 'bar' }), el('div', { class: 'num', 'data-v': 'ms' }, ms(sum(shown, l => l.seconds))), el('div', { class: 'num' }, percent(sum(shown, l => l.cycles), total)),
      el('div', { class: 'num more', 'data-v': 'cycles' }, whole(sum(shown, l => l.cycles))), el('div', { class: 'num more' }, ''),
      el('div', { class: 'num more' }, kib(sum(shown, l => l.read_bytes))), el('div', { class: 'num more' }, kib(sum(shown, l => l.write_bytes))),
      el('div', { class: 'num more' }, shown.every(l => known(l.energy_uj)) ? mj(sum(shown, l => l.energy_uj), 4) : '-')));
  };
  const search = el('input', { type: 'search', id: 'search', placeholder: 'name or operation', 'aria-label': 'search layers', on: { input: e => { word = e.target.value; fill(); } } });
  section('layers', 'Layers by cause of their cycles', 'Every cycle of a layer has one cause. Bars have one scale; hover for cycles.',
    el('div', { class: 'tools' }, select('sort by', Object.keys(keys).map(k => [k, k]), 'order', v => { order = v; fill(); }), search),
    legend(colour, n => (causeText[n] || {}).is || ''),
    el('div', { class: 'row head' }, el('div', { class: 'name' }, 'layer'), el('div', { class: 'barhead' }, 'cycles by cause'), el('div', { class: 'num' }, 'ms'), el('div', { class: 'num' }, 'share'),
      el('div', { class: 'num more' }, 'cycles'), el('div', { class: 'num more' }, 'a MAC'), el('div', { class: 'num more' }, 'read KiB'), el('div', { class: 'num more' }, 'written KiB'), el('div', { class: 'num more' }, 'mJ')),
    body);
  fill();
  return name => { search.value = word = name; fill(); document.getElementById('layers').scrollIntoView({ behavior: 'smooth' }); };
}

// ---- graph ----

// Inputs of each layer: as the run says, else from what its buffers outlive, else the layer before.
function inputs(run) {
  const n = run.layers.length, config = run.config, at = Object.fromEntries(run.layers.map((l, i) => [l.name, i]));
  if (Array.isArray(config.graph) && config.graph.length === n) return config.graph;
  const out = run.layers.map((_, i) => [i - 1]);
  for (const b of config.lifetimes || [])
    if (at[b.name] !== undefined && b.last > at[b.name] + 1 && b.last < n) out[b.last].push(at[b.name]);
  return out;
}

// Bytes of the arena that are in use while each layer runs: buffers may share an address where one is written over another.
function live(run) {
  return run.layers.map((_, i) => {
    let used = 0, end = 0;
    for (const b of (run.config.lifetimes || []).filter(b => b.first <= i && i <= b.last).sort((a, b) => a.offset - b.offset)) {
      used += Math.max(0, b.offset + b.bytes - Math.max(end, b.offset));
      end = Math.max(end, b.offset + b.bytes);
    }
    return used;
  });
}

function graphSection(run, show) {
  const from = inputs(run), sram = live(run), hot = Math.max(...run.layers.map(l => l.seconds || 0), 1e-12), H = 48, has = run.config.lifetimes;
  const box = el('div', { class: 'graph', tabindex: 0 }), wires = draw('svg', { height: run.layers.length * H, viewBox: `0 0 64 ${run.layers.length * H}`, preserveAspectRatio: 'xMaxYMin meet' });
  const lanes = [];
  from.forEach((list, i) => [...new Set(list)].forEach(j => {
    if (j < 0) return;
    const y0 = j * H + H / 2, y1 = i * H + H / 2;
    if (i - j === 1) {
      wires.append(draw('path', { d: `M60 ${y0} V${y1}`, fill: 'none', stroke: 'var(--dim)', 'stroke-width': 1.5 }));
      return;
    }
    let lane = lanes.findIndex(end => end <= j);
    if (lane < 0) lane = lanes.length;
    lanes[lane] = i;
    const x = Math.max(6, 46 - 9 * lane);
    wires.append(draw('path', { d: `M60 ${y0} C${x} ${y0} ${x} ${y0} ${x} ${y0 + 14} V${y1 - 14} C${x} ${y1} ${x} ${y1} 60 ${y1}`, fill: 'none', stroke: 'var(--accent)', 'stroke-width': 1.5 },
      tip(`${run.layers[j].name} to ${run.layers[i].name}`)));
  }));
  run.layers.forEach((l, i) => {
    wires.append(draw('circle', { cx: 60, cy: i * H + H / 2, r: 3.5, fill: 'var(--fg)' }));
    const heat = (l.seconds || 0) / hot;
    box.append(el('div', { class: 'node', 'data-node': l.name }, el('button', { type: 'button', style: `background:linear-gradient(rgba(var(--heat),${0.05 + 0.45 * heat}),rgba(var(--heat),${0.05 + 0.45 * heat})),var(--card)`,
      title: `${l.name}, ${l.op}: ${whole(l.macs)} MACs, inputs ${from[i].map(j => j < 0 ? 'image' : run.layers[j].name).join(', ')}`, on: { click: () => show(l.name) } },
      el('span', {}, l.name, el('small', {}, l.op)), el('span', { class: 'num', 'data-v': 'ms' }, ms(l.seconds), el('small', {}, 'ms')),
      el('span', { class: 'num', 'data-v': 'moved' }, size(moved(l))[0], el('small', {}, size(moved(l))[1] + ' moved')),
      el('span', { class: 'num', 'data-v': 'sram' }, has ? kib(sram[i]) : '-', el('small', {}, 'KiB SRAM')))));
  });
  box.append(wires);
  section('graph', 'The network', 'Each node: its time, the bytes it loads and stores, the SRAM that is in use while it runs. The darker, the longer. Blue: maps that a later layer reads. A click looks the layer up above.', box);
}

// ---- memory over time ----

function memorySection(run) {
  const list = run.config.lifetimes || [];
  const parts = run.memory.filter(m => !known(m.scope) && m.bytes > 0);
  if (!list.length && !parts.length) return;
  const s = section('memory', 'Memory over time', list.length ? 'The arena: who lives where, and from which layer to which. Hover for names.' : 'What the run used.');
  if (list.length) {
    const top = Math.max(...list.map(b => b.offset + b.bytes)), n = Math.max(...list.map(b => b.last)) + 1, peak = live(run);
    chart(s, 300, (g, w, h) => {
      const L = 52, B = 34, T = 8, x = i => L + (w - L - 8) * i / n, y = b => h - B - (h - B - T) * b / top;
      for (const v of steps(top / 1024, 5)) g.append(draw('line', { class: 'grid', x1: L, x2: w - 8, y1: y(v * 1024), y2: y(v * 1024) }), draw('text', { class: 'dim', x: L - 6, y: y(v * 1024) + 4, 'text-anchor': 'end' }, short(v)));
      list.forEach((b, i) => {
        const wide = x(b.last + 1) - x(b.first), tall = y(b.offset) - y(b.offset + b.bytes);
        g.append(draw('rect', { x: x(b.first), y: y(b.offset + b.bytes), width: Math.max(1, wide - 1), height: Math.max(1, tall - 0.5), rx: 2, fill: /scratch/.test(b.name) ? '#9aa3ad' : wheel[i % 7], opacity: .85 },
          tip(`${b.name}: ${b.bytes} bytes at ${b.offset}, layers ${b.first} to ${b.last}`)));
        if (wide > 7 * b.name.length && tall > 14) g.append(draw('text', { x: x(b.first) + 4, y: y(b.offset + b.bytes) + 12, style: 'fill:#fff' }, b.name));
      });
      g.append(draw('text', { class: 'dim', x: L, y: h - 6 }, 'KiB of the arena over layers in order of execution'));
      const every = Math.ceil(n / (w / 60));
      for (let i = 0; i < n; i += every) g.append(draw('text', { class: 'dim', x: x(i + .5), y: h - B + 14, 'text-anchor': 'middle' }, i));
    });
    s.append(el('p', { class: 'note' }, `Most at once: ${whole(Math.max(...peak))} bytes at ${(run.layers[peak.indexOf(Math.max(...peak))] || {}).name || 'the end'}.`));
  }
  s.append(el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, 'part'), el('th', { class: 'num' }, 'bytes'))),
    el('tbody', {}, parts.map(p => el('tr', { 'data-part': p.part }, el('td', {}, p.part), el('td', { class: 'num' }, whole(p.bytes))))))));
}

// ---- roofline ----

function rooflineSection(run) {
  const points = run.roofline;
  if (!points.length) return;
  const ops = [...new Set(points.map(p => p.series))], colour = colours(ops), peak = points[0].peak_macs_per_cycle, width = points[0].peak_bytes_per_cycle;
  const s = section('roofline', 'Roofline', 'MACs a cycle against MACs a byte that is loaded or stored. Under the slope the traffic bounds a layer, under the flat roof the arithmetic does.', legend(colour));
  chart(s, 320, (g, w, h) => {
    const L = 52, B = 40, T = 10, R = 12;
    const xs = points.map(p => p.macs_per_byte), ys = points.map(p => p.macs_per_cycle), ridge = peak > 0 && width > 0 ? peak / width : xs[0];
    const x0 = Math.log(Math.min(...xs, ridge) / 1.6), x1 = Math.log(Math.max(...xs, ridge) * 1.6), y0 = Math.log(Math.min(...ys) / 1.6), y1 = Math.log(Math.max(...ys, peak) * 1.5);
    const x = v => L + (w - L - R) * (Math.log(v) - x0) / (x1 - x0), y = v => h - B - (h - B - T) * (Math.log(v) - y0) / (y1 - y0);
    const ticks = (a, b) => { const out = []; for (let p = Math.floor(a / Math.LN10) - 1; p <= Math.ceil(b / Math.LN10); p++) for (const k of (b - a) / Math.LN10 > 2.5 ? [1] : [1, 2, 5]) { const v = k * 10 ** p; if (Math.log(v) >= a && Math.log(v) <= b) out.push(v); } return out; };
    let lastx = -100;
    for (const v of ticks(x0, x1)) { g.append(draw('line', { class: 'grid', x1: x(v), x2: x(v), y1: T, y2: h - B })); if (x(v) - lastx > 36) { g.append(draw('text', { class: 'dim', x: x(v), y: h - B + 14, 'text-anchor': 'middle' }, +v.toPrecision(2))); lastx = x(v); } }
    for (const v of ticks(y0, y1)) g.append(draw('line', { class: 'grid', x1: L, x2: w - R, y1: y(v), y2: y(v) }), draw('text', { class: 'dim', x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }, +v.toPrecision(2)));
    if (peak > 0 && width > 0) {
      const low = Math.max(Math.exp(x0), Math.exp(y0) / width);
      g.append(draw('path', { d: `M${x(low)} ${y(low * width)} L${x(ridge)} ${y(peak)} H${w - R}`, fill: 'none', stroke: 'var(--fg)', 'stroke-width': 1.5 }));
    }
    for (const p of points) g.append(draw('circle', { cx: x(p.macs_per_byte), cy: y(p.macs_per_cycle), r: 5, fill: colour[p.series], opacity: .85 }, tip(`${p.name}: ${fixed(p.macs_per_cycle, 3)} MAC a cycle, ${fixed(p.macs_per_byte, 2)} MAC a byte`)));
    g.append(draw('text', { class: 'dim', x: w - R, y: h - 6, 'text-anchor': 'end' }, 'MAC per byte'), draw('text', { class: 'dim', x: L + 6, y: T + 12 }, 'MAC per cycle'));
  });
}

// ---- timeline ----

function timelineSection(run) {
  const total = sum(run.layers, l => l.seconds);
  if (!(total > 0)) return;
  const ops = [...new Set(run.layers.map(l => l.op))], colour = colours(ops);
  const s = section('timeline', 'Timeline', 'One inference from left to right; above, blocks of layers whose names begin alike.', legend(colour));
  chart(s, 110, (g, w) => {
    const x = t => w * t / total;
    let t = 0, group = null;
    const groups = [];
    for (const l of run.layers) {
      const name = l.name.split('.')[0];
      if (group && group.name === name) group.to = t + (l.seconds || 0);
      else groups.push(group = { name, from: t, to: t + (l.seconds || 0) });
      const wide = x(l.seconds || 0);
      g.append(draw('rect', { x: x(t), y: 34, width: Math.max(.5, wide - .5), height: 44, fill: colour[l.op] }, tip(`${l.name}: ${ms(l.seconds)} ms from ${ms(t)} ms on`)));
      if (wide > 7 * l.name.length) g.append(draw('text', { x: x(t) + 4, y: 60, style: 'fill:#fff' }, l.name));
      t += l.seconds || 0;
    }
    groups.forEach((b, i) => {
      const wide = x(b.to - b.from);
      g.append(draw('rect', { x: x(b.from), y: 6, width: Math.max(.5, wide - 1), height: 22, rx: 3, fill: i % 2 ? 'var(--grid)' : 'var(--line)' }, tip(`${b.name}: ${ms(b.to - b.from)} ms`)));
      if (wide > 7.5 * b.name.length + 6) g.append(draw('text', { x: x((b.from + b.to) / 2), y: 21, 'text-anchor': 'middle' }, b.name));
    });
    for (const v of steps(total * 1e3, Math.max(2, w / 110))) {
      const near = x(v / 1e3) > w - 44;
      g.append(draw('line', { class: 'axis', x1: Math.min(w - .5, x(v / 1e3)), x2: Math.min(w - .5, x(v / 1e3)), y1: 78, y2: 84 }), draw('text', { class: 'dim', x: Math.min(w - 1, x(v / 1e3)), y: 98, 'text-anchor': v === 0 ? 'start' : near ? 'end' : 'middle' }, short(v) + ' ms'));
    }
  });
}

// ---- energy ----

function energySection(run) {
  const parts = run.energy.filter(e => e.energy_uj > 0);
  if (!parts.length) return;
  const total = sum(parts, e => e.energy_uj), lowAll = parts.some(e => known(e.energy_uj_low));
  const high = sum(parts, e => known(e.energy_uj_high) ? e.energy_uj_high : e.energy_uj), low = sum(parts, e => known(e.energy_uj_low) ? e.energy_uj_low : e.energy_uj);
  const s = section('energy', 'Energy', 'The whole run, start-up and output included. ' + (lowAll ? 'The whiskers are the band that the source of the energy leaves.' : 'No source here gives a band.') + (run.energy_assumed ? ' * rests on an assumed energy.' : ''));
  chart(s, 30 * Math.min(parts.length, 14) + 60, (g, w) => {
    const L = Math.min(150, w * .36), R = 76, max = Math.max(high, total), x = v => L + (w - L - R) * v / max;
    const line = (y, name, v, lo, hi, colour, mark) => {
      g.append(draw('text', { x: L - 8, y: y + 14, 'text-anchor': 'end' }, cut(name, Math.floor(L / 6.6))), draw('rect', { x: L, y: y + 3, width: Math.max(1, x(v) - L), height: 16, rx: 2, fill: colour }, tip(`${name}: ${mj(v, 4)} mJ`)));
      if (known(lo) && known(hi)) g.append(draw('path', { d: `M${x(lo)} ${y + 7} V${y + 15} M${x(lo)} ${y + 11} H${x(hi)} M${x(hi)} ${y + 7} V${y + 15}`, stroke: 'var(--fg)', fill: 'none', 'stroke-width': 1.5 }));
      g.append(draw('text', { x: x(Math.max(v, known(hi) ? hi : v)) + 6, y: y + 15 }, mj(v, 3) + (mark ? '*' : '') + ' mJ'));
    };
    line(4, 'total', total, lowAll ? low : null, lowAll ? high : null, 'var(--accent)', run.energy_assumed);
    parts.slice(0, 14).forEach((e, i) => line(40 + 30 * i, `${e.component}.${e.action}`, e.energy_uj, e.energy_uj_low, e.energy_uj_high, wheel[(i + 1) % wheel.length], e.energy_assumed));
  });
}

// ---- tables that sort by a click ----

function table(id, columns, rows, total) {
  let by = -1, up = true;
  const body = el('tbody', {});
  const fill = () => {
    const list = rows.slice();
    if (by >= 0) list.sort((a, b) => { const x = columns[by].value(a), y = columns[by].value(b); return (up ? 1 : -1) * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x ?? '').localeCompare(String(y ?? ''), 'en', { numeric: true })); });
    body.replaceChildren(...list.map(r => el('tr', { class: r.fit === 'no' || r.fit === 'failed' ? 'unfit' : null }, columns.map(c => el('td', { class: c.class }, c.show(r))))), total ? el('tr', { class: 'total' }, columns.map((c, i) => el('td', { class: c.class }, total[i]))) : '');
  };
  fill();
  return el('div', { class: 'scroll tall', id }, el('table', {}, el('thead', {}, el('tr', {}, columns.map((c, i) => el('th', { class: c.class === 'num' ? 'num' : null },
    el('button', { type: 'button', title: 'sort', on: { click: () => { up = by === i ? !up : true; by = i; fill(); } } }, c.title))))), body));
}
const text = (title, f) => ({ title, value: f, show: r => known(f(r)) ? String(f(r)) : '-' });
const num = (title, f, show) => ({ title, class: 'num', value: r => known(f(r)) ? Number(f(r)) : NaN, show: r => r.fit === 'no' && !known(f(r)) ? 'unfit' : r.fit === 'failed' && !known(f(r)) ? 'failed' : show(f(r), r) });

// ---- two runs ----

function differenceSection(a, b) {
  const names = [...new Set([...a.layers, ...b.layers].map(l => l.name))], of = r => Object.fromEntries(r.layers.map(l => [l.name, l]));
  const A = of(a), B = of(b), calls = l => (l && l.calls) || 1;
  const rows = names.map((name, i) => ({ name, i, op: (A[name] || B[name]).op, a: A[name] && A[name].seconds / calls(A[name]), b: B[name] && B[name].seconds / calls(B[name]) }));
  for (const r of rows) { r.d = known(r.a) && known(r.b) ? r.a - r.b : null; r.p = known(r.d) && r.b > 0 ? 100 * r.d / r.b : null; }
  const most = Math.max(...rows.map(r => Math.abs(r.d || 0)), 1e-12), ta = sum(rows, r => r.a), tb = sum(rows, r => r.b);
  const signed = (v, n) => known(v) ? (v > 0 ? '+' : '') + fixed(v, n) : '-', tone = v => v > 0 ? 'worse' : v < 0 ? 'better' : '';
  const bar = d => { const w = 50 * Math.abs(d || 0) / most; return el('div', { class: 'diverge' }, el('i', { style: `width:${w}%;left:${d > 0 ? 50 : 50 - w}%;background:var(${d > 0 ? '--bad' : '--good'})` })); };
  section('difference', 'Layer by layer', `Run ${a.run} (${place(a)}) minus run ${b.run} (${place(b)}), one call of each layer. Click a heading to sort.`,
    table('difference-table', [text('layer', r => r.name), num(`run ${a.run} ms`, r => r.a, v => ms(v)), num(`run ${b.run} ms`, r => r.b, v => ms(v)),
      { title: 'difference ms', class: 'num', value: r => known(r.d) ? r.d : NaN, show: r => el('span', { class: tone(r.d) }, known(r.d) ? signed(r.d * 1e3, 3) : 'only in one') },
      { title: '%', class: 'num', value: r => known(r.p) ? r.p : NaN, show: r => el('span', { class: tone(r.p) }, signed(r.p, 2)) },
      { title: '', value: r => r.d || 0, show: r => bar(r.d) }], rows, ['total', ms(ta), ms(tb), signed((ta - tb) * 1e3, 3), signed(100 * (ta / tb - 1), 2), '']));
}

// ---- sweeps ----

function sweepSections(points) {
  const plain = points.map(p => ({ ...p, ms: known(p.seconds) ? p.seconds * 1e3 : null, mj: known(p.energy_uj) ? p.energy_uj / 1e3 : null, sram_kib: known(p.sram_bytes) ? p.sram_bytes / 1024 : null, flash_kib: known(p.flash_bytes) ? p.flash_bytes / 1024 : null }));
  const values = { ms: 'latency [ms]', mj: 'energy [mJ]', sram_kib: 'SRAM [KiB]', flash_kib: 'flash [KiB]' };
  const axes = ['network', 'width', 'input', 'wbits', 'platform', 'other'].filter(k => new Set(plain.map(p => p[k])).size > 1);
  const fits = plain.filter(p => p.fit === 'yes').length;
  main.append(el('div', { class: 'cards' }, [['points', plain.length], ['fit', fits], ['do not fit', plain.filter(p => p.fit === 'no').length], ['failed', plain.filter(p => p.fit === 'failed').length]].map(([k, v]) =>
    el('div', { class: 'card', 'data-card': k }, el('div', { class: 'k' }, k), el('div', { class: 'v' }, String(v))))));

  let cx = axes.includes('width') ? 'width' : axes[0] || 'width', cy = axes.includes('platform') && cx !== 'platform' ? 'platform' : axes.find(k => k !== cx) || 'platform', cv = 'ms';
  const order = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : String(a ?? '').localeCompare(String(b ?? ''), 'en', { numeric: true });
  const heat = el('div', {}), all = (axes.length ? axes : ['width', 'platform']).map(k => [k, k]);
  const fillHeat = () => {
    const xs = [...new Set(plain.map(p => p[cx]))].sort(order), ys = [...new Set(plain.map(p => p[cy]))].sort(order);
    const best = (x, y) => { const here = plain.filter(p => p[cx] === x && p[cy] === y), ok = here.filter(p => known(p[cv])); return { n: here.length, why: (here[0] || {}).reason, p: ok.sort((a, b) => a[cv] - b[cv])[0] }; };
    const vals = plain.map(p => p[cv]).filter(known), lo = Math.log(Math.min(...vals)), hi = Math.log(Math.max(...vals));
    heat.replaceChildren(el('div', { class: 'scroll' }, el('table', { id: 'heat' }, el('thead', {}, el('tr', {}, el('th', {}, `${cy} \\ ${cx}`), xs.map(x => el('th', { class: 'num' }, known(x) ? String(x) : '-')))),
      el('tbody', {}, ys.map(y => el('tr', {}, el('td', {}, known(y) ? String(y) : '-'), xs.map(x => {
        const b = best(x, y), share = b.p ? (hi > lo ? (Math.log(b.p[cv]) - lo) / (hi - lo) : 0) : 0;
        return b.p ? el('td', { class: 'num', style: `background:rgba(var(--heat),${.08 + .5 * share})`, title: `${b.n} points; the least of them` }, +b.p[cv].toPrecision(4) + '')
          : el('td', { class: b.n ? 'num unfit' : 'num', title: b.why || '' }, b.n ? 'unfit' : '');
      })))))));
  };
  fillHeat();
  section('heatmap', 'Heat map', 'The least of all points in a cell. Hatched: nothing there fits; hover for the reason.', el('div', { class: 'tools' },
    select('columns', all, cx, v => { cx = v; fillHeat(); }), select('rows', all, cy, v => { cy = v; fillHeat(); }), select('value', Object.entries(values), cv, v => { cv = v; fillHeat(); })), heat);

  let px = 'ms', py = known((plain.find(p => known(p.sram_kib)) || {}).sram_kib) ? 'sram_kib' : 'mj';
  const pareto = el('div', {});
  const platforms = [...new Set(plain.map(p => p.platform))], colour = colours(platforms);
  const front = () => { const list = plain.filter(p => known(p[px]) && known(p[py])); return list.map(p => ({ p, front: !list.some(q => q[px] <= p[px] && q[py] <= p[py] && (q[px] < p[px] || q[py] < p[py])) })); };
  const fillPareto = () => {
    pareto.replaceChildren();
    const list = front();
    pareto.append(el('p', { class: 'note', id: 'front' }, `${list.filter(f => f.front).length} of ${list.length} points are on the front: no other is better in both.`));
    if (list.length) chart(pareto, 340, (g, w, h) => {
      const L = 56, B = 40, T = 12, R = 16, lim = k => { const v = list.map(f => f.p[k]); return [Math.log(Math.min(...v) / 1.25), Math.log(Math.max(...v) * 1.25)]; };
      const [x0, x1] = lim(px), [y0, y1] = lim(py), x = v => L + (w - L - R) * (Math.log(v) - x0) / (x1 - x0), y = v => h - B - (h - B - T) * (Math.log(v) - y0) / (y1 - y0);
      const ticks = (a, b) => { const out = []; for (let p = Math.floor(a / Math.LN10) - 1; p <= Math.ceil(b / Math.LN10); p++) for (const k of (b - a) / Math.LN10 > 2 ? [1] : [1, 2, 5]) { const v = k * 10 ** p; if (Math.log(v) >= a && Math.log(v) <= b) out.push(v); } return out; };
      for (const v of ticks(x0, x1)) g.append(draw('line', { class: 'grid', x1: x(v), x2: x(v), y1: T, y2: h - B }), draw('text', { class: 'dim', x: x(v), y: h - B + 14, 'text-anchor': 'middle' }, short(v)));
      for (const v of ticks(y0, y1)) g.append(draw('line', { class: 'grid', x1: L, x2: w - R, y1: y(v), y2: y(v) }), draw('text', { class: 'dim', x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }, short(v)));
      const line = list.filter(f => f.front).map(f => f.p).sort((a, b) => a[px] - b[px]);
      g.append(draw('path', { d: line.map((p, i) => i ? `H${x(p[px])} V${y(p[py])}` : `M${x(p[px])} ${y(p[py])}`).join(' '), fill: 'none', stroke: 'var(--dim)', 'stroke-dasharray': '4 3' }));
      for (const f of list) g.append(draw('circle', { cx: x(f.p[px]), cy: y(f.p[py]), r: f.front ? 6 : 4, fill: colour[f.p.platform], opacity: f.front ? 1 : .45, stroke: f.front ? 'var(--fg)' : 'none' },
        tip(`${f.p.network} ${f.p.width ?? ''} ${f.p.input ?? ''} px ${f.p.wbits} bit, ${f.p.platform}${f.p.other ? ', ' + f.p.other : ''}: ${+f.p[px].toPrecision(4)}, ${+f.p[py].toPrecision(4)}`)));
      g.append(draw('text', { class: 'dim', x: w - R, y: h - 6, 'text-anchor': 'end' }, values[px]), draw('text', { class: 'dim', x: L + 6, y: T + 10 }, values[py]));
    });
  };
  section('pareto', 'Pareto front', null, el('div', { class: 'tools' }, select('across', Object.entries(values), px, v => { px = v; fillPareto(); }), select('up', Object.entries(values), py, v => { py = v; fillPareto(); })), legend(colour), pareto);
  fillPareto();

  section('points', 'Points', 'Click a heading to sort. Hatched rows do not fit or failed, with the reason.' + (plain.some(p => p.energy_assumed) ? ' * rests on an assumed energy.' : ''),
    table('points-table', [text('network', p => p.network), num('width', p => p.width, v => fixed(v, 2)), num('input', p => p.input, v => known(v) ? String(v) : '-'), num('bits', p => p.wbits, v => String(v)), text('platform', p => p.platform),
      ...(plain.some(p => known(p.other)) ? [text('else', p => p.other)] : []), num('ms', p => p.ms, v => fixed(v, 3)), num('mJ', p => p.mj, (v, p) => fixed(v, 3) + (known(v) && p.energy_assumed ? '*' : '')),
      num('mJ band', p => p.energy_uj_low, (v, p) => known(v) ? `${mj(v, 2)} to ${mj(p.energy_uj_high, 2)}` : '-'), num('SRAM bytes', p => p.sram_bytes, whole), num('flash bytes', p => p.flash_bytes, whole), text('fits', p => p.fit),
      { title: 'why', class: 'why', value: p => p.reason, show: p => p.reason || '' }], plain));
}

// ---- what it rests on ----

function assumptionsSection(run) {
  section('assumptions', 'What the numbers rest on', `${run.costs.length} costs, ${run.assumed} of them assumed${run.calibrated ? ', ' + run.calibrated + ' calibrated' : ''}. Sources are keys of docs/sources.md.`,
    table('costs-table', [text('component', c => c.component), text('action', c => c.action), num('cycles', c => c.cycles, v => String(+(+v).toPrecision(6))), num('pJ', c => c.pj, v => known(v) ? String(+(+v).toPrecision(6)) : '-'),
      num('pJ band', c => c.pj_low, (v, c) => known(v) ? `${+(+v).toPrecision(6)} to ${+(+c.pj_high).toPrecision(6)}` : '-'),
      { title: 'source', class: 'why', value: c => c.source, show: c => /^assumed/.test(c.source) ? [el('span', { class: 'mark' }, 'assumed'), c.source.slice(7)] : c.source }], run.costs));
}

function provenanceSection(runs) {
  section('provenance', 'Provenance', null, runs.map(run => {
    const config = { ...run.config };
    for (const k of ['lifetimes', 'work', 'graph']) delete config[k];
    const items = { run: `${run.run}, ${run.kind}`, 'made by': `etinysim ${run.tool_version}, ${run.started_at}`, platform: place(run), network: describe(run), ELF: run.elf_sha256, inputs: run.inputs_sha256, configuration: JSON.stringify(config) };
    return [runs.length > 1 && el('h2', {}, `Run ${run.run}`), el('dl', {}, Object.entries(items).filter(([, v]) => known(v)).map(([k, v]) => [el('dt', {}, k), el('dd', {}, v)]))];
  }), el('p', { class: 'note' }, `Written by etinysim ${data.tool_version}. The page holds its data as JSON and loads nothing.`));
}

// ---- the page ----

const root = document.documentElement;
document.getElementById('theme').addEventListener('click', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
});

const [run, other] = data.runs;
for (const r of data.runs) r.config = JSON.parse(r.config_json || '{}');
const title = run ? describe(run) : `sweep${data.sweep_name ? ' ' + data.sweep_name : ''}`;
document.querySelector('h1').textContent = title;
document.title = title + (run ? ` on ${run.platform}` : '');
document.getElementById('subtitle').textContent = run ? `${place(run)}, run ${run.run}` + (other ? `; against ${describe(other)} on ${place(other)}, run ${other.run}` : '') : `${data.sweep.length} points`;
if (run) {
  main.append(...data.runs.flatMap(alarms), cards(run, other));
  if (other) differenceSection(run, other);
  if (run.layers.length) {
    const show = layersSection(run);
    timelineSection(run);
    graphSection(run, show);
  }
  memorySection(run);
  rooflineSection(run);
  energySection(run);
}
if (data.sweep.length) sweepSections(data.sweep);
if (run) {
  assumptionsSection(run);
  provenanceSection(data.runs);
}
let waiting = 0;
new ResizeObserver(() => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(() => redraw.forEach(f => f())); }).observe(main);
addEventListener('beforeprint', () => redraw.forEach(f => f()));
root.dataset.drawn = 'yes';
})();
