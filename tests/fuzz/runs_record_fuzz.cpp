// Any bytes as a stored run, and as what a caller says of a run of his: what is accepted survives being written and
// read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/run_parameters.h"
#include "runs/run_record.h"

namespace {

using namespace tailwater;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto run = decode_run(bytes)) require(decode_run(encode_run(*run)) == run);
  const auto parameters = decode_parameters(bytes);
  if (!parameters) return 0;
  if (const auto call = run_call(*parameters)) {
    RunCall merged;
    merged.merge(*call);
    require(merged.labels.size() <= RunCall::kMaxLabels);
    StoredRun run;
    run.stream = "s";
    run.file = "f";
    run.call = *call;
    require(decode_run(encode_run(run)) == run);
  }
  if (const auto page = run_page(*parameters); page && page->after) {
    const auto again = run_page(std::vector<Parameter>{{"after", cursor_of(*page->after)}});
    require(again && again->after == page->after);
  }
  return 0;
}
