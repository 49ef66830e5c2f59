// Added to a report by test_html.sh: what lies where, and what is written there, sent to the page around it.
addEventListener('load', () => setTimeout(() => { // frames out of sight get no animation frames
  const faults = [], W = innerWidth, say = t => { if (faults.length < 20) faults.push(t); };
  const where = n => `${n.tagName}.${n.getAttribute('class') || ''}#${n.id || ''} "${(n.textContent || '').slice(0, 30)}"`;
  if (document.documentElement.scrollWidth > W) say(`the page is ${document.documentElement.scrollWidth} wide in a window of ${W}`);
  for (const n of document.querySelectorAll('body *')) {
    const r = n.getBoundingClientRect();
    if (r.width && r.right > W + 1 && !n.closest('.scroll')) say(`beyond the window: ${where(n)} to ${Math.round(r.right)}`);
  }
  const apart = (list, slack) => {
    const rs = list.map(n => [n, n.getBoundingClientRect()]).filter(([, r]) => r.width && r.height);
    rs.forEach(([a, x], i) => rs.slice(i + 1).forEach(([b, y]) => {
      if (Math.min(x.right, y.right) - Math.max(x.left, y.left) > slack && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > slack) say(`overlap: ${where(a)} and ${where(b)}`);
    }));
  };
  apart([...document.querySelectorAll('main > *, header, nav')], 1);
  apart([...document.querySelectorAll('.card')], 1);
  apart([...document.querySelectorAll('.node')], 1);
  document.querySelectorAll('.row').forEach(r => apart([...r.children], 1));
  document.querySelectorAll('section').forEach(s => apart([...s.children], 1));
  document.querySelectorAll('.chart svg').forEach(s => apart([...s.querySelectorAll('text')], 2));
  for (const n of document.querySelectorAll('.num, .v')) if (n.scrollWidth > n.clientWidth + 1 && n.clientWidth) say(`a number is cut: ${where(n)}`);
  const line = (list, key) => Object.fromEntries([...list].map(n => [n.dataset[key], Object.fromEntries([...n.querySelectorAll('[data-v]')].map(c => [c.dataset.v, c.firstChild.textContent]))]));
  const rows = id => [...document.querySelectorAll(`#${id} tbody tr`)].map(r => [...r.children].map(c => c.textContent));
  parent.postMessage({ name: document.documentElement.dataset.name, width: W, drawn: document.documentElement.dataset.drawn, title: document.title, faults,
    cards: Object.fromEntries([...document.querySelectorAll('.card')].map(c => [c.dataset.card, c.innerText])),
    layers: line(document.querySelectorAll('[data-layer]'), 'layer'), nodes: line(document.querySelectorAll('[data-node]'), 'node'),
    parts: Object.fromEntries([...document.querySelectorAll('[data-part]')].map(r => [r.dataset.part, r.lastChild.textContent])),
    total: (document.querySelector('.row.total [data-v=cycles]') || {}).textContent, difference: rows('difference-table'), points: rows('points-table'), costs: rows('costs-table'),
    heat: rows('heat'), charts: document.querySelectorAll('.chart svg').length, alarms: [...document.querySelectorAll('.alarm')].map(n => n.textContent) }, '*');
}, 100));
