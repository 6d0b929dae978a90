# Raspberry Pi OS and Debian on 64-bit ARM: cmake --preset aarch64
set(KEDGE_ARCHITECTURE arm64)
set(KEDGE_TRIPLET aarch64-linux-gnu)
set(KEDGE_QEMU qemu-aarch64)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
