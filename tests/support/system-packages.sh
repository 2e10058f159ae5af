#!/usr/bin/env bash
# The few programs the tests drive and no Python package brings: two browsers, the age
# command line, tor and nginx for what we ship to operators, rsync, the line that bad networks are
# made of, the sandbox for hostile files, two that look through exhibits, a PostgreSQL, and a font
# that has both alphabets.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

declare -A package_of=(
    [chromium]=chromium [firefox-esr]=firefox-esr [age]=age
    [tor]=tor [nginx]=nginx-light [ip]=iproute2 [rsync]=rsync
    [bwrap]=bubblewrap [pdftotext]=poppler-utils [qpdf]=qpdf
)
missing=()
for program in "${!package_of[@]}"; do
    command -v "$program" >/dev/null || missing+=("${package_of[$program]}")
done
# Debian keeps it out of the path, a directory for each version.
if ! command -v initdb >/dev/null && ! compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
    missing+=(postgresql)
fi
if ! fc-list 2>/dev/null | grep -qi dejavu; then missing+=(fontconfig fonts-dejavu-core); fi

if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if ! command -v apt-get >/dev/null; then
    echo "The tests need these programs: ${missing[*]}." >&2
    echo "This is not a Debian system, so please install them with its own package manager, then run make test again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "The tests need these Debian packages: ${missing[*]}." >&2
    echo "Installing them needs root. Please run:  sudo apt-get install ${missing[*]}" >&2
    echo "then run make test again." >&2
    exit 1
fi
echo "== System packages: installing ${missing[*]} (a few minutes the first time)"
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
ours=no
# Debian starts a daemon when it is installed. Tests start their own, on loopback; nobody's
# machine shall begin to speak to the Tor network because its tests were run.
if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
tidy() {
    rm -f "$log"
    if [ "$ours" = yes ]; then rm -f "$policy"; fi
    # And not at the next start of the machine either, if it was we who brought it.
    if [ -d /run/systemd/system ]; then
        for brought in "${missing[@]}"; do
            case "$brought" in
                tor) systemctl --quiet disable tor.service >/dev/null 2>&1 || true ;;
                postgresql) systemctl --quiet disable postgresql.service >/dev/null 2>&1 || true ;;
                nginx-light) systemctl --quiet disable nginx.service >/dev/null 2>&1 || true ;;
            esac
        done
    fi
}
trap tidy EXIT
if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install ${missing[*]}; its last words stand above." >&2
    exit 1
fi
