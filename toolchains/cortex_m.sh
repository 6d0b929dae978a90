#!/usr/bin/env bash
# Builds the core for a Cortex-M3 (preset cortex-m) and prints what it costs: flash by floor, and the bytes of RAM that a
# client with Limits::tiny() is given. Fails when the core needs a heap or exceptions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/cortex-m

mkdir -p "$build"
cmake --preset cortex-m >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
cmake --build --preset cortex-m -j "$(nproc)"

echo
echo 'flash on a Cortex-M3 (-Os, before the linker drops what a firmware does not use), in bytes:'
find "$build/CMakeFiles/kedge-core.dir" -name '*.obj' -print0 | xargs -0 arm-none-eabi-size |
  awk '$1 ~ /^[0-9]+$/ {
         floor = $6; sub(/.*kedge-core\.dir\//, "", floor); sub(/\/[^\/]*$/, "", floor)
         flash[floor] += $1 + $2; ram[floor] += $2 + $3; all_flash += $1 + $2; all_ram += $2 + $3
       }
       END {
         printf "  %-23s %8s %12s\n", "floor", "flash", "static RAM"
         order = "src/base src/codec src/ws src/session src/link src/protocol/core src/protocol/agent_gate src/protocol/btp src/protocol/websocket port/none"
         split(order, names, " ")
         for (i = 1; i in names; i++)
           if (names[i] in flash) printf "  %-23s %8d %12d\n", names[i], flash[names[i]], ram[names[i]]
         printf "  %-23s %8d %12d\n", "all", all_flash, all_ram
       }'

# What the core asks of others. A heap, a throw or a guard would be here by name.
arm-none-eabi-nm "$build/libkedge-core.a" 2>/dev/null |
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

# Each storage_bytes is constexpr: an array of that size, compiled for the target, tells it.
cat >"$build/storage.cpp" <<END
#include <kedge/agent_gate.hpp>
#include <kedge/btp.hpp>
extern "C" const unsigned char agent_gate[], btp[];
const unsigned char agent_gate[kedge::agent_gate::storage_bytes(kedge::agent_gate::Limits::tiny())] = {1};
const unsigned char btp[kedge::btp::storage_bytes(kedge::Limits::tiny())] = {1};
END
arm-none-eabi-g++ -std=c++20 -mcpu=cortex-m3 -mthumb -fno-exceptions -fno-rtti -Iinclude -I"$build/include" \
  -c "$build/storage.cpp" -o "$build/storage.o"
for protocol in agent_gate btp; do
  bytes=$((16#$(arm-none-eabi-nm -S "$build/storage.o" | awk -v name="$protocol" '$4 == name { print $2 }')))
  echo "$protocol::storage_bytes(tiny): $bytes bytes of RAM"
done
