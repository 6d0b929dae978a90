# kedge-agent as a service of systemd: its unit, which names where the program was installed, and its user. Both lie beneath the
# prefix; systemd looks into /usr and /usr/local.
install(FILES agent/kedge-agent.sysusers DESTINATION lib/sysusers.d RENAME kedge-agent.conf)
install(CODE "
  set(bindir \"${CMAKE_INSTALL_BINDIR}\")
  set(template \"${CMAKE_CURRENT_SOURCE_DIR}/agent/kedge-agent.service.in\")
  set(unit \"${CMAKE_CURRENT_BINARY_DIR}/kedge-agent.service\")")
install(CODE [[
  cmake_path(ABSOLUTE_PATH bindir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
  configure_file("${template}" "${unit}" @ONLY)
  file(INSTALL "${unit}" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")]])
