# shellcheck shell=bash
# What the demonstrations share: help, a line for each step, the build, and a scratch folder and programs in the
# background that go when the script ends. Sourced by examples/quickstart.sh and examples/btp-two-peers/run.sh.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
built=$root/build/quickstart
source "$root/toolchains/packages.sh"
# The programs talk to this machine, whatever proxy its environment names.
export no_proxy="localhost,127.0.0.1,${no_proxy:-${NO_PROXY:-}}"

# demo_arguments "$@": there are none but --help, which prints the comment at the head of the script.
demo_arguments() {
  case "${1:-}" in
    "") ;;
    -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$(basename "$0"): unknown argument: $1 (see --help)" >&2; exit 2 ;;
  esac
}

started=$(date +%s%N)
say() {
  local ms=$((($(date +%s%N) - started) / 1000000))
  printf '%3d.%03d s  %-8s %s\n' $((ms / 1000)) $((ms % 1000)) "$1" "$2"
}
fail() {
  say FAILED "$1"
  for log in "$work"/*.log; do [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 20 "$log"; }; done >&2
  exit 1
}

work=$(mktemp -d)
declare -A programs=()  # pid by name
clean_up() {
  local name
  for name in "${!programs[@]}"; do stop "$name" || true; done
  rm -rf "$work"
}
trap clean_up EXIT

# start NAME COMMAND...: in the background, standard output in $work/NAME.out, standard error in $work/NAME.log.
start() {
  local name=$1
  shift
  "$@" >"$work/$name.out" 2>"$work/$name.log" &
  programs[$name]=$!
}
# finish NAME: waits for its end; its exit code.
finish() {
  local pid=${programs[$1]}
  unset "programs[$1]"
  wait "$pid"
}
# stop NAME: tells it to end; its exit code.
stop() {
  kill "${programs[$1]}" 2>/dev/null || true
  finish "$1" 2>/dev/null
}

# await SECONDS COMMAND...: runs the command until it succeeds.
await() {
  local until=$(($(date +%s%N) + $1 * 1000000000))
  shift
  until "$@"; do
    [ "$(date +%s%N)" -lt "$until" ] || return 1
    sleep 0.05
  done
}

# json KEY...: what is there in the object on the first line of standard input.
json() {
  python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, key: value[key], sys.argv[1:], json.loads(sys.stdin.readline())))' "$@"
}

# build TARGET...: into $built, after what that needs is installed.
build() {
  local installed
  installed=$(kedge_install build demo | tail -n 1) || fail "not all Debian packages are there"
  say install "$installed"
  say build "compiling into build/quickstart; this takes minutes"
  # Sources merged, which takes half the time.
  cmake -S "$root" -B "$built" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKEDGE_TESTS=OFF -DKEDGE_EXAMPLES=ON \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 >"$work/build.log" 2>&1 || fail "cmake could not configure"
  cmake --build "$built" --target "$@" >>"$work/build.log" 2>&1 || fail "the build failed"
  rm "$work/build.log"  # what fails later has other reasons
}
