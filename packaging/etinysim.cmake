# include(etinysim.cmake), then for a target that is a firmware image:
#
#   etinysim_gate(TARGET BOARD stm32f746 [BASELINE FILE [LIMITS --max-cycles-regress 2 ...]])
#
# `cmake --build . --target TARGET-cycles` prints where its cycles go. With BASELINE (a database or the JSON of `etinysim run
# --json`) CTest has a test TARGET-cycles, too, that fails when a limit of `etinysim compare` is broken.
find_program(ETINYSIM etinysim REQUIRED)

function(etinysim_gate target)
  cmake_parse_arguments(PARSE_ARGV 1 gate "" "BOARD;BASELINE" "LIMITS")
  if(NOT gate_BOARD OR gate_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "etinysim_gate(${target}): expected BOARD NAME [BASELINE FILE [LIMITS ...]]")
  endif()
  add_custom_target(${target}-cycles COMMAND ${ETINYSIM} run $<TARGET_FILE:${target}> --board ${gate_BOARD}
    DEPENDS ${target} VERBATIM USES_TERMINAL)
  if(gate_BASELINE)
    set(new ${CMAKE_CURRENT_BINARY_DIR}/${target}-cycles.db)
    get_filename_component(baseline ${gate_BASELINE} ABSOLUTE)
    add_test(NAME ${target}-run COMMAND ${ETINYSIM} run $<TARGET_FILE:${target}> --board ${gate_BOARD} --db ${new} -q)
    set_tests_properties(${target}-run PROPERTIES FIXTURES_SETUP ${target}-run)
    add_test(NAME ${target}-cycles COMMAND ${ETINYSIM} compare ${baseline} ${new} ${gate_LIMITS})
    set_tests_properties(${target}-cycles PROPERTIES FIXTURES_REQUIRED ${target}-run)
  endif()
endfunction()
