# What `cmake --install` puts where, and how others find it: find_package(kedge) and pkg-config.

include(CMakePackageConfigHelpers)
# What a component is called: dev is the library and all that a project needs to build with it; a program has its folder's name.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)
set(kedge_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kedge)

install(TARGETS kedge EXPORT kedgeTargets FILE_SET HEADERS FILE_SET generated)
install(EXPORT kedgeTargets NAMESPACE kedge:: DESTINATION ${kedge_cmake_dir})

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
# kedge-static for a program that is linked with -static: libuv's archive has a name of its own, and so has its module.
foreach(static "" -static)
  set(pc_name kedge${static})
  set(pc_uv libuv${static})
  configure_file(toolchains/kedge.pc.in ${pc_name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc OPTIONAL)
# The pages, by their links; the sources and headers that these lead to as well are in the tree alone.
file(GLOB_RECURSE pages CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     src/README.md include/README.md port/README.md examples/README.md tests/README.md toolchains/README.md)
foreach(page IN LISTS pages)
  cmake_path(GET page PARENT_PATH folder)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder} COMPONENT doc OPTIONAL)
endforeach()
