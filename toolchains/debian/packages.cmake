# The Debian packages, by CPack: libkedge-dev, kedge, kedge-agent and kedge-hub. toolchains/debian_packages.sh calls this with
# KEDGE_DEBIAN_ARCHITECTURE and KEDGE_DEBIAN_RELEASE (deb12u1), and in a cross build with KEDGE_DEBIAN_LIBRARIES: the folders that dpkg-shlibdeps looks for libraries in.

set(debian_dir ${CMAKE_CURRENT_LIST_DIR})
set(debian_files ${PROJECT_BINARY_DIR}/debian)
file(MAKE_DIRECTORY ${debian_files})

# --- what every package has ----------------------------------------------------------------------------------------

execute_process(COMMAND ${debian_dir}/changelog.sh ${KEDGE_DEBIAN_RELEASE} OUTPUT_FILE ${debian_files}/changelog COMMAND_ERROR_IS_FATAL ANY)
foreach(field Version Maintainer Timestamp)
  execute_process(COMMAND dpkg-parsechangelog -l ${debian_files}/changelog -S ${field}
                  OUTPUT_VARIABLE debian_${field} OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND gzip -9n INPUT_FILE ${debian_files}/changelog OUTPUT_FILE ${debian_files}/changelog.Debian.gz
                COMMAND_ERROR_IS_FATAL ANY)

# Machine-readable, from LICENSE: its second paragraph is the holder, what follows the text.
file(READ ${PROJECT_SOURCE_DIR}/LICENSE license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)\n\n(.*)$" license "${license}")
set(holder "${CMAKE_MATCH_1}")
string(STRIP "${CMAKE_MATCH_2}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
file(WRITE ${debian_files}/copyright
     "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n"
     "Copyright: ${holder}\nLicense: Expat\n ${license}\n")

# debian_package(component name section summary line...): the lines are the description.
function(debian_package component name section summary)
  string(TOUPPER ${component} C)
  list(JOIN ARGN "\n" description)
  install(FILES ${debian_files}/changelog.Debian.gz ${debian_files}/copyright DESTINATION share/doc/${name}
          COMPONENT ${component})
  set(CPACK_DEBIAN_${C}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${C}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${C}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${C}_FILE_NAME DEB-DEFAULT PARENT_SCOPE)
endfunction()

# --- manual pages ------------------------------------------------------------------------------------------------------

set(KEDGE_MAN_DATE ${debian_Timestamp})
include(${debian_dir}/../man_pages.cmake)

# --- services --------------------------------------------------------------------------------------------------------

# debian_service(component service purged...): what the administrator made where we tell to, and a service wrote, goes when the
# package is purged.
function(debian_service component service)
  string(TOUPPER ${component} C)
  list(JOIN ARGN " " purged)
  set(scripts ${debian_files}/${service})
  foreach(script postinst prerm postrm)
    configure_file(${debian_dir}/${script}.in ${scripts}/${script} @ONLY NO_SOURCE_PERMISSIONS)
    list(APPEND control ${scripts}/${script})
  endforeach()
  file(WRITE ${scripts}/conffiles "/etc/kedge/${component}.env\n")
  # May hold a secret; systemd reads it as root.
  install(FILES ${debian_dir}/${component}.env DESTINATION /etc/kedge COMPONENT ${component} PERMISSIONS OWNER_READ OWNER_WRITE)
  install(FILES ${PROJECT_SOURCE_DIR}/src/${component}/README.md DESTINATION share/doc/${service} COMPONENT ${component})
  set(CPACK_DEBIAN_${C}_PACKAGE_CONTROL_EXTRA "${control};${scripts}/conffiles" PARENT_SCOPE)
  set(CPACK_DEBIAN_${C}_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers" PARENT_SCOPE)
endfunction()

debian_service(agent kedge-agent /etc/kedge/agent.token)
# The unit's ExecReload is /bin/kill.
string(APPEND CPACK_DEBIAN_AGENT_PACKAGE_DEPENDS ", procps")
debian_service(hub kedge-hub /etc/kedge/hub.token /var/lib/kedge-hub)

# --- the packages ----------------------------------------------------------------------------------------------------

set(about "kedge holds one WebSocket line between a small device and its agent gateway:"
          "authenticated, kept alive, reconnected without storms, and resumed.")
debian_package(dev libkedge-dev libdevel "WebSocket client library for firmware and agents (development files)" ${about}
               "." "This is the static library with its headers, and what CMake and pkg-config" "need to find it.")
debian_package(cli kedge net "one line to an agent gateway, on the command line" ${about}
               "." "This is the command line. It speaks agent-gate (tools behind a human's"
               "approval) and BTP (Interledger packets).")
debian_package(agent kedge-agent net "Interledger packets into a connector, by a local HTTP API" ${about}
               "." "This is a daemon, which sends packets for whoever asks over HTTP on loopback."
               "It starts when it is configured and enabled.")
debian_package(hub kedge-hub net "gateway to develop and test agents against" ${about}
               "." "This is a gateway and an Interledger connector for development and tests. It"
               "starts when it is configured and enabled.")

# A static library fits the structures of the mbedTLS it was compiled with: 2.28, or 3.6.
get_target_property(includes MbedTLS::mbedtls INTERFACE_INCLUDE_DIRECTORIES)
find_file(mbedtls_version_header NAMES mbedtls/build_info.h mbedtls/version.h PATHS ${includes} NO_CACHE NO_DEFAULT_PATH
          NO_CMAKE_FIND_ROOT_PATH REQUIRED)
foreach(part MAJOR MINOR)
  file(STRINGS ${mbedtls_version_header} line REGEX "^#define MBEDTLS_VERSION_${part} ")
  string(REGEX MATCH "[0-9]+" ${part} "${line}")
endforeach()
math(EXPR after "${MINOR} + 1")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libcjson-dev, libmbedtls-dev (>= ${MAJOR}.${MINOR}), \
libmbedtls-dev (<< ${MAJOR}.${after}~), libuv1-dev, libwslay-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "pkg-config")
foreach(component CLI AGENT HUB)
  set(CPACK_DEBIAN_${component}_PACKAGE_SHLIBDEPS ON)
endforeach()
foreach(component CLI AGENT)
  set(CPACK_DEBIAN_${component}_PACKAGE_RECOMMENDS "ca-certificates")
endforeach()

set(CPACK_GENERATOR DEB)
# Each package has its own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL dev cli agent hub)
string(REGEX MATCH "^(.*)-(.*)$" all "${debian_Version}")
set(CPACK_DEBIAN_PACKAGE_VERSION "${CMAKE_MATCH_1}")
set(CPACK_DEBIAN_PACKAGE_RELEASE "${CMAKE_MATCH_2}")
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${KEDGE_DEBIAN_ARCHITECTURE})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${debian_Maintainer}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${KEDGE_DEBIAN_LIBRARIES})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
# The units name the programs by their path on the target, and /etc is not beneath the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
