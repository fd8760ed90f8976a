// The output of real tools (tests/fixtures/runs) and what is made of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runs/findings_text.h"
#include "runs/run_builder.h"

namespace tailwater {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TAILWATER_SOURCE_DIR) / "tests/fixtures/runs";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> logs() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".log") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(Fixtures, SayWhatTheyWereReadAs) {
  const bool update = std::getenv("TAILWATER_UPDATE_FIXTURES") != nullptr;
  ASSERT_GE(logs().size(), 30U);
  for (const std::filesystem::path& log : logs()) {
    SCOPED_TRACE(log.filename().string());
    RunBuilder builder;
    add_lines(builder, read_file(log));
    const std::string text = findings_text(builder.findings());
    const std::filesystem::path expected = std::filesystem::path(log).replace_extension(".run");
    if (update) std::ofstream(expected, std::ios::binary) << text;
    EXPECT_EQ(text, read_file(expected));
  }
}

TEST(Fixtures, AreReadTheSameAfterARestartAtAnyLine) {
  for (const std::filesystem::path& log : logs()) {
    SCOPED_TRACE(log.filename().string());
    const std::string text = read_file(log);
    RunBuilder whole;
    add_lines(whole, text);
    RunBuilder restarted;
    std::size_t at = 0;
    for (unsigned line = 0; at < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string saved;
      restarted.save(saved);
      RunBuilder next;
      ASSERT_TRUE(next.restore(saved));
      next.add(
          {std::string_view(text).substr(at, end - at), {0, at}, {0, end + 1}, kLogTime + std::chrono::seconds(line)});
      restarted = std::move(next);
      at = end + 1;
    }
    EXPECT_EQ(restarted.findings(), whole.findings());
  }
}

}  // namespace
}  // namespace tailwater
