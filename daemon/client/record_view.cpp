#include "client/record_view.h"

#include <cstdint>

#include <fmt/format.h>
#include <simdjson.h>

namespace tailwater {
namespace {

using simdjson::dom::element;

std::string_view text_of(const element& object, std::string_view name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return {};
  return text;
}

bool take_record(const element& object, std::string_view id, const std::function<void(const RecordView&)>& take) {
  RecordView record{
      id, text_of(object, "stream"), text_of(object, "file"), text_of(object, "level"), text_of(object, "arrived"), {}};
  if (object["line"].get(record.line) != simdjson::SUCCESS) return false;
  take(record);
  return true;
}

bool take_records(std::string_view type, std::string_view data, std::string_view id,
                  const std::function<void(const RecordView&)>& take) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(data.data(), data.size()).get(root) != simdjson::SUCCESS) return false;
  if (type == "log") return take_record(root, id, take);
  simdjson::dom::array array;
  if (root.get(array) != simdjson::SUCCESS) return false;
  for (const element each : array) {
    if (!take_record(each, text_of(each, "id"), take)) return false;
  }
  return true;
}

}  // namespace

Result<void> for_each_record(std::string_view type, std::string_view data, std::string_view id,
                             const std::function<void(const RecordView&)>& take) {
  if (take_records(type, data, id, take)) return {};
  return fail(ErrorCode::kCorrupt,
              fmt::format("a {} event of the server is not understood: is it a newer tailwater?", type));
}

struct JsonObject::Parsed {
  simdjson::dom::parser parser;
  element root;
  bool good = false;
};

JsonObject::JsonObject(std::string_view text) : parsed_(std::make_unique<Parsed>()) {
  parsed_->good = parsed_->parser.parse(text.data(), text.size()).get(parsed_->root) == simdjson::SUCCESS;
}

JsonObject::~JsonObject() = default;

std::string_view JsonObject::text(std::string_view name) const {
  return parsed_->good ? text_of(parsed_->root, name) : std::string_view();
}

long long JsonObject::number(std::string_view name, long long otherwise) const {
  std::int64_t number = 0;
  return parsed_->good && parsed_->root[name].get(number) == simdjson::SUCCESS ? number : otherwise;
}

std::size_t JsonObject::array_size(std::string_view name) const {
  simdjson::dom::array array;
  return parsed_->good && parsed_->root[name].get(array) == simdjson::SUCCESS ? array.size() : 0;
}

}  // namespace tailwater
