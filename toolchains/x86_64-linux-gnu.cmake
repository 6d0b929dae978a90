# Another release of Debian on this machine's own architecture, such as trixie with its mbedTLS 3.6: cmake --preset mbedtls36.
# The release's own loader takes the emulator's place: its libraries want its libc.
set(KEDGE_ARCHITECTURE amd64)
set(KEDGE_TRIPLET x86_64-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
set(CMAKE_CROSSCOMPILING_EMULATOR ${KEDGE_SYSROOT}/lib64/ld-linux-x86-64.so.2 --library-path ${KEDGE_SYSROOT}/usr/lib/${KEDGE_TRIPLET})
