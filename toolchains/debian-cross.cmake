# What every cross build for Debian on Linux has in common. A toolchain file sets KEDGE_ARCHITECTURE (Debian's name),
# KEDGE_TRIPLET and KEDGE_QEMU, and includes this. KEDGE_SYSROOT is where headers and libraries of the target are: what
# toolchains/sysroot.sh made unless told, and it is made now if it is not there. KEDGE_SUITE is the release of Debian that it is
# from: the compiler's own unless told.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${KEDGE_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${KEDGE_TRIPLET}-g++)

set(compilers_suite bookworm)
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release line REGEX "^VERSION_CODENAME=")
  string(REGEX REPLACE "^VERSION_CODENAME=" "" line "${line}")
  file(STRINGS /etc/os-release debian REGEX "^ID=debian$")
  if(debian AND line)
    set(compilers_suite ${line})
  endif()
endif()
if(NOT DEFINED KEDGE_SUITE)
  set(KEDGE_SUITE ${compilers_suite})
endif()
if(NOT DEFINED KEDGE_SYSROOT)
  cmake_path(ABSOLUTE_PATH CMAKE_CURRENT_LIST_DIR OUTPUT_VARIABLE toolchains)
  cmake_path(GET toolchains PARENT_PATH root)
  set(KEDGE_SYSROOT ${root}/build/sysroot/${KEDGE_SUITE}-${KEDGE_ARCHITECTURE})
  execute_process(COMMAND ${toolchains}/sysroot.sh ${KEDGE_ARCHITECTURE} ${KEDGE_SUITE} RESULT_VARIABLE failed OUTPUT_QUIET)
  if(failed)
    message(FATAL_ERROR "no sysroot for ${KEDGE_ARCHITECTURE}: toolchains/sysroot.sh failed, see above")
  endif()
endif()
# A project that tries a compiler has to see the same tree.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES KEDGE_SYSROOT KEDGE_SUITE)

set(CMAKE_SYSROOT ${KEDGE_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${KEDGE_TRIPLET})
# A compiler of Debian's looks for libraries, and a cross compiler for headers, in those of the release it is from before it looks
# into the sysroot.
if(NOT KEDGE_SUITE STREQUAL compilers_suite)
  if(NOT KEDGE_ARCHITECTURE STREQUAL "amd64")
    foreach(language C CXX)
      set(CMAKE_${language}_STANDARD_INCLUDE_DIRECTORIES ${KEDGE_SYSROOT}/usr/include/${KEDGE_TRIPLET} ${KEDGE_SYSROOT}/usr/include)
    endforeach()
  endif()
  foreach(kind EXE SHARED MODULE)
    set(CMAKE_${kind}_LINKER_FLAGS_INIT "-B${KEDGE_SYSROOT}/usr/lib/${KEDGE_TRIPLET} -L${KEDGE_SYSROOT}/usr/lib/${KEDGE_TRIPLET}")
  endforeach()
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# While the build is configured: ccache would tell the compiler a relative sysroot, and CMake misread where that looks by itself.
unset(ENV{CCACHE_BASEDIR})
set(ENV{PKG_CONFIG_PATH} "")
set(ENV{PKG_CONFIG_LIBDIR} ${KEDGE_SYSROOT}/usr/lib/${KEDGE_TRIPLET}/pkgconfig:${KEDGE_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${KEDGE_SYSROOT})

# Programs of the target run on this machine, its tests too.
set(CMAKE_CROSSCOMPILING_EMULATOR ${KEDGE_QEMU} -L ${KEDGE_SYSROOT})
