// Problems: everything that is wrong with a configuration, each with the place that it came from. Reading goes on after
// a problem, so that one run names them all. Lives while a configuration is loaded; one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tailwater {

class Problems {
 public:
  /// Remembers that the value of `key` ("server.listen[1]", "stream[0].name") stands at `place` ("FILE:3:1" or
  /// "--listen"), and forgets where its parts stood before.
  void set_place(const std::string& key, std::string place);
  /// Of the key, or else of what it is a part of; empty for a default.
  [[nodiscard]] std::string place_of(std::string_view key) const;

  /// "PLACE: MESSAGE" in one line; a message ends with what to do, in brackets.
  void add(std::string_view place, std::string_view message);
  /// The same with the place of a value and its name: "FILE:3:1: server.listen: MESSAGE", "--listen: MESSAGE".
  void add_for(std::string_view key, std::string_view message);

  [[nodiscard]] bool none() const { return errors_.empty(); }
  [[nodiscard]] std::vector<Error> take() { return std::move(errors_); }

 private:
  std::map<std::string, std::string, std::less<>> places_;
  std::vector<Error> errors_;
};

}  // namespace tailwater
