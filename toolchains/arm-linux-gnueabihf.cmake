# Raspberry Pi OS and Debian on 32-bit ARM: cmake --preset armhf
set(KEDGE_ARCHITECTURE armhf)
set(KEDGE_TRIPLET arm-linux-gnueabihf)
set(KEDGE_QEMU qemu-arm)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
# Times beyond 2038; and no notes on what gcc 7 changed for who links with what an older one compiled.
foreach(language C CXX)
  set(CMAKE_${language}_FLAGS_INIT "-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 -Wno-psabi")
endforeach()
