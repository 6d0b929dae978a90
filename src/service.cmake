# kedge_service(name folder): a program as a service of systemd: its unit, which names where the program was installed, and its
# user. Both lie beneath the prefix; systemd looks into /usr and /usr/local.
function(kedge_service name folder)
  install(FILES ${folder}/${name}.sysusers DESTINATION lib/sysusers.d RENAME ${name}.conf COMPONENT ${folder})
  install(CODE "
    set(bindir \"${CMAKE_INSTALL_BINDIR}\")
    set(hardening_file \"${CMAKE_CURRENT_SOURCE_DIR}/program/hardening.service\")
    set(template \"${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${name}.service.in\")
    set(unit \"${CMAKE_CURRENT_BINARY_DIR}/${name}.service\")" COMPONENT ${folder})
  install(CODE [[
    cmake_path(ABSOLUTE_PATH bindir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
    file(READ "${hardening_file}" hardening)
    configure_file("${template}" "${unit}" @ONLY)
    file(INSTALL "${unit}" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")]] COMPONENT ${folder})
endfunction()
