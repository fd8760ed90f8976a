# Flags that hold for every target of ours.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wimplicit-fallthrough -fno-omit-frame-pointer)
# g++ 12 sees overlaps in std::string where there are none (GCC bug 105329).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(DEFINED ENV{CI} OR TAILWATER_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_definitions(_GNU_SOURCE)
# For packages, which are to be the same wherever they are built: dpkg's own flags leave out folders with spaces.
if(TAILWATER_MAP_PATHS)
  add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
endif()

# -O3 makes the program two fifths larger, most of it options and templates that run once; idle, it is counted in memory.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

if(TAILWATER_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
  if(NOT TAILWATER_SANITIZE)
    set(TAILWATER_SANITIZE "address,undefined")
  endif()
endif()

# Sanitized programs are large: lld links them in a fraction of the time.
find_program(LLD_PROGRAM ld.lld HINTS /usr/lib/llvm-14/bin)
if(TAILWATER_SANITIZE AND LLD_PROGRAM AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld)
endif()

if(TAILWATER_SANITIZE)
  add_compile_options(-fsanitize=${TAILWATER_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TAILWATER_SANITIZE})
  if(TAILWATER_SANITIZE MATCHES "undefined")
    # It opens a pipe to look at memory, and so reports tests that have used up all descriptors.
    add_compile_options(-fno-sanitize=vptr)
  endif()
else()
  add_compile_options(-fstack-protector-strong -fPIE)
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2> $<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=2>)
  if(TAILWATER_STATIC)
    add_compile_definitions(TAILWATER_STATIC)
    # Static, and yet at another address each time.
    add_link_options(-Wl,-z,relro,-z,now -static-pie)
  else()
    add_link_options(-Wl,-z,relro,-z,now -pie)
  endif()
endif()
