// Environment: what loading a configuration looks at outside of its arguments. of_process() is the real one; a test
// makes its own, with `root` at a folder that stands for the file system. Plain data, any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tailwater {

struct Environment {
  std::map<std::string, std::string, std::less<>> variables;
  std::string root;  ///< put before every path that is looked at; empty: none
  std::string current_directory = "/";
  unsigned cores = 1;  ///< that this process may run on

  [[nodiscard]] static Environment of_process();

  /// Empty values count as unset.
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;
  [[nodiscard]] std::string absolute(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
  /// May this process make files in it?
  [[nodiscard]] bool is_writable_directory(std::string_view path) const;
  /// The whole of a regular file of at most `limit` bytes.
  [[nodiscard]] Result<std::string> read_file(std::string_view path, ByteCount limit) const;

 private:
  [[nodiscard]] std::string real(std::string_view path) const { return root + absolute(path); }
};

}  // namespace tailwater
