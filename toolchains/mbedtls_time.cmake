# mbedTLS has time_t in its structures, and on a 32-bit machine time_t is what its compiler was told: 32 bits in Debian 12's
# armhf, 64 in Debian 13's. Where ours is another one, its headers are told the library's; tests/unit/tls/layout_test.cpp
# holds it to that.
if(NOT TARGET MbedTLS::mbedtls OR CMAKE_SYSTEM_NAME STREQUAL "Generic" OR NOT CMAKE_SIZEOF_VOID_P EQUAL 4)
  return()
endif()

# glibc and musl have two functions for two kinds of time_t; the name of the 64-bit one stands in who calls it.
set(calls_time ${CMAKE_CURRENT_BINARY_DIR}/calls_time)
file(WRITE ${calls_time}.c "#include <time.h>\nlong long calls_time(void) { return time(0); }\n")
file(REMOVE ${calls_time}.a)
set(target_type ${CMAKE_TRY_COMPILE_TARGET_TYPE})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
try_compile(KEDGE_CALLS_TIME ${calls_time} SOURCES ${calls_time}.c COPY_FILE ${calls_time}.a OUTPUT_VARIABLE why)
set(CMAKE_TRY_COMPILE_TARGET_TYPE ${target_type})
unset(KEDGE_CALLS_TIME CACHE)
if(NOT EXISTS ${calls_time}.a)
  message(FATAL_ERROR "cannot find out how many bits time_t has:\n${why}")
endif()
file(STRINGS ${calls_time}.a ours_is_64 REGEX "__time64")

get_target_property(libraries MbedTLS::mbedtls INTERFACE_LINK_LIBRARIES)
set(theirs_is_64)
foreach(library IN LISTS libraries)
  file(STRINGS ${library} found REGEX "__time64")
  list(APPEND theirs_is_64 ${found})
endforeach()

if(ours_is_64 AND NOT theirs_is_64)
  target_compile_definitions(MbedTLS::mbedtls INTERFACE MBEDTLS_PLATFORM_TIME_TYPE_MACRO=long)
  message(STATUS "mbedTLS here has times of 32 bits")
elseif(theirs_is_64 AND NOT ours_is_64)
  target_compile_definitions(MbedTLS::mbedtls INTERFACE "MBEDTLS_PLATFORM_TIME_TYPE_MACRO=long long")
  message(STATUS "mbedTLS here has times of 64 bits")
endif()
