# Sourced by ops/demo and ops/test: brings what they need onto a Debian 12 machine, and only what is missing.
# They set `root`, the project's folder, first.

# The headers of the C libraries that PayRelay is built on (Package.swift says which), and what the checks call.
debian_packages=(
    libmicrohttpd-dev libcurl4-openssl-dev libsqlite3-dev libyaml-dev libssl-dev libxml2-dev libmimalloc-dev
    pkg-config python3 python3-venv curl jq openssl util-linux
)

# What measures beside that, for ops/bench alone.
bench_packages=(wrk)

# A crash is reported by the shell; Swift's own backtracer would hold it up for a minute.
export SWIFT_BACKTRACE=enable=no

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

is_installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

# Those, and what else the caller names.
install_debian_packages() {
    command -v dpkg-query >/dev/null || fail "this script is for Debian 12; elsewhere, see its list of packages in ops/packages.sh"
    local missing=() package as_root=()
    for package in "${debian_packages[@]}" "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]} == 0)) && return
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "missing packages and no sudo; as root, run: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq || fail "apt-get update failed; the missing packages are: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null \
        || fail "apt-get could not install ${missing[*]}"
}

require_swift() {
    command -v swift >/dev/null || fail "swift is not on PATH; install the Swift 6.3 toolchain and add its usr/bin to PATH"
}

# A Python environment in .build/venv with the libraries that other people wrote; sets `python`.
make_venv() {
    local folder="$root/.build/venv" requirements="$root/Tests/ThirdParty/requirements.txt"
    python="$folder/bin/python"
    cmp -s "$requirements" "$folder/requirements.txt" && return
    rm -rf "$folder"
    # Debian's own Python: python3-venv belongs to it, whatever else is on PATH.
    /usr/bin/python3 -m venv "$folder"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" \
        || fail "pip could not install what $requirements lists"
    cp "$requirements" "$folder/requirements.txt"
}
