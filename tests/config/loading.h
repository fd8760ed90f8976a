// Loading: a file system of a test's own, and configurations loaded from it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/load.h"
#include "support/temp_dir.h"

namespace tailwater {

class Loading {
 public:
  Loading() {
    environment_.root = disk_.path();
    environment_.current_directory = "/home/ann";
    environment_.cores = 6;
    make_directory("/home/ann");
  }

  void write(std::string_view path, std::string_view text) {
    const std::filesystem::path real = disk_.path() + std::string(path);
    std::filesystem::create_directories(real.parent_path());
    std::ofstream(real, std::ios::binary) << text;
  }
  void make_directory(std::string_view path) { std::filesystem::create_directories(disk_.path() + std::string(path)); }
  Environment& environment() { return environment_; }

  /// `words` are those after the program's name.
  tl::expected<Configuration, Errors> load(std::vector<const char*> words) {
    words.insert(words.begin(), "tailwater");
    const Result<CommandLine> line = parse_command_line(words);
    if (!line) return tl::unexpected<Errors>(Errors{line.error()});
    return load_configuration(*line, environment_);
  }
  /// The file /t.toml with this text, and then these flags and paths.
  tl::expected<Configuration, Errors> load_toml(std::string_view text, std::vector<const char*> words = {}) {
    write("/t.toml", text);
    words.insert(words.begin(), {"serve", "--config", "/t.toml"});
    return load(std::move(words));
  }
  /// What is wrong, a line each; empty if nothing is.
  std::string errors_of_toml(std::string_view text, std::vector<const char*> words = {}) {
    return text_of(load_toml(text, std::move(words)));
  }
  std::string errors_of(std::vector<const char*> words) { return text_of(load(std::move(words))); }

 private:
  static std::string text_of(const tl::expected<Configuration, Errors>& loaded) {
    std::string text;
    if (loaded) return text;
    for (const Error& error : loaded.error()) {
      EXPECT_EQ(error.code, ErrorCode::kInvalid);
      text += (text.empty() ? "" : "\n") + error.message;
    }
    EXPECT_FALSE(text.empty()) << "an error that says nothing";
    return text;
  }

  TempDir disk_;
  Environment environment_;
};

}  // namespace tailwater
