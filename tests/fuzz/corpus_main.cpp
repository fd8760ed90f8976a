// Runs a fuzz target without libFuzzer, over a folder of seeds: each file whole, cut short at many places, and with
// single bytes changed in a way that is the same in every run. An empty or missing folder is a failure: a corpus
// that nobody reads would pass for ever.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kPrefixes = 64;
constexpr int kMutations = 256;

// A copy of exactly the input's size, so that AddressSanitizer sees a read past its end.
void run(const std::string& input) {
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void run_variants(const std::string& seed) {
  run(seed);
  const std::size_t step = std::max<std::size_t>(1, seed.size() / kPrefixes);
  for (std::size_t length = 0; length < seed.size(); length += step) run(seed.substr(0, length));
  if (seed.empty()) return;
  std::mt19937 random(static_cast<std::uint32_t>(seed.size()));
  std::string mutant = seed;
  for (int i = 0; i < kMutations; ++i) {
    mutant[random() % mutant.size()] = static_cast<char>(random());
    run(mutant);
    if (i % 8 == 7) mutant = seed;
  }
}

std::vector<std::filesystem::path> files_of(const char* folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t seeds = 0;
  for (int i = 1; i < argc; ++i) {
    for (const std::filesystem::path& path : files_of(argv[i])) {
      std::ifstream file(path, std::ios::binary);
      std::fprintf(stderr, "%s\n", path.filename().c_str());  // the last one named is the one that crashed
      run_variants(std::string(std::istreambuf_iterator<char>(file), {}));
      ++seeds;
    }
  }
  std::printf("%zu seeds\n", seeds);
  if (seeds == 0) std::fprintf(stderr, "no seeds in the folders given\n");
  return seeds == 0 ? 1 : 0;
}
