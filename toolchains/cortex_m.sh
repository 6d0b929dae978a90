#!/usr/bin/env bash
# toolchains/cortex_m.sh [--write]: builds the core for a Cortex-M3 (preset cortex-m), links a firmware for each protocol
# (tests/firmware), and prints what it costs: flash by floor, and the bytes of RAM that a client is given. Fails when the core
# needs exceptions or a heap, when anything in a firmware but wslay allocates, and when the table of flash in toolchains/README.md
# is not within 2 %; --write writes that.
#
# Exit codes: 0 all is well, 1 something is not, 2 wrong usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=toolchains/usage.sh
. toolchains/usage.sh
case "${1:-}" in
  -h | --help) usage 0 ;;
  '' | --write) ;;
  *) usage 2 >&2 ;;
esac
build=build/cortex-m
images=$build/images
protocols=(agent_gate btp websocket)

mkdir -p "$images"
cmake --preset cortex-m >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
cmake --build --preset cortex-m -j "$(nproc)"

# What the core asks of others. A heap, a throw or a guard would be here by name.
arm-none-eabi-nm "$build"/libkedge*.a 2>/dev/null |
  awk '$1 == "U" { wanted[$2] } NF == 3 && $2 != "U" { have[$3] } END { for (s in wanted) if (!(s in have)) print s }' |
  sort >"$build/wanted.txt"
echo "symbols it needs from libc, wslay and the firmware: $(wc -l <"$build/wanted.txt") (in $build/wanted.txt)"
# A string_view's substr names its throw even where the position was checked. A firmware defines that function as a trap,
# or takes libstdc++'s and pays for it in flash; it is told, not failed.
sed -n 's/^_ZSt24__throw_out_of_range_fmt.*/  among them std::__throw_out_of_range_fmt (string_view::substr)/p' "$build/wanted.txt"
if grep -v '^_ZSt24__throw_out_of_range_fmt' "$build/wanted.txt" | grep -E '^(malloc|calloc|realloc|_Zn[wa]|__cxa_(throw|allocate|guard)|_ZSt.*__throw|_ZNSt7__cxx11)'; then
  echo 'FAILED: the core must need none of these' >&2
  exit 1
fi

# Each object by itself, as its path tells its floor: in an archive it would have none.
machine=(-mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections)
language=(-std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -Wall -Wextra -Wconversion -Werror -Wno-psabi -Iinclude "-I$build/include" -Isrc)
mapfile -t objects < <(find "$build/CMakeFiles" -name '*.obj' | sort)
arm-none-eabi-gcc "${machine[@]}" -I"$build/firmware-include" -c tests/firmware/wslay.c -o "$images/wslay.o"
for name in common brought "${protocols[@]}"; do
  arm-none-eabi-g++ "${machine[@]}" "${language[@]}" -c "tests/firmware/$name.cpp" -o "$images/$name.o"
done
maps=()
for protocol in "${protocols[@]}"; do
  arm-none-eabi-g++ "${machine[@]}" --specs=nano.specs --specs=nosys.specs -nostartfiles -Wl,--entry=main -Wl,--gc-sections -Wl,--no-warnings \
    -Wl,-Map="$images/$protocol.map" "$images"/{"$protocol",common,brought,wslay}.o "${objects[@]}" -o "$images/$protocol.elf"
  arm-none-eabi-objdump -d --no-show-raw-insn "$images/$protocol.elf" | python3 -B tests/firmware/heap.py "$protocol"
  maps+=("$protocol=$images/$protocol.map")
done

# Each storage_bytes is constexpr: an array of that size, compiled for the target, tells it.
cat >"$build/storage.cpp" <<END
#include <kedge/agent_gate.hpp>
#include <kedge/btp.hpp>
#include <kedge/websocket.hpp>
#define TELL(protocol, limits, preset) \\
  extern "C" const unsigned char protocol##_##preset[kedge::protocol::storage_bytes(kedge::limits::preset())] = {1};
#define PRESET(preset) \\
  TELL(agent_gate, agent_gate::Limits, preset) TELL(btp, Limits, preset) TELL(websocket, Limits, preset)
PRESET(micro)
PRESET(tiny)
END
arm-none-eabi-g++ "${machine[@]}" "${language[@]}" -Wno-attributes -c "$build/storage.cpp" -o "$build/storage.o"
echo 'bytes of RAM that a client is given, TLS and port aside:'
arm-none-eabi-nm -S "$build/storage.o" | sort -k4 |
  while read -r _ size _ name; do printf '  %-18s %6d\n' "$name" $((16#$size)); done

echo 'bytes of flash:'
python3 -B tests/firmware/flash.py toolchains/README.md "${maps[@]}" "$@"
