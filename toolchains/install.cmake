# What `cmake --install` puts where, and how others find it: find_package(kedge) and pkg-config.

include(CMakePackageConfigHelpers)
# What a component is called: dev is the library and all that a project needs to build with it; a program has its folder's name.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)
set(kedge_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kedge)

get_property(kedge_components GLOBAL PROPERTY KEDGE_COMPONENTS)
list(JOIN kedge_components ", " kedge_components_words)
foreach(component IN LISTS kedge_components)
  # A file for each, so that who asks for one needs what that one stands on.
  install(TARGETS kedge-${component} EXPORT kedge_${component} FILE_SET HEADERS FILE_SET generated)
  install(EXPORT kedge_${component} NAMESPACE kedge:: FILE kedge-${component}.cmake DESTINATION ${kedge_cmake_dir})
  get_property(needs GLOBAL PROPERTY KEDGE_NEEDS_${component})
  string(APPEND kedge_needs "set(kedge_needs_${component} ${needs})\n")
endforeach()
install(TARGETS kedge EXPORT kedge_all)
install(EXPORT kedge_all NAMESPACE kedge:: FILE kedge-all.cmake DESTINATION ${kedge_cmake_dir})

configure_package_config_file(toolchains/kedgeConfig.cmake.in kedgeConfig.cmake INSTALL_DESTINATION ${kedge_cmake_dir})
# Before 1.0 a minor release may change the interface.
write_basic_package_version_file(kedgeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES toolchains/dependencies.cmake ${PROJECT_BINARY_DIR}/kedgeConfig.cmake
              ${PROJECT_BINARY_DIR}/kedgeConfigVersion.cmake
        DESTINATION ${kedge_cmake_dir})

# pkg-config finds the prefix from where kedge.pc lies, so that an installed tree can be moved, and `cmake --install
# --prefix` works. An absolute libdir (Nix, Guix) replaces the prefix.
file(RELATIVE_PATH pc_up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_up}")
cmake_path(APPEND pc_libdir "\${prefix}" ${CMAKE_INSTALL_LIBDIR})
cmake_path(APPEND pc_includedir "\${prefix}" ${CMAKE_INSTALL_INCLUDEDIR})
# kedge_pkg_config(name libuv's-module component...)
function(kedge_pkg_config pc_name uv)
  set(modules)
  set(libs)
  foreach(component IN LISTS ARGN)
    string(APPEND libs " -lkedge-${component}")
  endforeach()
  string(APPEND libs " -lwslay")
  if("tls" IN_LIST ARGN)
    string(APPEND libs " -lmbedtls -lmbedx509")
  endif()
  string(APPEND libs " -lmbedcrypto")
  if("uv" IN_LIST ARGN)
    string(APPEND modules " ${uv}")
  endif()
  if("tree" IN_LIST ARGN)
    string(APPEND modules " libcjson")
  endif()
  configure_file(toolchains/kedge.pc.in ${pc_name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
kedge_pkg_config(kedge libuv ${kedge_components})
# For a program that is linked with -static: libuv's archive has a name of its own, and so has its module.
kedge_pkg_config(kedge-static libuv-static ${kedge_components})
kedge_pkg_config(kedge-core libuv core)

install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc OPTIONAL)
# The pages, by their links; the sources and headers that these lead to as well are in the tree alone.
file(GLOB_RECURSE pages CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     src/README.md include/README.md port/README.md examples/README.md tests/README.md toolchains/README.md)
foreach(page IN LISTS pages)
  cmake_path(GET page PARENT_PATH folder)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder} COMPONENT doc OPTIONAL)
endforeach()
