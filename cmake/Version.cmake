# TAILWATER_VERSION is what the program says of itself. Packages give it; in a checkout it comes from the last tag
# (v1.2.3, or v1.2.3-4-gabcdef four commits behind it); elsewhere it is the project's.
set(TAILWATER_VERSION "" CACHE STRING "The version that the program names; empty: by git tags")
set(tailwater_version "${TAILWATER_VERSION}")
if(NOT tailwater_version AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
  execute_process(COMMAND git describe --tags --match "v[0-9]*" WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                  OUTPUT_VARIABLE tailwater_version OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  string(REGEX REPLACE "^v" "" tailwater_version "${tailwater_version}")
endif()
if(NOT tailwater_version)
  set(tailwater_version "${PROJECT_VERSION}")
endif()
