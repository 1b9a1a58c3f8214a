# Shared by the scripts of this folder: where things are, saying what is done, and for how long. Source it.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
venv=$root/.venv
state=$root/var # logs, the server's process id, the sample city's files
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '== %s\n' "$*"; }

fail() {
    printf 'cim: %s\n' "$*" >&2
    exit 1
}

# Print the first Python that suits: 3.11 to 3.13, able to make virtual environments.
choose_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# changed_since FILE FOLDER...: is any file there newer that Python or the server reads once, or keeps in memory?
changed_since() {
    local stamp=$1
    shift
    [[ -n $(find "$@" -path web/viewer/vendor -prune -o -type f -not -name '*.pyc' -newer "$stamp" -print -quit) ]]
}

# step NAME COMMAND...: run it, and keep its duration for `summary`.
steps=()
step() {
    local name=$1 began=$EPOCHREALTIME
    shift
    say "$name"
    "$@"
    steps+=("$(awk -v a="$began" -v b="$EPOCHREALTIME" -v n="$name" 'BEGIN { printf "%7.1f s  %s", b - a, n }')")
}

summary() { printf '%s\n' "${steps[@]}"; }

# The server's process id, when it runs and is this checkout's.
server_pid() {
    local pid
    pid=$(cat "$state/serve.pid" 2>/dev/null) || return 1
    [[ $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$root" ]] || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'cim.* serve' || return 1
    echo "$pid"
}

stop_server() {
    local pid
    if pid=$(server_pid); then
        kill "$pid"
        for _ in {1..100}; do
            server_pid >/dev/null || break
            sleep 0.1
        done
        ! server_pid >/dev/null || kill -KILL "$pid"
        say "server stopped"
    fi
    rm -f "$state/serve.pid"
}
