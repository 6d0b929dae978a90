#!/usr/bin/env python3
"""Which objects of the core could allocate: `no_allocation.py NM OBJECT...` looks at the symbols they leave undefined.

A test that counts sees only the ways it went; this sees every way there is."""

import pathlib
import re
import subprocess
import sys

# An object of one source, or of all of a floor's (CMAKE_UNITY_BUILD).
CORE = re.compile(r"/(?:src/|Unity/unity_)(base|codec|crypto|ws|tls|session|link|protocol)[/_]")
# Trees for users who want them are cJSON's, and allocate through it.
EXCEPTIONS = ("/src/codec/json_tree.",)
# What mbedtls_calloc and mbedtls_free are when mbedTLS was built without an allocator hook: each frees what the other
# made.
MBEDTLS_OWN = (("/src/tls/credentials.", ("calloc", "free")), ("/src/tls/trust_files.", ("calloc", "free")))
# operator new and delete of every kind, and what libc and libstdc++ allocate with.
ALLOCATES = re.compile(
    r"^(_Zn[wa]|_Zd[la]|malloc$|calloc$|realloc$|free$|aligned_alloc$|posix_memalign$|memalign$|v?asprintf$|strn?dup$|getline$"
    r"|__cxa_allocate|_ZSt20__throw|_ZNSt7__cxx1112basic_string|_ZNSs)")
# What opens files: mbedTLS 3.6 gives its own reader to nobody.
OPENS_FILES = (("/src/tls/trust_files.", ("fopen", "fopen64", "fclose", "fread", "fseek", "ftell", "rewind", "setvbuf")),)
# TLS and hashes may not go round mbedTLS to any system: these, memory and strings are all they may ask for. mbedTLS 3.6 wants
# its PSA to be started by name.
TLS_MAY = re.compile(
    r"^(mbedtls_|psa_crypto_init$|_ZN5kedge|_ZNK5kedge|_ZTVN5kedge|_ZGV|mem(cpy|move|set|cmp|chr)$|strlen$|__stack_chk_fail$|__(a|ub|t)san_|__sanitizer_|__gcov_|__sancov_|__(start|stop)___sancov_"
    r"|_GLOBAL_OFFSET_TABLE_$|__assert_fail$|_ZSt24__throw_out_of_range_fmt|__cxa_pure_virtual$|_ZSt21__glibcxx_assert_fail|__dso_handle$|_Unwind_Resume$"
    r"|__gxx_personality_v0$|__aeabi_u?ldivmod$|__(memcpy|memmove|memset|strcpy|strcat|snprintf)_chk$|_ZTI|_ZTS|_ZTVN10__cxxabiv1)")


def undefined(nm, objects):
    """The names that each object leaves undefined."""
    names = {path: [] for path in objects}
    text = subprocess.run([nm, "-A", "-u", "-P", *objects], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        path, _, rest = line.partition(": ")
        names[path].append(rest.split()[0])
    return names


def main():
    nm, objects = sys.argv[1], sys.argv[2:]
    breaches, looked_at, seen_elsewhere = [], 0, False
    for path, names in undefined(nm, objects).items():
        names = [name for name in names if not any(part in path and name in allowed for part, allowed in MBEDTLS_OWN + OPENS_FILES)]
        allocating = [name for name in names if ALLOCATES.match(name)]
        core = CORE.search(path)
        if not core or any(exception in path for exception in EXCEPTIONS):
            seen_elsewhere = seen_elsewhere or bool(allocating)
            continue
        looked_at += 1
        breaches += [f"{pathlib.Path(path).name}: {name} allocates" for name in allocating]
        if core.group(1) in ("crypto", "tls"):
            breaches += [f"{pathlib.Path(path).name}: {name} is not mbedTLS's" for name in names if not TLS_MAY.match(name)]
    # The ports allocate at construction: when not even that is seen, this test sees nothing.
    whole_floors = any("/Unity/unity_base" in path for path in objects)
    if not seen_elsewhere or looked_at < (8 if whole_floors else 20):
        breaches.append(f"looked at {looked_at} objects of the core, and saw no allocation in any other: blind")
    print("\n".join(breaches) or f"{looked_at} objects of the core cannot allocate")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
