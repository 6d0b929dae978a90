# cmake -Droot=... -Dbuild=... [-D...] -P native_hub.cmake: builds kedge-hub for this machine, with its own compiler and
# libraries, into a folder that all cross builds share. One of them at a time; those that come later find it built.

file(MAKE_DIRECTORY ${build})
file(LOCK ${build} DIRECTORY GUARD PROCESS TIMEOUT 1800)

# run(COMMAND...): quiet, unless it fails.
function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
  if(failed)
    message(NOTICE "${output}")
    message(FATAL_ERROR "kedge-hub for this machine cannot be built: see above")
  endif()
endfunction()

# Compiling is what it costs, not running: it is not optimised. One compiler, as one of the jobs of the build that asks.
run(${CMAKE_COMMAND} -S ${root} -B ${build} -G ${generator} -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-O0 -DCMAKE_UNITY_BUILD=ON -DKEDGE_TESTS=OFF
    "-DCMAKE_C_COMPILER_LAUNCHER=${c_launcher}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${cxx_launcher}")
run(${CMAKE_COMMAND} --build ${build} --target kedge_hub_program -j 1)
