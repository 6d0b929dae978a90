# How a component of the library is made: a static library kedge-NAME, as kedge::NAME here and where it is installed, with what every
# one of them is compiled with. The components are the table in the top CMakeLists.txt.

# What the core promises to compile with: it runs on bare metal too.
set(KEDGE_CORE_OPTIONS -fno-exceptions -fno-rtti -fno-threadsafe-statics)

# kedge_protocols(variable): the sources of the protocols that are wanted. A protocol is a folder of src/protocol; its public headers are
# NAME.hpp, NAME_*.hpp, and those in its headers.txt; nobody has them where it is left out. A name that is no protocol's ends the build.
function(kedge_protocols variable)
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src/protocol src/protocol/*/*.cpp)
  list(TRANSFORM sources REPLACE "/.*" "" OUTPUT_VARIABLE there)
  list(REMOVE_DUPLICATES there)
  list(REMOVE_ITEM there core)  # what is behind each of them
  foreach(name IN LISTS KEDGE_PROTOCOLS)
    if(NOT name IN_LIST there AND NOT name STREQUAL "all")
      list(JOIN there ", " there)
      message(FATAL_ERROR "KEDGE_PROTOCOLS: kedge has no protocol '${name}'; it has ${there}")
    endif()
  endforeach()
  set(sources)
  foreach(name IN LISTS there)
    if("all" IN_LIST KEDGE_PROTOCOLS OR name IN_LIST KEDGE_PROTOCOLS)
      list(APPEND sources src/protocol/${name}/*.cpp)
      continue()
    endif()
    file(GLOB headers RELATIVE ${PROJECT_SOURCE_DIR}/include/kedge include/kedge/${name}.hpp include/kedge/${name}_*.hpp)
    if(EXISTS ${PROJECT_SOURCE_DIR}/src/protocol/${name}/headers.txt)
      file(STRINGS src/protocol/${name}/headers.txt more)
      list(APPEND headers ${more})
    endif()
    set_property(GLOBAL PROPERTY KEDGE_PROTOCOLS_LEFT_OUT TRUE)
    set_property(GLOBAL APPEND PROPERTY KEDGE_HEADERS_TAKEN ${headers})
  endforeach()
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()

# kedge_component(name [IF option...] [NEEDS component...] [USES target...] [GIVES target...]
#                 SOURCES pattern... [EXCEPT regex] HEADERS pattern...)
# Where an option is off nothing is built, and the headers are nobody's. NEEDS are components; USES are libraries that it keeps to itself,
# GIVES those whose types its users see. HEADERS are looked for in include/kedge: those that no one before has taken.
function(kedge_component name)
  cmake_parse_arguments(PARSE_ARGV 1 part "" "EXCEPT" "IF;NEEDS;USES;GIVES;SOURCES;HEADERS")
  set(folder ${PROJECT_SOURCE_DIR}/include)
  get_property(taken GLOBAL PROPERTY KEDGE_HEADERS_TAKEN)
  list(TRANSFORM part_HEADERS PREPEND ${folder}/kedge/)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${folder}/kedge ${part_HEADERS})
  list(REMOVE_ITEM headers ${taken})
  set_property(GLOBAL APPEND PROPERTY KEDGE_HEADERS_TAKEN ${headers})
  foreach(option IN LISTS part_IF)
    if(NOT ${option})
      return()
    endif()
  endforeach()

  kedge_find(${name})
  set(target kedge-${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${part_SOURCES})
  if(part_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "${part_EXCEPT}")
  endif()
  list(TRANSFORM headers PREPEND ${folder}/kedge/)
  list(TRANSFORM part_NEEDS PREPEND kedge- OUTPUT_VARIABLE needed)
  add_library(${target} ${sources})
  add_library(kedge::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${folder} FILES ${headers})
  target_link_libraries(${target} PUBLIC ${needed} ${part_GIVES} PRIVATE ${part_USES} $<BUILD_INTERFACE:kedge_warnings>)
  kedge_compiled_as_all(${target})
  kedge_in_groups(${target} ${sources})
  kedge_headers_verified(${target})
  set_property(GLOBAL APPEND PROPERTY KEDGE_COMPONENTS ${name})
  set_property(GLOBAL PROPERTY KEDGE_NEEDS_${name} ${part_NEEDS})
endfunction()

# kedge_whole_library(target): every component that is built, for who asks for no one of them.
function(kedge_whole_library target)
  get_property(components GLOBAL PROPERTY KEDGE_COMPONENTS)
  list(TRANSFORM components PREPEND kedge-)
  add_library(${target} INTERFACE)
  add_library(kedge::${target} ALIAS ${target})
  target_link_libraries(${target} INTERFACE ${components})
endfunction()

# kedge_left_out(variable option...): words on those of the options that leave something out.
function(kedge_left_out variable)
  get_property(KEDGE_PROTOCOLS_LEFT_OUT GLOBAL PROPERTY KEDGE_PROTOCOLS_LEFT_OUT)
  set(words)
  foreach(option IN LISTS ARGN)
    if(option STREQUAL "KEDGE_PROTOCOLS" AND KEDGE_PROTOCOLS_LEFT_OUT)
      list(APPEND words "KEDGE_PROTOCOLS=all")
    elseif(NOT option STREQUAL "KEDGE_PROTOCOLS" AND NOT ${option})
      list(APPEND words "${option}=ON")
    endif()
  endforeach()
  list(JOIN words ", " words)
  set(${variable} "${words}" PARENT_SCOPE)
endfunction()

function(kedge_compiled_as_all target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE ${KEDGE_CORE_OPTIONS} ${KEDGE_FUZZ_OPTIONS})
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")
    # A shared object of a user's may hold it. Nothing of it is replaced there, which functions would otherwise be called as if for.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${target} PRIVATE -fno-semantic-interposition)
  endif()
  if(KEDGE_UBSAN)
    # A misaligned access passes silently on most machines, and on some of them is a crash. vptr wants the RTTI that the core
    # has not; a sysroot has no libubsan to run with.
    target_compile_options(${target} PRIVATE -fsanitize=undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
    target_link_options(${target} INTERFACE -fsanitize=undefined -static-libubsan)
  endif()
endfunction()

# Which files are compiled as one.
function(kedge_in_groups target)
  if(CMAKE_UNITY_BUILD)
    # A floor at a time, so that tests/symbols can tell the core from the ports. Alone: what may allocate, as it says there.
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
    foreach(source IN LISTS ARGN)
      if(NOT source MATCHES "/src/(codec/json_tree|tls/(credentials|trust_files))\\.cpp$")
        string(REGEX REPLACE ".*/(src|port)/([a-z_]+)/.*" "\\2" floor ${source})
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${floor})
      endif()
    endforeach()
  elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND target STREQUAL "kedge-core")
    # What every message passes through is compiled as one, so that its small functions are inlined across files. It saves a
    # third of what kedge adds to the cost of a small message (tests/bench), and asks nothing of those who link the library, as
    # link-time optimisation would.
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set_source_files_properties(
        src/codec/utf8.cpp src/ws/frame.cpp src/ws/frame_reader.cpp src/ws/mask_pool.cpp src/ws/message_reader.cpp src/session/outbound_ring.cpp
        src/session/outbound_push.cpp src/session/session.cpp src/link/link.cpp src/protocol/websocket/messages.cpp
        PROPERTIES UNITY_GROUP message_path)
  endif()
endfunction()

# Header sets are installed with the library, and each header is checked to compile alone
# (target all_verify_interface_header_sets), as a user compiles it: with exceptions and RTTI, and perhaps more warnings than we do.
function(kedge_headers_verified target)
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  set(verifier ${target}_verify_interface_header_sets)
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
    "$<BUILD_INTERFACE:$<$<STREQUAL:$<TARGET_PROPERTY:NAME>,${verifier}>:-Wall;-Wextra;-Wnon-virtual-dtor;-Werror>>")
endfunction()
