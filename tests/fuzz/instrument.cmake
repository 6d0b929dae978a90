# What libFuzzer needs: counters in everything that it feeds, which are the libraries, not the tests.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "libFuzzer is clang's: cmake --preset debug")
endif()
# From where Ninja runs the compiler, so that trees in several folders share what a compiler cache holds.
file(RELATIVE_PATH uncounted ${CMAKE_BINARY_DIR} ${CMAKE_CURRENT_LIST_DIR}/uncounted.txt)
set(KEDGE_FUZZ_OPTIONS -fsanitize=fuzzer-no-link -fsanitize-coverage-ignorelist=${uncounted})
