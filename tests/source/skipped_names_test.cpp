#include "source/skipped_names.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

TEST(SkippedNames, RotatedCopiesAreToldByTheirEnding) {
  for (const char* name : {"syslog.1", "dmesg.0", "app.log.12", "a.999", "app.log-20260101", "app-2026010112",
                           "maillog-20260101-1767225600", "app.log.2026-01-01", "Xorg.0.log.old", "a.log~"}) {
    EXPECT_TRUE(is_rotated_name(name)) << name;
  }
}

TEST(SkippedNames, NumbersAndDatesInLiveNamesAreNot) {
  for (const char* name : {"syslog", "redis.6379", "Xorg.0.log", "catalina.2026-01-01.log", "app-20260101.log", "a.1b",
                           ".1", "1", "app.log", "v1.2.log", "localhost_access_log.2026-01-01.txt"}) {
    EXPECT_FALSE(is_rotated_name(name)) << name;
  }
}

TEST(SkippedNames, CompressedAndBinaryFilesAreSkippedByDefault) {
  for (const char* name : {"a.gz", "a.xz", "a.zst", "a.bz2", "a.zip", "system.journal", "wtmp", "wtmp.1", "btmp",
                           "lastlog", "faillog", ".a.swp", ""}) {
    EXPECT_TRUE(is_skipped_by_default(name)) << name;
  }
  for (const char* name : {"syslog", "auth.log", "wtmpx", "dmesg", "boot", "cloud-init-output.log", "gz"}) {
    EXPECT_FALSE(is_skipped_by_default(name)) << name;
  }
  EXPECT_EQ(opaque_suffix("a.log.gz"), ".gz");
  EXPECT_EQ(opaque_suffix("a.log"), "");
}

}  // namespace
}  // namespace tailwater
