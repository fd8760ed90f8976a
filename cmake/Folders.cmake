# One static library per folder of daemon/. A folder links what the table in ARCHITECTURE.md lets it
# include and nothing else; tests/include_table_test holds the #includes to the same table.
#
#   tailwater_folder(NAME [USES folder ...] [LIBRARIES target ...])
function(tailwater_folder name)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  if(sources)
    add_library(tw_${name} STATIC ${sources})
    set(kind PUBLIC)
  else()
    add_library(tw_${name} INTERFACE)
    set(kind INTERFACE)
  endif()
  target_include_directories(tw_${name} ${kind} "${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(tw_${name} ${kind} tw_${used})
  endforeach()
  target_link_libraries(tw_${name} ${kind} ${ARG_LIBRARIES} Threads::Threads)
endfunction()

# All of them, users before used: what the daemon, the benchmarks and the integration tests link.
set(TAILWATER_LIBRARIES tw_client tw_config tw_http tw_access tw_runs tw_history tw_stream tw_sdjournal tw_metrics tw_source tw_filter
    tw_journal tw_event tw_base)
