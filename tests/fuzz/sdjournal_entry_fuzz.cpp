// Any fields as an entry of the system's journal: one line of valid UTF-8 that is a JSON object, no longer than it may
// be, the same each time, and it tells its time. The input: a byte for the shape, eight for the time, then fields as
// libsystemd gives them, each with its length in two bytes before it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "base/bytes.h"
#include "sdjournal/entry_filter.h"
#include "sdjournal/entry_line.h"

namespace {

using tailwater::EntryFilter;
using tailwater::EntryLine;

constexpr std::size_t kHead = 9;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  while (text.size() >= 2) {
    const std::size_t size = static_cast<unsigned char>(text[0]) | static_cast<std::size_t>(text[1] & 0x7F) << 8;
    fields.push_back(text.substr(2, size));
    text.remove_prefix(2 + fields.back().size());
  }
  return fields;
}

/// As JournalFollower does it.
bool make(EntryLine& line, EntryFilter& filter, std::chrono::microseconds time,
          const std::vector<std::string_view>& fields, std::string& out) {
  line.begin(time);
  filter.begin();
  for (const std::string_view field : fields) {
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    line.add(field.substr(0, equals), field.substr(equals + 1));
    filter.look_at(field.substr(0, equals), field.substr(equals + 1));
  }
  line.append_to(out);
  return filter.keeps(line.fields());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHead) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tailwater::LineShape shape;
  shape.max_bytes = (data[0] & 1) != 0 ? EntryLine::kMinLineBytes : 64U << 10;
  if ((data[0] & 2) != 0) shape.fields = {"all"};
  if ((data[0] & 4) != 0) shape.fields.insert(shape.fields.end(), {"_UID", "MESSAGE", "CODE_FILE"});
  std::int64_t time = 0;
  std::memcpy(&time, data + 1, sizeof time);
  time &= (std::int64_t{1} << 55) - 1;  // libsystemd takes no entry with a later one
  auto filter = *EntryFilter::make({{"*.service", "cron"}, (data[0] & 8) != 0, "warning", {"_UID=0", "+", "A=b"}});
  const auto fields = fields_of(text.substr(kHead));

  EntryLine line(shape);
  std::string made = "before";
  const bool kept = make(line, filter, std::chrono::microseconds(time), fields, made);
  require(made.starts_with("before{"));
  made.erase(0, 6);
  require(made.size() <= shape.max_bytes && made.ends_with("}\n"));
  for (const char c : std::string_view(made).substr(0, made.size() - 1)) require(static_cast<unsigned char>(c) >= 0x20);
  require(tailwater::valid_utf8_prefix(made) == made.size());
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  require(parser.parse(made).get(object) == simdjson::SUCCESS);
  std::string_view message;
  require(object["message"].get(message) == simdjson::SUCCESS);
  constexpr std::int64_t kYear9999 = 253'402'300'799'999'999;
  if (time <= kYear9999) require(EntryLine::time_of(made).count() == time);

  std::string again;
  require(make(line, filter, std::chrono::microseconds(time), fields, again) == kept);
  require(again == made);
  return 0;
}
