#!/bin/bash
# The HTML report in a browser without a screen, at the widths of a phone, a tablet and a desk: nothing lies over anything else or
# beyond the window, and every number is the database's.
E=${BUILD:-build}/etinysim
. tests/tools/tap.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - HTML reports # SKIP no arm-none-eabi-gcc"; echo 1..1; exit 0; }
for b in stm32f407 stm32f746; do
    "$E" build etinynet-0.25 --board $b --input 64 -o "$t/$b.elf" >/dev/null && "$E" run "$t/$b.elf" --board $b --db "$t/f.db" -q >/dev/null
done
"$E" npu etinynet-1.0 --accel tinynpu --width 2 --db "$t/f.db" >/dev/null 2>&1
cat >"$t/s.yaml" <<END
name: s
network: etinynet-1.0
width: [0.25, 0.5, 1.0, 2.0]
input: [96, 224]
accelerator: [tinynpu, xc7a100t-etinynet]
wbits: 8
END
"$E" sweep "$t/s.yaml" --db "$t/s.db" -q >/dev/null
"$E" report html --db "$t/f.db" --run 1 -o "$t/run.html" && "$E" report html --db "$t/f.db" --run 1 --against 2 -o "$t/pair.html" && "$E" report html --db "$t/f.db" -o "$t/npu.html" &&
    "$E" report html --db "$t/s.db" --sweep s -o "$t/sweep.html"
point $? 'a run, two runs, the newest run, a sweep'
! grep -lE '(src|href)="?(https?:|//)|@import|url\(' "$t"/*.html
point $? 'the files load nothing'
cp "$t/f.db" "$t/x.db" && sqlite3 "$t/x.db" "UPDATE run SET network = '</script><script>document.title = 0</script><!--<script>' WHERE id = 1" &&
    "$E" report html --db "$t/x.db" --run 1 -o "$t/hostile.html" && ! grep -q '</script><script>document' "$t/hostile.html"
point $? 'a name cannot end the script'
"$E" report html --db "$t/f.db" --run 99 -o "$t/none.html" 2>"$t/err"
[ $? = 2 ] && grep -q 'holds no run 99' "$t/err" && ! [ -e "$t/none.html" ]
point $? 'an unknown run is refused'
"$E" report html --db "$t/f.db" --sweep nosuch 2>"$t/err" >/dev/null
[ $? = 2 ] && grep -q 'holds no point of a sweep named nosuch' "$t/err"
point $? 'so is an unknown sweep'

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
    n=$((n + 1))
    echo "ok $n - the pages in a browser # SKIP no chromium (package chromium)"
    echo "1..$n"
    exit $bad
fi
{
    echo '<!DOCTYPE html><body><script>let seen = []; addEventListener("message", e => { seen.push(e.data); document.getElementById("out").textContent = JSON.stringify(seen); });</script><pre id="out"></pre>'
    for page in run pair npu sweep hostile; do
        sed "s/<html lang=\"en\">/<html lang=\"en\" data-name=\"$page\">/" "$t/$page.html" >"$t/$page.probe.html"
        { echo '<script>'; cat tests/reports/probe.js; echo '</script>'; } >>"$t/$page.probe.html"
        for w in 360 800 1440; do echo "<iframe src=\"$page.probe.html\" style=\"width:${w}px;height:1000px;border:0\"></iframe>"; done
    done
} >"$t/frames.html"
draw() {
    HOME=$t timeout 100 "$browser" --headless --no-sandbox --disable-gpu --allow-file-access-from-files --user-data-dir="$t/profile" --virtual-time-budget=60000 \
        --window-size=1600,1200 --dump-dom "file://$t/frames.html" >"$t/dom" 2>"$t/log"
}
# A machine under load may end the page's time before all frames have told what they found.
for _ in 1 2 3; do draw && [ "$(grep -o '"drawn":"yes"' "$t/dom" | wc -l)" = 15 ] && break; done
[ -s "$t/dom" ]
point $? 'the browser draws them'
python3 - "$t" >"$t/judged" <<'END'
import html, json, re, sqlite3, sys
t = sys.argv[1]
text = re.search(r'<pre id="out">(.*?)</pre>', open(t + "/dom").read(), re.S)
pages = json.loads(html.unescape(text[1])) if text and text[1] else []
db = sqlite3.connect(t + "/f.db"); db.row_factory = sqlite3.Row
def say(good, what): print(("ok" if good else "not ok") + " - " + what)
def near(shown, value, scale=1):
    m = re.search(r"-?\d[\d ]*(\.\d+)?", shown or "")
    if m is None or value is None: return value is None and (shown or "-").strip("*") in ("-", "unfit")
    n = m[0].replace(" ", "")
    return abs(float(n) - value * scale) <= 0.5000001 * 10 ** -(len(n.split(".")[1]) if "." in n else 0)
say(sorted((p["name"], p["width"]) for p in pages) == sorted((a, w) for a in ("run", "pair", "npu", "sweep", "hostile") for w in (360, 800, 1440)) and all(p["drawn"] for p in pages), "each page is drawn at each width")
for p in pages:
    say(not p["faults"], f"{p['name']} at {p['width']}: no overflow, no overlap, no number cut")
    for f in p["faults"][:6]: print("# " + f)
for p in pages:
    if p["name"] in ("run", "pair", "npu"):
        i = 3 if p["name"] == "npu" else 1
        r = db.execute("SELECT * FROM runs WHERE run = ?", (i,)).fetchone()
        c = p["cards"]
        good = near(c["latency"].split("\n")[1], r["inference_seconds"], 1e3) and near(c["cycles"].split("\n")[1], r["inference_cycles"]) and near(c["energy"].split("\n")[1], r["inference_energy_uj"], 1e-3)
        if i == 1:
            good = good and near(c["sram"].split("\n")[1], r["peak_sram_bytes"]) and near(c["flash"].split("\n")[1], r["flash_bytes"])
            low, high = re.search(r"([\d.]+) to ([\d.]+) mJ", c["energy"]).groups()
            good = good and near(low, r["inference_energy_uj_low"], 1e-3) and near(high, r["inference_energy_uj_high"], 1e-3) and "assumed" in c["energy"]
        rows = db.execute("SELECT * FROM layers WHERE run = ? AND op <> ''", (i,)).fetchall()
        good = good and len(p["layers"]) == len(p["nodes"]) == len(rows) and near(p["total"], sum(l["cycles"] for l in rows))
        for l in rows:
            d, g = p["layers"][l["name"]], p["nodes"][l["name"]]
            checks = [near(d["ms"], l["seconds"], 1e3), near(g["ms"], l["seconds"], 1e3), near(d["cycles"], l["cycles"]), near(d["cpm"], l["cycles_per_mac"]), near(d["read"], l["read_bytes"], 1 / 1024),
                      near(d["write"], l["write_bytes"], 1 / 1024), near(d["mj"], l["energy_uj"], 1e-3)]
            moved = l["read_bytes"] + l["write_bytes"]
            checks.append(near(g["moved"], moved, 1 / 1024 if moved < 10 * 1048576 else 1 / 1048576))
            if not all(checks): print("#", l["name"], checks, d); good = False
        for part, b in db.execute("SELECT part, bytes FROM peak WHERE run = ? AND scope IS NULL AND bytes > 0", (i,)): good = good and near(p["parts"][part], b)
        costs = db.execute("SELECT component, action, cycles, pj, source FROM cost WHERE run = ? ORDER BY component, action", (i,)).fetchall()
        good = good and [x[:2] for x in p["costs"]] == [[k["component"], k["action"]] for k in costs] and [x[5].replace("assumed:", "assumed:") for x in p["costs"]] == [k["source"] for k in costs]
        good = good and (p["name"] != "npu" or any("does not fit" in a for a in p["alarms"]))
        say(good, f"{p['name']} at {p['width']}: the database's numbers in cards, layers, graph, memory, costs")
    if p["name"] == "pair":
        of = lambda i: {l["name"]: l["seconds"] / l["calls"] for l in db.execute("SELECT * FROM layers WHERE run = ? AND op <> ''", (i,))}
        a, b = of(1), of(2)
        rows = p["difference"]
        good = len(rows) == len(a) + 1 and all(near(r[1], a[r[0]], 1e3) and near(r[2], b[r[0]], 1e3) and near(r[3].replace("+", ""), a[r[0]] - b[r[0]], 1e3) and near(r[4].replace("+", ""), 100 * (a[r[0]] / b[r[0]] - 1)) for r in rows[:-1])
        say(good and near(rows[-1][1], sum(a.values()), 1e3) and near(rows[-1][3].replace("+", ""), sum(a.values()) - sum(b.values()), 1e3), f"pair at {p['width']}: differences of the layers and of the total")
    if p["name"] == "sweep":
        s = sqlite3.connect(t + "/s.db")
        rows = s.execute("SELECT json_extract(params_json, '$.width'), json_extract(params_json, '$.input'), json_extract(params_json, '$.accelerator'), state, reason, r.inference_seconds FROM point p LEFT JOIN runs r ON r.run = p.run").fetchall()
        shown = {(float(x[1]), int(x[2]), x[4]): x for x in p["points"]}
        good = len(shown) == len(rows) == 16 and {r[3] for r in rows} == {"done", "unfit"}
        for w, i, a, state, why, seconds in rows:
            x = shown[(w, i, a)]
            good = good and (near(x[5], seconds, 1e3) and x[-2] == "yes" if state == "done" else x[5] == "unfit" and x[-2] == "no" and x[-1] == why)
        cells = sum(r[1:].count("unfit") for r in p["heat"])
        say(good and cells == len([1 for w in (0.25, 0.5, 1, 2) for a in ("tinynpu", "xc7a100t-etinynet") if not any(r[0] == w and r[2] == a and r[3] == "done" for r in rows)]), f"sweep at {p['width']}: every point, and what does not fit as such in table and heat map")
    if p["name"] == "hostile": say(p["title"].startswith("</script>"), f"hostile at {p['width']}: its name is text")
END
while read -r line; do
    case $line in
    ok*) point 0 "${line#ok - }" ;;
    'not ok'*) point 1 "${line#not ok - }" ;;
    *) echo "$line" ;;
    esac
done <"$t/judged"
[ "$n" -ge 30 ]
point $? 'all was judged'
echo "1..$n"
exit $bad
