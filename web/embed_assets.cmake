# Writes OUTPUT, a C++ source that holds every file under DIST gzipped: cmake -DDIST= -DOUTPUT= -DGZIP= -P this.
# The same files and the same gzip give the same source: sorted paths, no times, no names of the machine.

set(types
    html "text/html\; charset=utf-8"
    js "text/javascript\; charset=utf-8"
    css "text/css\; charset=utf-8"
    svg "image/svg+xml"
    json "application/json"
    txt "text/plain\; charset=utf-8")

function(content_type_of file result)
  get_filename_component(extension "${file}" LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  list(FIND types "${extension}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${file}: no content type is known for .${extension}; add it to embed_assets.cmake")
  endif()
  math(EXPR at "${at} + 1")
  list(GET types ${at} type)
  set(${result} "${type}" PARENT_SCOPE)
endfunction()

# Sets <result> to the gzipped bytes of `file` as "0x1f,0x8b,...", in lines.
function(gzipped_bytes_of file result)
  set(packed "${OUTPUT}.gz")
  execute_process(COMMAND "${GZIP}" -9nc "${file}" OUTPUT_FILE "${packed}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${GZIP} -9nc ${file}: ${failed}")
  endif()
  file(READ "${packed}" hex HEX)
  file(REMOVE "${packed}")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(${result} "${bytes}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${DIST}" "${DIST}/*")
list(SORT files)
set(arrays "")
set(entries "")
set(number 0)
foreach(file IN LISTS files)
  content_type_of("${file}" type)
  gzipped_bytes_of("${DIST}/${file}" bytes)
  file(SHA256 "${DIST}/${file}" hash)
  string(SUBSTRING "${hash}" 0 20 hash)
  # A page is at its name: host.html at /host, index.html at /.
  string(REGEX REPLACE "(^|/)index\\.html$" "\\1" path "/${file}")
  string(REGEX REPLACE "\\.html$" "" path "${path}")
  # A name under assets/ holds a hash of its content.
  if(file MATCHES "^assets/")
    set(immutable true)
  else()
    set(immutable false)
  endif()
  string(APPEND arrays "constexpr unsigned char kBytes${number}[] = {\n${bytes}};\n\n")
  string(APPEND entries
    "    {\"${path}\", \"${type}\", view(kBytes${number}), \"\\\"${hash}\\\"\", /*immutable=*/${immutable}},\n")
  math(EXPR number "${number} + 1")
endforeach()
if(number EQUAL 0)
  message(FATAL_ERROR "${DIST} is empty; run `npm ci && npm run build` in web/")
endif()

file(WRITE "${OUTPUT}"
"// Generated from web/dist by web/embed_assets.cmake.
#include \"http/assets.h\"

#include <cstddef>

namespace tailwater {
namespace {

template <std::size_t kSize>
std::string_view view(const unsigned char (&bytes)[kSize]) {
  return {reinterpret_cast<const char*>(bytes), kSize};
}

${arrays}}  // namespace

std::span<const Asset> embedded_assets() {
  static const Asset kAssets[] = {
${entries}  };
  return kAssets;
}

}  // namespace tailwater
")
