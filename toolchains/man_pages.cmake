# Manual pages, made of what --help prints. KEDGE_MAN_DATE, if it is set, is their date, in seconds since 1970. In a package they must be
# there; elsewhere what keeps them from being made (a program that does not run here, say) keeps nothing else.

# kedge_man_page(component page summary [command of the program...])
function(kedge_man_page component page summary)
  set(file ${PROJECT_BINARY_DIR}/man/${page}.1.gz)
  set(program kedge_${component}_program)
  if(KEDGE_MAN_DATE)
    set(dated ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=${KEDGE_MAN_DATE})
  endif()
  if(NOT KEDGE_DEBIAN)
    set(otherwise || ${CMAKE_COMMAND} -E rm -f ${file})
    set(optional OPTIONAL)
  endif()
  add_custom_command(OUTPUT ${file} DEPENDS ${program} ${PROJECT_SOURCE_DIR}/toolchains/man_page.sh VERBATIM
      COMMAND ${dated} bash ${PROJECT_SOURCE_DIR}/toolchains/man_page.sh ${PROJECT_VERSION} ${page} ${summary}
              ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:${program}> ${ARGN} > ${file} ${otherwise})
  add_custom_target(man_${page} ALL DEPENDS ${file})
  install(FILES ${file} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component} ${optional})
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
kedge_man_page(cli kedge "one line to an agent gateway")
file(GLOB of_commands CONFIGURE_DEPENDS src/cli/*/man_pages.cmake)
foreach(file IN LISTS of_commands)
  include(${file})
endforeach()
kedge_man_page(agent kedge-agent "Interledger packets into a connector, by a local HTTP API")
kedge_man_page(hub kedge-hub "gateway to develop and test agents against")
