#!/usr/bin/env bash
# Runs the tests, in two tiers; see --help. Each part is a function part_NAME, and the table below is what --help prints.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=toolchains/packages.sh
. toolchains/packages.sh

# name, which run has it, what it does. A run without arguments is what a person waits for: what finds most, in at most 15 minutes
# from nothing on two cores. `all` has those and everything else that judges, in at most 60: what takes a build of its own, or hours
# to find anything.
PARTS='
install      default  install the Debian packages the tests need (KEDGE_NO_INSTALL=1: only say which are missing)
format       default  clang-format changes nothing
house        default  the rules of the house, nothing stands twice, clean shell scripts, planted faults apply
debug        default  all tests with ASan and UBSan, built by clang++; without those of what is installed
sim-smoke    default  the simulator of the debug build: 300 seeds
fuzz-smoke   default  every fuzz target of the debug build for 2 s, from its seeds
headers      all      every public header compiles alone, as a user compiles it
tidy         all      clang-tidy finds no bug in the library and the programs (KEDGE_TIDY_SINCE=REVISION: in the files changed since)
cortex-m     all      firmware for a Cortex-M3 links, and only wslay allocates there; its flash by floor is what toolchains/README.md says
quickstart   all      examples/quickstart.sh runs to its end
two-peers    all      examples/btp-two-peers/run.sh runs to its end
sim          all      the simulator: 1000 seeds, 30 with mbedTLS
consumer     all      a project outside the tree builds against what is installed
soak-short   all      20 s of the soak
memory       all      what kedge-hub has in memory, and 1000 idle connections; prints it
toy          all      the toy protocol of the tests put into a copy of the tree: its folders, a line in each table; its programs talk
tsan         all      what other threads may call, with the thread sanitizer
coverage     all      tests with gcov: line and branch coverage of the core by floor, and its least; lines of the programs
valgrind     all      unit and scripted tests of the release build, built by g++, under memcheck
mbedtls36    all      mbedTLS 3.6, TLS 1.3 and what else Debian 13 has, from a sysroot: unit tests of what uses it, and every program
packages     all      Debian packages for this machine: lintian, dependencies; installed, run, removed without a trace
docker       all      what the Dockerfiles of examples/docker run, in a bare Debian; what comes out is used
arm          all      ARM Linux, cross-compiled, under QEMU, with UBSan in the library: the tests on 32 bits, every program on 64
packages-all named    Debian packages for amd64, armhf and arm64, and those of Debian 13 for arm64
planted      named    faults planted into the library one by one, and how many seeds the simulator needs for each
mutants      named    200 mechanical mutants, and how many the unit tests and the simulator kill
release      named    all tests of the release build
unit         named    the unit tests of the debug build
interop      named    the tests against peers of another make, of the debug build
conformance  named    RFC 6455 case by case in both roles, of the release build; then of ws from npm, to judge the cases
soak         named    16 clients against kedge-hub on spoiled lines: 10 minutes (KEDGE_SOAK_SECONDS), a seed (KEDGE_SOAK_SEED)
fuzz         named    every fuzz target for 60 s (KEDGE_FUZZ_SECONDS=N: N s); prints executions and coverage
nth          named    each call of a port fails, one after another
decimals     named    decimals read as strtod reads them: some 20 million (KEDGE_DECIMALS=N: about 18 N), of the release build
bench        named    the benchmark beside its floor; measures, judges nothing
'

# Parts that hand options on to their program.
TAKES_OPTIONS=' sim planted mutants soak '
JOBS=${KEDGE_JOBS:-$(nproc)}
WORK=build/run
# Leaks that valgrind calls definite or possible are errors; what a library keeps until exit is not.
MEMCHECK='valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,possible
 --errors-for-leak-kinds=definite,possible --num-callers=25'

usage() {
  echo 'usage: tests/run.sh [all | PART...]'
  echo '       tests/run.sh sim|planted|mutants|soak OPTION...    such as sim --seed 3; --help behind the part lists them'
  echo
  echo 'Runs the parts named; without any, those marked "default": at most 15 minutes on two cores. "all", which CI runs,'
  echo 'has those marked "all" too: at most 60. Builds in build/<preset>, with KEDGE_JOBS compilers, and one more test, at once (as'
  echo 'many as there are cores).'
  echo
  echo 'Exit codes: 0 all passed, 1 something failed, 2 the command line is wrong. With OPTIONs those of the program, and 125'
  echo 'when it cannot be built.'
  echo
  sed '/^$/d; s/^/  /' <<<"$PARTS"
}

# part_names RUN...: the parts of these; of any without.
part_names() { awk -v want=" $* " 'NF && (want == "  " || index(want, " " $2 " ")) { print $1 }' <<<"$PARTS"; }

# --- steps that parts share --------------------------------------------------------------------------

# build PRESET [TARGET...]
build() {
  local log=$WORK/configure-$1.log
  cmake --preset "$1" >"$log" 2>&1 || { cat "$log"; return 1; }
  cmake --build --preset "$1" -j "$JOBS" ${2:+--target "${@:2}"}
}

# run_tests PRESET [ctest option...]: and adds to the count of checks. One more at once than there are cores, as some wait.
run_tests() {
  local preset=$1 log=$WORK/ctest-$1.log status
  shift
  ctest --preset "$preset" -j $((JOBS + 1)) "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  # "98% tests passed, 1 tests failed out of 42"
  awk '/tests passed, .* failed out of/ { print $NF - $4, $4 }' "$log" >>"$WORK/counts"
  # "	103 - protocol/agent_gate/storage (Failed)"
  sed -n 's/^[[:space:]]*[0-9]* - \(.*\) (.*)$/\1/p' "$log" >>"$WORK/failures"
  return "$status"
}

build_and_test() {
  local preset=$1
  shift
  build "$preset" && run_tests "$preset" "$@"
}

tracked() { git ls-files -z --cached --others --exclude-standard -- "$@"; }

# --- parts -------------------------------------------------------------------------------------------

part_install() { kedge_install build demo test node style fuzz firmware; }

part_format() { tracked '*.cpp' '*.hpp' '*.c' '*.h' | xargs -0 -r clang-format --dry-run --Werror; }

part_house() {
  local status=0
  python3 tests/style/house_test.py || status=1
  python3 tests/mutation/mutation_test.py || status=1
  python3 tests/style/house.py || status=1
  python3 tests/style/duplicates_test.py || status=1
  python3 tests/style/duplicates.py || status=1
  python3 tests/mutation/planted_faults.py --check || status=1
  tracked '*.sh' '*.bash' .ci/run | xargs -0 -r shellcheck -x || status=1
  return "$status"
}

part_headers() { build debug all_verify_interface_header_sets; }
part_debug() { build_and_test debug -LE consumer; }
part_release() { build_and_test release; }
part_unit() { build_and_test debug -L unit; }
part_interop() { build_and_test debug -L interop; }
part_nth() { KEDGE_NTH_EVERY=1 build_and_test debug -R '^scripted/(btp_|websocket_)?fail_nth' --timeout 3600; }
part_conformance() {
  local ours=build/release/tests/conformance peer=$WORK/conformance-ws status=0
  build release conformance_testee && build release conformance_echo_server || return 1
  conformance_table --client "$ours/testee" --server "$ours/echo_server" || status=1
  kedge_install node || return 1
  mkdir -p "$peer"
  cp tests/conformance/ws/* "$peer" && (cd "$peer" && npm ci --no-audit --no-fund) || return 1
  # ws takes lengths that are not the shortest, calls 2^63 too large, and checks text when the message is whole.
  echo 'ws from npm, without the cases in which it differs on purpose:'
  conformance_table --client "node $peer/testee.js" --server "node $peer/echo_server.js" \
    --without 'framing: length' --without 'UTF-8: early' || status=1
  return "$status"
}

conformance_table() {
  local log=$WORK/conformance.log status
  /usr/bin/python3 -B tests/conformance/run.py "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  awk '/^[0-9]+ passed, [0-9]+ failed$/ { print $1, $3 }' "$log" >>"$WORK/counts"
  return "$status"
}

part_consumer() { build_and_test debug -L consumer; }
part_packages() { tests/install/packages.sh "$(dpkg --print-architecture)"; }
part_packages-all() { tests/install/packages.sh; }
part_docker() { tests/install/docker.sh; }
part_cortex-m() { toolchains/cortex_m.sh; }

part_arm() {
  local status=0
  kedge_install build demo test node arm || return 1
  # Of the peers of another make those that see bytes and numbers: most of them start programs to read their words, which an
  # emulator makes long and not other.
  build armhf && run_tests armhf -LE '^interop$' || status=1
  run_tests armhf -R '^interop/(btp_codec|cli|cli_websocket|hub_tls|own_protocol|plain_websocket|transfer)$' || status=1
  # What words of 64 bits do is seen on this machine, and what else an ARM does on 32 bits. That the programs run is seen by what
  # starts them.
  build aarch64 src/all examples/all native_hub tests/{integration,interop,readme}/all &&
    run_tests aarch64 -R '^(integration|readme|symbols)/|^interop/hub_tls$' || status=1
  return "$status"
}

# The floors above neither call mbedTLS nor the system, and of the peers those that speak TLS see what differs.
part_mbedtls36() {
  build mbedtls36 unit_{crypto,port,session,tls,ws} port_contract_tls src/all examples/all native_hub tests/{integration,interop,readme,sim}/all &&
    run_tests mbedtls36 -R '^(crypto|port|session|tls|ws|integration|readme|symbols)/|^port_contract/tls$|^sim/real_tls$|^interop/(.*tls.*|bad_server|cli|cli_failure|echo_.*|plain_websocket|tinyproxy|transfer)$'
}
part_quickstart() { examples/quickstart.sh; }
part_two-peers() { examples/btp-two-peers/run.sh; }
part_planted() { python3 tests/mutation/planted_faults.py "${options[@]}"; }
part_mutants() { python3 tests/mutation/mutants.py "${options[@]}"; }
part_decimals() { build release unit_codec_decimal && KEDGE_DECIMALS=${KEDGE_DECIMALS:-1100000} build/release/tests/unit_codec_decimal; }
part_bench() { build release && tests/bench/compare.sh; }

part_sim() {
  local sim=build/sim/tests/sim/kedge_sim
  build sim kedge_sim >&2 || return 125
  if [ "${#options[@]}" -gt 0 ]; then
    "$sim" "${options[@]}"
    return
  fi
  "$sim" --seeds 1000 && "$sim" --seeds 30 --tls real
}
# ASan and UBSan see what these seeds do, and nothing is built for them alone; some with mbedTLS are among the tests.
part_sim-smoke() { build debug kedge_sim && build/debug/tests/sim/kedge_sim --seeds 300; }

# What ASan does not see, reads of what was never written, is in the library and in what scripts it: the rest starts programs to read
# their words, or is mbedTLS for most of its time. Whole scenarios from the start cost most, and each call of a port that fails does so
# in other builds.
part_valgrind() {
  build release unit scripted || return 1
  KEDGE_NTH_EVERY=150 KEDGE_TEST_SLOWNESS=15 KEDGE_TEST_LAUNCHER=${MEMCHECK//$'\n'/} run_tests release --timeout 900 -L '^(unit|scripted|symbols)$'
}

# Only what it needs: the rest of the house has one thread.
part_tsan() { build tsan unit_port_uv_post_threads unit_port_uv_loop && run_tests tsan -R '^port/uv_(post_threads|loop)$'; }

# soak SECONDS
soak() {
  build release kedge_hub_program soak_clients interop_make_certificates >"$WORK/soak.log" || { cat "$WORK/soak.log" >&2; return 125; }
  PYTHONDONTWRITEBYTECODE=1 python3 tests/soak/soak.py --build build/release --seconds "$1" --seed "${KEDGE_SOAK_SEED:-1}" "${@:2}"
}
part_soak() { soak "${KEDGE_SOAK_SECONDS:-600}" "${options[@]}"; }
part_soak-short() { soak 20; }

part_memory() { build release kedge_hub_program interop_line_server && python3 tests/soak/memory.py build/release; }
part_toy() { python3 tests/toy/patch.py; }

part_coverage() {
  local report=$WORK/coverage.json status=0
  build coverage unit scripted integration src/all examples/all tests/interop/all || return 1
  # Counters of an earlier run would be added to this one's.
  find build/coverage -name '*.gcda' -delete
  run_tests coverage -L '^(unit|scripted|integration)$' || status=1
  # The programs are seen by who starts them.
  run_tests coverage -R '^interop/(agent_|bad_|cli|hub_tls|standard_descriptors|tinyproxy)' || status=1
  gcovr --root . --object-directory build/coverage --filter 'src/(base|codec|crypto|ws|tls|session|link|protocol|server|hub|agent|cli)/' \
    --exclude-throw-branches --exclude-unreachable-branches --json-summary "$report" --print-summary build/coverage \
    >"$WORK/gcovr.log" 2>&1 || { cat "$WORK/gcovr.log"; return 1; }
  python3 tests/style/coverage.py "$report" || status=1
  return "$status"
}

fuzz() { build debug fuzz && KEDGE_COUNTS=$WORK/counts KEDGE_FAILURES=$WORK/failures tests/fuzz/run.py build/debug "$1"; }
part_fuzz-smoke() { fuzz 2; }
part_fuzz() { fuzz "${KEDGE_FUZZ_SECONDS:-60}"; }

# tidy_sources: what the debug build compiles of the library and the programs, the largest first. Most of it is whole floors and programs:
# their headers are read once instead of once for each file.
tidy_sources() {
  sed -n 's/^ *"file": "\(.*\)",\?$/\1/p' build/debug/compile_commands.json |
    grep -E "^$PWD/((src|port)/|build/debug/(src/)?CMakeFiles/[^/]*\.dir/Unity/)" | sort -u | tidy_largest_first
}

# The command lines are the largest, as CLI11 is all in its headers.
tidy_largest_first() {
  local file
  while read -r file; do
    case $file in
      */unity_command_line_*) echo 9999 "$file" ;;
      *) echo "$(grep -c '^#include' "$file")" "$file" ;;
    esac
  done | sort -rn | cut -d ' ' -f 2-
}

# tidy_left_out FILE...: the sources that are none of these, and in none of them.
tidy_left_out() {
  comm -23 <(git ls-files 'src/*.cpp' 'port/*.cpp' | sort) \
    <({ printf '%s\n' "$@"; sed -n 's/^#include "\(.*\.cpp\)"$/\1/p' "$@"; } | sed "s|^$PWD/||" | sort)
}

# tidy_one FILE: the static analyzer passes over what a file includes, unless it is told, and follows each path to its end only where a file
# is alone: for the link alone, as a whole, that takes 51 s instead of 6. In the command lines it would lose itself in CLI11.
tidy_one() {
  local -a arguments=(--quiet -p build/debug)
  local option
  [[ $1 != *.cxx ]] || arguments+=(--checks=-bugprone-suspicious-include)
  if [[ $1 == */Unity/* && $1 != */unity_command_line_* ]]; then
    for option in -Xclang -analyzer-opt-analyze-headers -Xclang -analyzer-config -Xclang mode=shallow; do
      arguments+=("--extra-arg=$option")
    done
  fi
  clang-tidy "${arguments[@]}" "$1" 2>&1 | grep -vE '^[0-9]+ warnings? generated\.$'
  return "${PIPESTATUS[0]}"
}

part_tidy() {
  local -a files
  local left_out
  # The compile commands are enough.
  cmake --preset debug >"$WORK/configure-debug.log" 2>&1 || { cat "$WORK/configure-debug.log"; return 1; }
  if [ -n "${KEDGE_TIDY_SINCE:-}" ]; then
    mapfile -t files < <(git diff --name-only --diff-filter=d "$KEDGE_TIDY_SINCE" -- 'src/*.cpp' 'port/*.cpp')
  else
    mapfile -t files < <(tidy_sources)
    left_out=$(tidy_left_out "${files[@]}")
    [ -z "$left_out" ] || { echo "clang-tidy would not see: $left_out"; return 1; }
  fi
  echo "clang-tidy on ${#files[@]} files"
  export -f tidy_one
  # shellcheck disable=SC2016  # of the shell that xargs starts
  [ "${#files[@]}" -eq 0 ] || printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$JOBS" bash -c 'tidy_one "$1"' bash
}

# --- the run -----------------------------------------------------------------------------------------

summary=()
passed=0
failed=0
options=()  # of the one part

run_part() {
  local name=$1 begin=$SECONDS status good=0 bad=0 p f
  printf '\n=== %s ===\n' "$name"
  : >"$WORK/counts"
  : >"$WORK/failures"
  ("part_$name") </dev/null
  status=$?
  while read -r p f; do good=$((good + p)) bad=$((bad + f)); done <"$WORK/counts"
  # A part without counted tests is one check, and what fails beside the tests is one more failure.
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$status" -eq 0 ] && [ "$good" -eq 0 ]; then good=1; fi
  passed=$((passed + good)) failed=$((failed + bad))
  summary+=("$(printf '%-12s %-6s %5d passed %5d failed %6d s' "$name" \
    "$([ "$status" -eq 0 ] && echo ok || echo FAILED)" "$good" "$bad" $((SECONDS - begin)))")
  # At the end, where who reads the last lines alone finds them.
  while read -r p; do summary+=("  failed: $p"); done <"$WORK/failures"
  return "$status"
}

main() {
  local name
  local -a wanted=("$@")
  [[ $JOBS =~ ^[1-9][0-9]{0,3}$ ]] || { echo "tests/run.sh: KEDGE_JOBS is a number from 1, not '$JOBS'" >&2; return 2; }
  if [ -n "${1:-}" ] && [[ $TAKES_OPTIONS == *" $1 "* && ${2:-} == -* ]]; then
    options=("${@:2}")
    mkdir -p "$WORK"
    "part_$1"
    return
  elif [[ " $* " == *' --help '* || " $* " == *' -h '* ]]; then
    usage
    return 0
  fi
  case $* in
    '') mapfile -t wanted < <(part_names default) ;;
    all) mapfile -t wanted < <(part_names default all) ;;
  esac
  for name in "${wanted[@]}"; do
    part_names | grep -qxF -e "$name" || { echo "tests/run.sh: no part is called '$name'" >&2; usage >&2; return 2; }
  done
  mkdir -p "$WORK"
  for name in "${wanted[@]}"; do
    # Without its packages nothing that follows can say anything true.
    run_part "$name" || [ "$name" != install ] || break
  done
  printf '\n=== summary ===\n'
  printf '%s\n' "${summary[@]}"
  printf 'total %s s\n' "$SECONDS"
  # shellcheck disable=SC2046  # words
  if [ "$#" -eq 0 ]; then echo "left out, and run by tests/run.sh all:" $(part_names all); fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

main "$@"
