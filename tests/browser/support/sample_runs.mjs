// Runs for pictures: a small project that is really configured, built and tested by CMake, ninja, GoogleTest and ctest
// through `tailwater run`, several times; and jobs around it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { BINARY } from "./daemon.mjs";
import { tell } from "./runs.mjs";

export const SHOWN_RUN = "ci/sums-12";

const CMAKE = `cmake_minimum_required(VERSION 3.18)
project(sums CXX)
find_package(GTest REQUIRED)
enable_testing()
include(GoogleTest)
add_library(sums sums.cpp)
target_compile_options(sums PRIVATE -Wall -Wextra)
add_executable(sums_tests sums_test.cpp)
target_link_libraries(sums_tests sums GTest::gtest_main)
gtest_discover_tests(sums_tests)
`;
const testOf = (sum) => `#include <gtest/gtest.h>
int sum(int, int, int);
TEST(Sum, AddsSmallNumbers) { EXPECT_EQ(sum(1, 2, 0), 3); }
TEST(Sum, AddsNegativeNumbers) { EXPECT_EQ(sum(-1, 1, 0), 0); }
TEST(Sum, IsCommutative) { EXPECT_EQ(sum(4, 5, 0), sum(5, 4, 0)); }
TEST(Overflow, IsNoticed) { EXPECT_EQ(sum(1, 1, 0), ${sum}); }
TEST(Overflow, WrapsAround) { EXPECT_EQ(sum(2, 2, 0), 4); }
`;

function run(daemon, words) {
  const child = spawn(BINARY, ["run", "-q", "--no-ci", "--to", daemon.url, "--spool", join(daemon.directory, "runs"), ...words], { stdio: "ignore" });
  return new Promise((done) => child.once("exit", done));
}

export async function sampleRuns(daemon) {
  const project = join(daemon.directory, "sums");
  mkdirSync(project);
  writeFileSync(join(project, "CMakeLists.txt"), CMAKE);
  writeFileSync(join(project, "sums.cpp"), "int sum(int a, int b, int unused) { return a + b; }\n");
  for (let n = 8; n <= 12; n += 1) {
    writeFileSync(join(project, "sums_test.cpp"), testOf(n === 9 || n === 12 ? 3 : 2));
    const build = join(project, `build-${n}`);
    const script = `set -e; cmake -S ${project} -B ${build} -G Ninja; cmake --build ${build}; ctest --test-dir ${build} --output-on-failure`;
    const labels = ["-l", `branch=${n === 12 ? "fix/overflow" : "main"}`, "-l", "actor=ada", "-l", "host=builder", "-l", `commit=2e6d62f0c1aa${n}8ebbfb0d`];
    await run(daemon, ["--name", "sums", "--attempt", String(n), ...labels, `ci/sums-${n}`, "--", "sh", "-c", script]);
  }
  for (const [name, failures] of Object.entries({ lint: [], docs: [3], deploy: [1, 2], "nightly benchmarks": [5] })) {
    for (let n = 1; n <= 9; n += 1) {
      const file = `${name.replace(" ", "-")}-${n}`;
      const began = Date.now() - (10 - n) * 3_700_000 - name.length * 60_000;
      const calls = { name, attempt: String(n), label: "branch=main" };
      await tell(daemon, file, { ...calls, state: "running", time: new Date(began).toISOString() });
      const failed = failures.includes(n);
      const ended = new Date(began + 60_000 + ((n * 7 + name.length) % 9) * 21_000).toISOString();
      await tell(daemon, file, { state: failed ? "failed" : "passed", exit_code: failed ? "1" : "0", time: ended }, `${name} ${n}\n`);
    }
  }
  const steps = Array.from({ length: 60 }, (_, at) => `[${at + 1}/144] Building CXX object daemon/file_${at}.cpp.o\n`).join("");
  await tell(daemon, "integration-31", { state: "running", name: "integration", attempt: "31", label: "branch=main" }, steps);
}
