#!/bin/bash
# A database of every earlier schema version (tests/reports/versions/N.sql) is read as it is and brought up to date when
# something is stored in it. One of a later version is refused.
E=${BUILD:-build}/etinysim
. tests/tools/tap.sh
q() { sqlite3 "$t/f.db" "$1"; }

current=$(sed -n 's/^PRAGMA user_version = \([0-9]*\);/\1/p' reports/schema.sql)
for v in $(seq 1 $((current - 1))); do
    rm -f "$t"/f.db* "$t/new.db"
    sqlite3 "$t/f.db" <"tests/reports/versions/$v.sql"
    before=$(sha256sum <"$t/f.db")
    "$E" report runs --db "$t/f.db" --format csv >"$t/runs" 2>"$t/err"
    point $? "version $v can be read"
    # 5000 cycles at 100 MHz are 50 us; 700 at 200 MHz 3.5 us
    grep -q '^1,iss,stm32f412,cortex-m4,100000000,etinynet-1.0,"\?8-bit weights, int8"\?,5000,5e-05,' "$t/runs"
    point $? "its runs are there, with what is known of their variant"
    grep -q '^2,npu,.*width 0.5, 4-bit weights, 8-bit maps' "$t/runs"
    point $? "a costed run knows more of it"
    [ "$before" = "$(sha256sum <"$t/f.db")" ] && [ "$(q 'PRAGMA user_version')" = "$v" ]
    point $? "reading changed nothing in the file"
    "$E" import paper --db "$t/f.db" >/dev/null 2>"$t/err"
    point $? "something is stored in it"
    [ "$(q 'PRAGMA user_version')" = "$current" ] && [ "$(q 'PRAGMA integrity_check')" = ok ] &&
        [ "$(q 'SELECT width FROM run WHERE id = 2')" = 0.5 ] && [ "$(q 'SELECT count(*) FROM run WHERE id <= 3')" = 3 ] &&
        [ -z "$(q 'PRAGMA foreign_key_check')" ]
    point $? "it is of version $current then, whole, with its runs"
    sqlite3 "$t/new.db" <reports/schema.sql && sqlite3 "$t/new.db" <reports/views.sql
    columns='SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.pk FROM sqlite_master m, pragma_table_info(m.name) p ORDER BY 1, 2'
    diff <(q "$columns") <(sqlite3 "$t/new.db" "$columns")
    point $? "with the tables, views and columns of a new one"
done
q "PRAGMA user_version = $((current + 1))"
"$E" report runs --db "$t/f.db" >/dev/null 2>"$t/err"
[ $? = 2 ] && grep -q "has schema version $((current + 1)), expected 1 to $current" "$t/err"
point $? "a later version is refused"
echo "1..$n"
exit $bad
