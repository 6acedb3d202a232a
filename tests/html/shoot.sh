#!/usr/bin/env bash
# Pictures of a report for docs/images: tests/html/shoot.sh REPORT.html FOLDER writes report-400.png and report-1000.png, its first screens
# at 400 pixels (dark) and 1000 pixels (light). Needs Chromium.
set -euo pipefail
report=$(realpath "$1") folder=$2
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
mkdir -p "$folder"
shoot() { # width height scheme (0 dark, 1 light)
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" --blink-settings=preferredColorScheme="$3" \
        --window-size="$1,$2" --screenshot="$folder/report-$1.png" "file://$report" 2> "$profile/log" || { cat "$profile/log" >&2; exit 1; }
}
shoot 400 3600 0
shoot 1000 2400 1
