# cmake -Droot=... -P native_hub.cmake: builds kedge-hub for this machine, as preset `release` does. One cross build at a time; those that
# come later find it built.

set(build ${root}/build/release)
file(MAKE_DIRECTORY ${build})
file(LOCK ${build} DIRECTORY GUARD PROCESS TIMEOUT 1800)

# run(COMMAND...): quiet, unless it fails.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${root} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
  if(failed)
    message(NOTICE "${output}")
    message(FATAL_ERROR "kedge-hub for this machine cannot be built: see above")
  endif()
endfunction()

# One compiler, as one of the jobs of the build that asks.
run(${CMAKE_COMMAND} --preset release)
run(${CMAKE_COMMAND} --build ${build} --target kedge_hub_program -j 1)
