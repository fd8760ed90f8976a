// RecordView: a record as an event carries it (`log` or one of `lines`), taken apart; JsonObject: the small documents
// beside them. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// Views that live as long as the call that hands them out.
struct RecordView {
  std::string_view id;
  std::string_view stream;
  std::string_view file;
  std::string_view level;  ///< empty: none was found
  std::string_view arrived;
  std::string_view line;  ///< decoded: valid UTF-8
};

/// Calls `take` for each record of a `log` or `lines` event. kCorrupt if the data is no such thing.
[[nodiscard]] Result<void> for_each_record(std::string_view type, std::string_view data, std::string_view id,
                                           const std::function<void(const RecordView&)>& take);

/// A JSON object read once; anything else is an object without members.
class JsonObject {
 public:
  explicit JsonObject(std::string_view text);
  ~JsonObject();
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  /// Empty if the member is not there or no text. Lives as long as the object.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  [[nodiscard]] long long number(std::string_view name, long long otherwise) const;
  [[nodiscard]] std::size_t array_size(std::string_view name) const;

 private:
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace tailwater
